//! A checkpoint in an append-only file, which is compacted when most of its records are obsolete.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::content::{Content, Damage};
use super::counts::{FinishedCounts, Mark};
use super::record::Record;
use super::{Checkpoint, CheckpointError, Confirmed, Ended, Identity, Known, file};
use crate::outcome::FinishedAs;

/// The log is compacted when it is this many times longer than its compacted form, and longer than [`LEAST`].
const GROWTH: u64 = 4;
const LEAST: u64 = 1 << 20;

/// A checkpoint in a file.
///
/// A record is a line with a CRC-32 and JSON. The log is truncated at the first incomplete line, which a crash has left. Losing
/// the end of the log means that some events are sent again, never that an event is not sent; [`LogCheckpoint::damage`] says how much is lost.
/// The file contains responses of the API, which may contain personal data, so only its owner can read it. A path that is not a file, or a file
/// that is not a log, is an error and is left as it is.
///
/// What was recorded since the last time is written to the operating system at once, so it survives the death of the process. The file is synced to disk only when
/// the log is compacted and when it is closed.
///
/// ```
/// use mapwright_driver::FinishedAs;
/// use mapwright_driver::checkpoint::{Checkpoint as _, CheckpointError, Damage, Difference, FinishedCounts, Identity};
/// use mapwright_driver::checkpoint::{Inspection, LogCheckpoint, Mark};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("progress");
/// let identity = |version| Identity::new("events.ndjson", "acme", version);
/// let mut log = LogCheckpoint::create(&path, identity("1.0"))?;
/// log.mark(Mark { from: 0, text: "monday.ndjson".to_owned() })?;
/// for event in [0, 1, 3] {
///     log.finished(event, FinishedAs::Delivered)?;
/// }
/// log.flush()?;
/// drop(log);
///
/// // for people
/// let found = Inspection::of(&path)?;
/// let counts: FinishedCounts = found.counts;
/// assert_eq!((counts.total(), found.finished), (3, vec![(0, 1), (3, 3)]));
///
/// // after a crash: the first two events need not be read again, and the next two to deliver are 2 and 4
/// let log = LogCheckpoint::resume(&path, identity("1.0"))?;
/// assert_eq!((log.watermark(), log.after(0, 2)), (2, 5));
/// assert_eq!(log.damage(), None::<Damage>);
/// assert_eq!((log.counts().total(), log.marks()[0].text.as_str()), (3, "monday.ndjson"));
/// drop(log);
///
/// // with another version only if that is meant; here, event 2 is given up
/// let Err(CheckpointError::Other { differences, .. }) = LogCheckpoint::resume(&path, identity("2.0")) else { panic!() };
/// let version: &Difference = &differences[0];
/// assert_eq!(version.to_string(), "its version is `1.0`, expected `2.0`");
/// let mut log = LogCheckpoint::resume_anyway(&path, identity("2.0"))?;
/// log.give_up_before(4)?;
/// assert_eq!(log.watermark(), 4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct LogCheckpoint {
    path: PathBuf,
    identity: Identity,
    file: File,
    /// The size of the file in bytes.
    written: u64,
    /// Its size when it was last compacted.
    compact: u64,
    /// The lines that are not written yet.
    unwritten: String,
    content: Content,
}

impl LogCheckpoint {
    /// Creates a log.
    ///
    /// # Errors
    /// Returns an error if the file exists or cannot be written.
    pub fn create(path: &Path, identity: Identity) -> Result<Self, CheckpointError> {
        let content = Content::default();
        let text = text(path, &content, &identity)?;
        let file = match file::create(path, &text) {
            // what is not a log must not be taken for one that can be deleted
            Err(CheckpointError::Exists { path }) => {
                // nor must one that another delivery uses
                if let Err(in_use @ CheckpointError::InUse { .. }) = file::open(&path) {
                    return Err(in_use);
                }
                Content::read(&path, &file::read(&path)?)?;
                return Err(CheckpointError::Exists { path });
            }
            created => created?,
        };
        let bytes = text.len() as u64;
        let (path, unwritten) = (path.to_owned(), String::new());
        Ok(Self { path, identity, file, written: bytes, compact: bytes, unwritten, content })
    }

    /// Opens a log, or creates it if it does not exist. A log without progress belongs to no delivery yet.
    ///
    /// # Errors
    /// Returns an error if the log belongs to another delivery, is in use, or cannot be read or written.
    pub fn resume(path: &Path, identity: Identity) -> Result<Self, CheckpointError> {
        Self::open(path, identity, false)
    }

    /// Resumes a log as [`LogCheckpoint::resume`] does, also that of another delivery. It belongs to this one from then on.
    ///
    /// # Errors
    /// Returns an error if the log is in use, or cannot be read or written.
    pub fn resume_anyway(path: &Path, identity: Identity) -> Result<Self, CheckpointError> {
        Self::open(path, identity, true)
    }

