//! What a log says: reads its records up to the first one that is incomplete or damaged.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use super::counts::{FinishedCounts, Mark};
use super::finished::FinishedSet;
use super::record::{FORMAT, Record, START, format_of};
use super::{CheckpointError, Identity, Known, file};
use crate::outcome::FinishedAs;

/// The longest record: responses are bounded, and so are ranges.
const LONGEST_LINE: u64 = 64 << 20;

/// The part of a log that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Damage {
    /// The position of its first byte in the file.
    pub from: u64,
    /// The length in bytes.
    pub bytes: u64,
    /// The number of records, or of what was records.
    pub records: u64,
    /// Whether it is a record without an end, as the death of a process leaves.
    pub truncated: bool,
}

/// The content of a log, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inspection {
    /// The delivery that it belongs to.
    pub identity: Identity,
    /// The first and last event of each range of finished events.
    pub finished: Vec<(u64, u64)>,
    /// The finished events by outcome.
    pub counts: FinishedCounts,
    /// The number of events in flight, or with an outcome that was not acknowledged.
    pub in_flight: u64,
    /// The marks.
    pub marks: Vec<Mark>,
    /// The part that cannot be used.
    pub damage: Option<Damage>,
}

impl Inspection {
    /// Reads a log without changing it, whether it is in use or not.
    ///
    /// # Errors
    /// Returns an error if it cannot be read, or is not a log.
    pub fn of(path: &Path) -> Result<Self, CheckpointError> {
        let content = Content::read(path, &file::read(path)?)?;
        let Content { identity, finished, counts, marks, live, damage } = content;
        Ok(Self {
            identity: identity.ok_or_else(|| CheckpointError::Unreadable { path: path.to_owned() })?,
            finished: finished.ranges().collect(),
            counts,
            in_flight: live.len() as u64,
            marks,
            damage,
        })
    }
}

/// An event in flight.
#[derive(Debug, Default)]
pub(super) struct Live {
    pub(super) lines: String,
    /// The state of the event, until this delivery has read it.
    pub(super) known: Known,
}

/// The content of a log.
#[derive(Debug, Default)]
pub(super) struct Content {
    /// `None` if not even the first record is complete.
    pub(super) identity: Option<Identity>,
    pub(super) finished: FinishedSet,
    pub(super) counts: FinishedCounts,
    pub(super) marks: Vec<Mark>,
    /// The events in flight.
    pub(super) live: HashMap<u64, Live>,
    pub(super) damage: Option<Damage>,
}

impl Content {
    /// Reads all records up to the first damaged one.
    pub(super) fn read(path: &Path, mut file: &File) -> Result<Self, CheckpointError> {
        let failed = |error| CheckpointError::Io { path: path.to_owned(), error };
        file.seek(SeekFrom::Start(0)).map_err(failed)?;
        let mut reader = io::Read::take(BufReader::new(file), 0);
        let mut content = Self::default();
        let mut line = Vec::new();
        let mut at = 0;
        loop {
            line.clear();
            reader.set_limit(LONGEST_LINE);
            reader.read_until(b'\n', &mut line).map_err(failed)?;
            let first = at == 0;
            let mut damaged = false;
            match line.strip_suffix(b"\n").and_then(Record::of_line) {
                Some(Record::Log { format, identity, finished, counts, marks })
                    if first && format == FORMAT =>
                {
                    content.identity = Some(identity);
                    finished.into_iter().for_each(|(first, last)| content.finished.insert_range(first, last));
                    (content.counts, content.marks) = (counts, marks);
                }
                // without its first record, a log says nothing
                None if first && !line.ends_with(b"\n") && is_start(&line) => damaged = true,
                _ if first => return Err(unreadable(path, &line)),
                Some(record) => content.take(record),
                None if line.is_empty() => return Ok(content),
                None => damaged = true,
            }
            if damaged {
                let (bytes, truncated) = (line.len() as u64, !line.ends_with(b"\n"));
                let mut damage = Damage { from: at, bytes, records: 1, truncated };
                add_rest(&mut damage, reader.into_inner()).map_err(failed)?;
                content.damage = Some(damage);
                return Ok(content);
            }
            at += line.len() as u64;
        }
    }

