//! A checkpoint in an append-only file, which is compacted when most of its records are obsolete.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufRead as _, BufReader, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use super::finished::FinishedSet;
use super::record::{FORMAT, Record};
use super::{Checkpoint, CheckpointError, Confirmed, Ended, Identity, Known};

/// The log is compacted when it is this many times longer than its compacted form, and longer than [`LEAST`].
const GROWTH: u64 = 4;
const LEAST: u64 = 1 << 20;
/// The longest record: responses are bounded, and so are ranges.
const LONGEST_LINE: u64 = 64 << 20;

/// A checkpoint in a file.
///
/// A record is a line with a CRC-32 and JSON. The log is truncated at the first incomplete line, which a crash has left. Losing
/// the end of the log means that some events are sent again, never that an event is not sent. The file contains responses of the API, which may
/// contain personal data, so only its owner can read it.
///
/// Each record is written to the operating system separately, so it survives the death of the process. The file is synced to disk only when
/// the log is compacted and when it is closed.
#[derive(Debug)]
pub struct LogCheckpoint {
    path: PathBuf,
    identity: Identity,
    file: File,
    /// The size of the file in bytes.
    written: u64,
    /// Its size when it was last compacted.
    compact: u64,
    finished: FinishedSet,
    /// The lines of events in flight.
    live: HashMap<u64, Live>,
}

#[derive(Debug, Default)]
struct Live {
    lines: String,
    /// The state of the event, until this delivery has read it.
    known: Known,
}

impl LogCheckpoint {
    /// Creates a log.
    ///
    /// # Errors
    /// Returns an error if the file exists or cannot be written.
    pub fn create(path: &Path, identity: Identity) -> Result<Self, CheckpointError> {
        let path = path.to_owned();
        let file = match options().create_new(true).open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(CheckpointError::Exists { path });
            }
            Err(error) => return Err(CheckpointError::Io { path, error }),
        };
        let mut log = Self::empty(path, identity, file)?;
        log.write_anew()?;
        Ok(log)
    }

    /// Opens a log, or creates it if it does not exist.
    ///
    /// # Errors
    /// Returns an error if the log belongs to another input, destination or version, is in use, or cannot be read or written.
    pub fn resume(path: &Path, identity: Identity) -> Result<Self, CheckpointError> {
        let path = path.to_owned();
        let file = match options().open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Self::create(&path, identity),
            Err(error) => return Err(CheckpointError::Io { path, error }),
        };
        let mut log = Self::empty(path, identity, file)?;
        log.read()?;
        log.write_anew()?;
        Ok(log)
    }

    /// Returns the number of events at the start of the input that are finished. The caller may skip them in its input if it passes
    /// this number to [`DriverBuilder::first`](crate::DriverBuilder::first).
    pub fn watermark(&self) -> u64 {
        self.finished.watermark()
    }

    fn empty(path: PathBuf, identity: Identity, file: File) -> Result<Self, CheckpointError> {
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(CheckpointError::InUse { path }),
            Err(TryLockError::Error(error)) => return Err(CheckpointError::Io { path, error }),
        }
        let (finished, live) = Default::default();
        Ok(Self { path, identity, file, written: 0, compact: 0, finished, live })
    }

    fn failed(&self, error: io::Error) -> CheckpointError {
        CheckpointError::Io { path: self.path.clone(), error }
    }

    /// Reads all records up to the first incomplete one.
    fn read(&mut self) -> Result<(), CheckpointError> {
        self.file.seek(SeekFrom::Start(0)).map_err(|error| self.failed(error))?;
        let file = self.file.try_clone().map_err(|error| self.failed(error))?;
        let mut reader = io::Read::take(BufReader::new(file), 0);
        let mut line = Vec::new();
        let mut first = true;
        loop {
            line.clear();
            reader.set_limit(LONGEST_LINE);
            reader.read_until(b'\n', &mut line).map_err(|error| self.failed(error))?;
            let record = line.strip_suffix(b"\n").and_then(Record::of_line);
            match record {
                Some(Record::Log { format, identity, finished }) if first && format == FORMAT => {
                    self.same(&identity)?;
                    finished.into_iter().for_each(|(first, last)| self.finished.insert_range(first, last));
                }
                // killed before the first record was complete: nothing was sent yet
                None if first && line.iter().all(|byte| *byte != b'\n') && is_start(&line) => return Ok(()),
                _ if first => return Err(CheckpointError::Unreadable { path: self.path.clone() }),
                Some(record) => self.take(record),
                None => {
                    if !line.is_empty() {
                        tracing::warn!("the checkpoint ends with a truncated record, which is ignored");
                    }
                    return Ok(());
                }
            }
            first = false;
        }
    }

    fn same(&self, found: &Identity) -> Result<(), CheckpointError> {
        let here = &self.identity;
        let parts = [
            ("input", &found.input, &here.input),
            ("destination", &found.destination, &here.destination),
            ("version", &found.version, &here.version),
        ];
        match parts.into_iter().find(|(_, found, expected)| found != expected) {
            None => Ok(()),
            Some((what, found, expected)) => Err(CheckpointError::Other {
                path: self.path.clone(),
                what,
                found: found.clone(),
                expected: expected.clone(),
            }),
        }
    }

    fn take(&mut self, record: Record) {
        let line = record.line().unwrap_or_default();
        match record {
            Record::Finished { event } => {
                self.finished.insert(event);
                self.live.remove(&event);
            }
            Record::Answer { event, answer } => {
                let live = self.live.entry(event).or_default();
                live.lines.push_str(&line);
                match &mut live.known {
                    Known::UnderWay(answers) => answers.push(answer.into()),
                    known => *known = Known::UnderWay(vec![answer.into()]),
                }
            }
            Record::Ended { event, ended } => {
                self.live.insert(event, Live { lines: line, known: Known::Ended(ended) });
            }
            Record::Log { .. } => {}
        }
    }

    /// Compacts the log: writes the live records to a new file, which replaces the old one.
    fn write_anew(&mut self) -> Result<(), CheckpointError> {
        let mut beside = self.path.clone().into_os_string();
        beside.push(".new");
        let beside = PathBuf::from(beside);
        let written = self.write_to(&beside).and_then(|(file, bytes)| {
            fs::rename(&beside, &self.path)?;
            if let Some(folder) = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                File::open(folder)?.sync_all()?;
            }
            Ok((file, bytes))
        });
        let (file, bytes) = written.map_err(|error| self.failed(error))?;
        (self.file, self.written, self.compact) = (file, bytes, bytes);
        Ok(())
    }

    fn write_to(&self, path: &Path) -> io::Result<(File, u64)> {
        let head = Record::Log {
            format: FORMAT,
            identity: self.identity.clone(),
            finished: self.finished.ranges().collect(),
        };
        let mut file = options().create(true).truncate(true).open(path)?;
        // a process that waits for the old file must find the new one locked too
        file.lock()?;
        let mut events: Vec<_> = self.live.iter().collect();
        events.sort_unstable_by_key(|(event, _)| **event);
        let mut text = head.line()?;
        for (_, live) in events {
            text.push_str(&live.lines);
        }
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        Ok((file, text.len() as u64))
    }

    fn append(&mut self, line: &str) -> Result<(), CheckpointError> {
        self.file.write_all(line.as_bytes()).map_err(|error| self.failed(error))?;
        self.written += line.len() as u64;
        let worth = self.written / GROWTH;
        if self.written > LEAST && worth > self.compact && worth > self.live_bytes() {
            self.write_anew()?;
        }
        Ok(())
    }

    fn live_bytes(&self) -> u64 {
        self.live.values().map(|live| live.lines.len() as u64).sum()
    }

    fn line(&self, record: &Record) -> Result<String, CheckpointError> {
        record.line().map_err(|error| self.failed(error.into()))
    }
}

