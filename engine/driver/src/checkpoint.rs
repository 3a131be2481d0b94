//! Checkpoints: the state of a delivery that survives a crash.
//!
//! The engine is deterministic: the same event, mapping time and responses lead to the same requests. So
//! the responses of each event in flight are recorded before its next request is sent, and a resumed delivery replays them
//! before it sends anything.

mod content;
mod counts;
mod file;
pub(crate) mod fingerprint;
mod finished;
mod log;
mod record;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use mapwright::Redactor;
use serde::{Deserialize, Serialize};

use crate::outcome::{Delivered, DeliveryFailure, FinishedAs, Outcome};

pub use content::{Damage, Inspection};
pub use counts::{FinishedCounts, Mark};
pub use log::LogCheckpoint;

/// The delivery that a checkpoint belongs to. A checkpoint of another delivery is not resumed.
///
/// It is exhaustive, so that a program does not compile until it states a new part: without it, a checkpoint of another delivery would be resumed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// An identifier of the input that the caller chooses, such as a fingerprint, or the names and sizes of files.
    pub input: String,
    /// The destination's name.
    pub destination: String,
    /// The destination's version.
    pub version: String,
    /// Other facts that must stay the same, by name, such as hashes of settings. Errors contain their names only.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, String>,
}

impl Identity {
    /// Returns an identity without other facts.
    pub fn new(input: impl Into<String>, destination: impl Into<String>, version: impl Into<String>) -> Self {
        let (input, destination, version) = (input.into(), destination.into(), version.into());
        Self { input, destination, version, facts: BTreeMap::new() }
    }

    /// Returns what differs from the delivery that is expected.
    fn differences(&self, expected: &Identity) -> Vec<Difference> {
        let parts = [
            ("input", &self.input, &expected.input),
            ("destination", &self.destination, &expected.destination),
            ("version", &self.version, &expected.version),
        ];
        let parts = parts.into_iter().filter(|(_, found, expected)| found != expected);
        let parts = parts.map(|(what, found, expected)| Difference {
            what: what.to_owned(),
            values: Some((found.clone(), expected.clone())),
        });
        let names =
            self.facts.keys().chain(expected.facts.keys().filter(|name| !self.facts.contains_key(*name)));
        let facts = names.filter(|name| self.facts.get(*name) != expected.facts.get(*name));
        parts.chain(facts.map(|name| Difference { what: name.clone(), values: None })).collect()
    }
}

/// A part of an [`Identity`] that is not the expected one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// The name of the part, or of the fact.
    pub what: String,
    /// The value in the checkpoint and the expected one, unless it is a fact.
    pub values: Option<(String, String)>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.values {
            Some((found, expected)) => write!(f, "its {} is `{found}`, expected `{expected}`", self.what),
            None => write!(f, "its {} is another", self.what),
        }
    }
}

fn listed(differences: &[Difference]) -> String {
    differences.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// A response that a run has accepted. A [`Checkpoint`] receives it with each secret of the settings replaced by the secret's name; the
/// delivery restores the secrets before it replays the response.
///
/// It is exhaustive, so that a [`Checkpoint`] does not compile until it stores a new part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmed {
    /// When the event was mapped, in epoch milliseconds.
    pub mapped_at: i64,
    /// When the response arrived, in epoch milliseconds.
    pub at: i64,
    /// A hash of the request, since a changed mapping may make a different one.
    pub request: u64,
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Confirmed {
    /// Replaces secrets with their names; returns `None` if the response repeats one in a form that could not be restored.
    pub(crate) fn sealed(self, redactor: &Redactor) -> Option<Self> {
        self.with(|text| redactor.seal(text))
    }

    /// Restores the secrets from the current settings; returns `None` if these have no secret of a name.
    pub(crate) fn unsealed(self, redactor: &Redactor) -> Option<Self> {
        self.with(|text| redactor.unseal(text))
    }

    fn with(self, change: impl Fn(&[u8]) -> Option<Cow<'_, [u8]>>) -> Option<Self> {
        let changed = |text: Vec<u8>| {
            let new = match change(&text)? {
                Cow::Owned(new) => Some(new),
                Cow::Borrowed(_) => None,
            };
            Some(new.unwrap_or(text))
        };
        let headers = self.headers.into_iter().map(|(name, value)| {
            let value = String::from_utf8(changed(value.into_bytes())?).ok()?;
            Some((name, value))
        });
        Some(Self { headers: headers.collect::<Option<_>>()?, body: changed(self.body)?, ..self })
    }
}

/// The end of an event that had requests.
///
/// It is exhaustive, so that a program does not compile until it handles a new variant: a `_` would hide one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// See [`Outcome::Delivered`].
    Delivered(Delivered),
    /// See [`Outcome::Failed`].
    Failed(Box<DeliveryFailure>),
}

impl From<Ended> for Outcome {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Delivered(delivered) => Outcome::Delivered(delivered),
            Ended::Failed(failure) => Outcome::Failed(failure),
        }
    }
}

/// The state of an event in an earlier delivery.
///
/// It is exhaustive, so that a program does not compile until it handles a new variant: a `_` would hide one.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Known {
    /// The event is new.
    #[default]
    New,
    /// The event was in flight, and had these responses.
    UnderWay(Vec<Confirmed>),
    /// The event had ended, and its outcome was not acknowledged.
    Ended(Ended),
    /// The event is finished.
    Finished,
}