    fn open(path: &Path, identity: Identity, anyway: bool) -> Result<Self, CheckpointError> {
        let file = match file::open(path)? {
            Some(file) => file,
            None => match Self::create(path, identity.clone()) {
                // another process has created it in the meantime, and it may be over
                Err(CheckpointError::Exists { path }) => match file::open(&path)? {
                    Some(file) => file,
                    None => return Err(CheckpointError::Replaced { path }),
                },
                created => return created,
            },
        };
        let content = Content::read(path, &file)?;
        let differences =
            content.identity.as_ref().map(|found| found.differences(&identity)).unwrap_or_default();
        // without progress, nothing can be continued wrongly
        if !anyway && !content.is_empty() && !differences.is_empty() {
            return Err(CheckpointError::Other { path: path.to_owned(), differences });
        }
        let path = path.to_owned();
        let mut log =
            Self { path, identity, file, written: 0, compact: 0, unwritten: String::new(), content };
        log.compact()?;
        Ok(log)
    }

    /// Returns the number of events at the start of the input that are finished. The caller may skip them in its input if it passes
    /// this number to [`DriverBuilder::first`](crate::DriverBuilder::first).
    pub fn watermark(&self) -> u64 {
        self.content.finished.watermark()
    }

    /// Returns the position after all events of which the log knows something.
    pub fn end(&self) -> u64 {
        let finished = self.content.finished.ranges().last().map(|(_, last)| last);
        let last = self.content.live.keys().copied().chain(finished).max();
        last.map_or(0, |last| last.saturating_add(1))
    }

    /// Gives up the events before this one: they count as finished, without an outcome.
    ///
    /// # Errors
    /// Returns an error if it cannot be written.
    pub fn give_up_before(&mut self, event: u64) -> Result<(), CheckpointError> {
        if let Some(last) = event.checked_sub(1) {
            self.content.finished.insert_range(0, last);
            self.content.live.retain(|live, _| *live >= event);
        }
        self.compact()
    }

    /// Returns how the events finished.
    pub fn counts(&self) -> FinishedCounts {
        self.content.counts
    }

    /// Returns the position after the next `count` events that are not finished, at `from` or later.
    pub fn after(&self, from: u64, count: u64) -> u64 {
        self.content.finished.after_unfinished(from, count)
    }

    /// Returns the part of the log that could not be used when it was opened.
    pub fn damage(&self) -> Option<Damage> {
        self.content.damage
    }

    /// Returns the marks that apply to unfinished events.
    pub fn marks(&self) -> &[Mark] {
        &self.content.marks
    }

    /// Records a mark, before its first event is read. It replaces a mark that applies from the same event.
    ///
    /// # Errors
    /// Returns an error if it cannot be written.
    pub fn mark(&mut self, mark: Mark) -> Result<(), CheckpointError> {
        let line = self.line(&Record::Mark(mark.clone()))?;
        self.content.mark(mark);
        self.unwritten.push_str(&line);
        self.flush()
    }

    fn failed(&self, error: io::Error) -> CheckpointError {
        CheckpointError::Io { path: self.path.clone(), error }
    }

    /// Writes the live records to a new file, which replaces the old one.
    fn compact(&mut self) -> Result<(), CheckpointError> {
        self.content.drop_marks();
        let text = text(&self.path, &self.content, &self.identity)?;
        self.file = file::replace(&self.path, &self.file, &text)?;
        (self.written, self.compact) = (text.len() as u64, text.len() as u64);
        self.unwritten.clear();
        Ok(())
    }

    fn live_bytes(&self) -> u64 {
        self.content.live.values().map(|live| live.lines.len() as u64).sum()
    }

    fn line(&self, record: &Record) -> Result<String, CheckpointError> {
        record.line().map_err(|error| self.failed(error.into()))
    }
}

fn text(path: &Path, content: &Content, identity: &Identity) -> Result<String, CheckpointError> {
    let text = content.compacted(identity);
    text.map_err(|error| CheckpointError::Io { path: path.to_owned(), error: error.into() })
}

impl Checkpoint for LogCheckpoint {
    fn known(&mut self, event: u64) -> Known {
        if self.content.finished.contains(event) {
            return Known::Finished;
        }
        self.content.live.get_mut(&event).map(|live| std::mem::take(&mut live.known)).unwrap_or_default()
    }

    fn confirmed(&mut self, event: u64, confirmed: &Confirmed) -> Result<(), CheckpointError> {
        let line = self.line(&Record::Answer { event, answer: confirmed.into() })?;
        self.content.live.entry(event).or_default().lines.push_str(&line);
        self.unwritten.push_str(&line);
        Ok(())
    }

    fn ended(&mut self, event: u64, ended: &Ended) -> Result<(), CheckpointError> {
        let line = self.line(&Record::Ended { event, ended: ended.clone() })?;
        self.unwritten.push_str(&line);
        self.content.end(event, line, Known::New);
        Ok(())
    }

    fn finished(&mut self, event: u64, outcome: FinishedAs) -> Result<(), CheckpointError> {
        let line = self.line(&Record::Finished { event, outcome })?;
        self.unwritten.push_str(&line);
        self.content.finish(event, outcome);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), CheckpointError> {
        if self.unwritten.is_empty() {
            return Ok(());
        }
        self.file.write_all(self.unwritten.as_bytes()).map_err(|error| self.failed(error))?;
        self.written += self.unwritten.len() as u64;
        self.unwritten.clear();
        let worth = self.written / GROWTH;
        if self.written > LEAST && worth > self.compact && worth > self.live_bytes() {
            self.compact()?;
        }
        Ok(())
    }
}

impl Drop for LogCheckpoint {
    fn drop(&mut self) {
        let _ = self.flush();
        // optional: without it, some events may be sent again after a power failure
        let _ = self.file.sync_data();
    }
}