/// Returns whether this could be the start of a log.
fn is_start(line: &[u8]) -> bool {
    line.iter().take(8).all(u8::is_ascii_hexdigit) && line.get(8).is_none_or(|byte| *byte == b' ')
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

impl Checkpoint for LogCheckpoint {
    fn known(&mut self, event: u64) -> Known {
        if self.finished.contains(event) {
            return Known::Finished;
        }
        self.live.get_mut(&event).map(|live| std::mem::take(&mut live.known)).unwrap_or_default()
    }

    fn confirmed(&mut self, event: u64, confirmed: &Confirmed) -> Result<(), CheckpointError> {
        let line = self.line(&Record::Answer { event, answer: confirmed.into() })?;
        self.live.entry(event).or_default().lines.push_str(&line);
        self.append(&line)
    }

    fn ended(&mut self, event: u64, ended: &Ended) -> Result<(), CheckpointError> {
        let line = self.line(&Record::Ended { event, ended: ended.clone() })?;
        // its responses are obsolete
        self.live.insert(event, Live { lines: line.clone(), known: Known::New });
        self.append(&line)
    }

    fn finished(&mut self, event: u64) -> Result<(), CheckpointError> {
        let line = self.line(&Record::Finished { event })?;
        self.finished.insert(event);
        self.live.remove(&event);
        self.append(&line)
    }
}

impl Drop for LogCheckpoint {
    fn drop(&mut self) {
        // optional: without it, some events may be sent again after a power failure
        let _ = self.file.sync_data();
    }
}