/// An error about a checkpoint that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The file already exists.
    #[error("`{}` holds the progress of a delivery: resume it, or delete the file to start over", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Another delivery uses the file.
    #[error("`{}` is in use by another process, which delivers with it: wait until it ends, or name another file", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The checkpoint belongs to another delivery.
    #[error("`{}` belongs to another delivery: {}", path.display(), listed(differences))]
    Other {
        /// The file.
        path: PathBuf,
        /// What differs.
        differences: Vec<Difference>,
    },
    /// The path is that of a folder, a device, a pipe or a link, which a checkpoint does not replace.
    #[error("`{}` cannot be a checkpoint: expected a file, found {found}", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
        /// What it is.
        found: &'static str,
    },
    /// Another file has taken the place of the checkpoint.
    #[error("`{}` was replaced while it was in use", path.display())]
    Replaced {
        /// The file.
        path: PathBuf,
    },
    /// The file is not a checkpoint.
    #[error("`{}` is not a checkpoint", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
    },
    /// The checkpoint has another format.
    #[error(
        "the checkpoint `{}` has format {found}, expected format {expected}: finish its delivery with the version that wrote it, \
         or delete the file to start over, which sends all of its events again",
        path.display()
    )]
    Format {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The format that this version reads and writes.
        expected: u32,
    },
    /// The file cannot be read or written.
    #[error("cannot use the checkpoint `{}`: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        error: io::Error,
    },
}

/// Stores the state of a delivery. One delivery makes all calls, one at a time; they must be short.
///
/// Events are identified by their position in the stream, from 0.
pub trait Checkpoint: Send {
    /// Returns the state of an event in an earlier delivery. Called once, when the event is read.
    fn known(&mut self, event: u64) -> Known;

    /// Records a response, before the next request of the event is sent.
    ///
    /// # Errors
    /// Returns an error if it cannot be recorded; the delivery then stops.
    fn confirmed(&mut self, event: u64, confirmed: &Confirmed) -> Result<(), CheckpointError>;

    /// Records the end of an event that had requests, before its outcome is returned.
    ///
    /// # Errors
    /// See [`Checkpoint::confirmed`].
    fn ended(&mut self, event: u64, ended: &Ended) -> Result<(), CheckpointError>;

    /// Records an acknowledged outcome.
    ///
    /// # Errors
    /// See [`Checkpoint::confirmed`].
    fn finished(&mut self, event: u64, outcome: FinishedAs) -> Result<(), CheckpointError>;

    /// Makes what was recorded last. Until then, the other calls may keep it in memory. Called after one or several records, before
    /// their events continue.
    ///
    /// # Errors
    /// See [`Checkpoint::confirmed`].
    fn flush(&mut self) -> Result<(), CheckpointError>;
}

/// A checkpoint that records nothing.
///
/// ```
/// use mapwright_driver::checkpoint::{Checkpoint as _, Confirmed, Known, NoCheckpoint};
///
/// let mut checkpoint = NoCheckpoint;
/// let response = Confirmed { mapped_at: 0, at: 0, request: 0, status: 200, headers: Vec::new(), body: Vec::new() };
/// checkpoint.confirmed(0, &response)?;
/// assert_eq!(checkpoint.known(0), Known::New);
/// # Ok::<(), mapwright_driver::checkpoint::CheckpointError>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct NoCheckpoint;

impl Checkpoint for NoCheckpoint {
    fn known(&mut self, _: u64) -> Known {
        Known::New
    }

    fn confirmed(&mut self, _: u64, _: &Confirmed) -> Result<(), CheckpointError> {
        Ok(())
    }

    fn ended(&mut self, _: u64, _: &Ended) -> Result<(), CheckpointError> {
        Ok(())
    }

    fn finished(&mut self, _: u64, _: FinishedAs) -> Result<(), CheckpointError> {
        Ok(())
    }

    fn flush(&mut self) -> Result<(), CheckpointError> {
        Ok(())
    }
}

/// A checkpoint that its owner uses beside the delivery, as to record marks.
impl<C: Checkpoint> Checkpoint for Arc<Mutex<C>> {
    fn known(&mut self, event: u64) -> Known {
        self.lock().unwrap_or_else(PoisonError::into_inner).known(event)
    }

    fn confirmed(&mut self, event: u64, confirmed: &Confirmed) -> Result<(), CheckpointError> {
        self.lock().unwrap_or_else(PoisonError::into_inner).confirmed(event, confirmed)
    }

    fn ended(&mut self, event: u64, ended: &Ended) -> Result<(), CheckpointError> {
        self.lock().unwrap_or_else(PoisonError::into_inner).ended(event, ended)
    }

    fn finished(&mut self, event: u64, outcome: FinishedAs) -> Result<(), CheckpointError> {
        self.lock().unwrap_or_else(PoisonError::into_inner).finished(event, outcome)
    }

    fn flush(&mut self) -> Result<(), CheckpointError> {
        self.lock().unwrap_or_else(PoisonError::into_inner).flush()
    }
}