    /// Returns whether no event is finished or in flight.
    pub(super) fn is_empty(&self) -> bool {
        self.live.is_empty() && self.finished.ranges().next().is_none()
    }

    fn take(&mut self, record: Record) {
        let line = record.line().unwrap_or_default();
        match record {
            Record::Finished { event, outcome } => self.finish(event, outcome),
            Record::Answer { event, answer } => {
                let live = self.live.entry(event).or_default();
                live.lines.push_str(&line);
                match &mut live.known {
                    Known::UnderWay(answers) => answers.push(answer.into()),
                    known => *known = Known::UnderWay(vec![answer.into()]),
                }
            }
            Record::Ended { event, ended } => self.end(event, line, Known::Ended(ended)),
            Record::Mark(mark) => self.mark(mark),
            Record::Log { .. } => {}
        }
    }

    pub(super) fn finish(&mut self, event: u64, outcome: FinishedAs) {
        if !self.finished.contains(event) {
            self.counts.add(outcome);
            self.finished.insert(event);
        }
        self.live.remove(&event);
    }

    /// Replaces the responses of an event, which are obsolete, with its end.
    pub(super) fn end(&mut self, event: u64, line: String, known: Known) {
        self.live.insert(event, Live { lines: line, known });
    }

    /// Returns the shortest log that says the same.
    pub(super) fn compacted(&self, identity: &Identity) -> Result<String, serde_json::Error> {
        let head = Record::Log {
            format: FORMAT,
            identity: identity.clone(),
            finished: self.finished.ranges().collect(),
            counts: self.counts,
            marks: self.marks.clone(),
        };
        let mut events: Vec<_> = self.live.iter().collect();
        events.sort_unstable_by_key(|(event, _)| **event);
        let mut text = head.line()?;
        for (_, live) in events {
            text.push_str(&live.lines);
        }
        Ok(text)
    }

    pub(super) fn mark(&mut self, mark: Mark) {
        self.marks.retain(|known| known.from != mark.from);
        self.marks.push(mark);
    }

    /// Removes the marks of events that are finished.
    pub(super) fn drop_marks(&mut self) {
        let watermark = self.finished.watermark();
        let over =
            self.marks.windows(2).take_while(|pair| matches!(pair, [_, next] if next.from <= watermark));
        let over = over.count();
        self.marks.drain(..over);
    }
}

/// Returns why the first record is not that of a log which can be used.
fn unreadable(path: &Path, line: &[u8]) -> CheckpointError {
    let path = path.to_owned();
    match line.strip_suffix(b"\n").and_then(format_of).filter(|format| *format != FORMAT) {
        Some(found) => CheckpointError::Format { path, found, expected: FORMAT },
        None => CheckpointError::Unreadable { path },
    }
}

/// Returns whether this could be the start of a log.
fn is_start(line: &[u8]) -> bool {
    let (sum, rest) = line.split_at(line.len().min(8));
    sum.iter().all(u8::is_ascii_hexdigit) && rest.starts_with(START)
}

/// Adds all that follows to the damaged part.
fn add_rest(damage: &mut Damage, mut rest: BufReader<&File>) -> io::Result<()> {
    let mut buffer = vec![0; 64 << 10];
    let mut in_line = false;
    loop {
        let count = rest.read(&mut buffer)?;
        let Some(read) = buffer.get(..count).filter(|read| !read.is_empty()) else { break };
        damage.bytes += count as u64;
        damage.truncated = false;
        damage.records += read.iter().filter(|byte| **byte == b'\n').count() as u64;
        in_line = !read.ends_with(b"\n");
    }
    damage.records += u64::from(in_line);
    Ok(())
}
