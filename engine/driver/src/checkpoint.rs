//! Checkpoints: the state of a delivery that survives a crash.
//!
//! The engine is deterministic: the same event, mapping time and responses lead to the same requests. So
//! the responses of each event in flight are recorded before its next request is sent, and a resumed delivery replays them
//! before it sends anything.

pub(crate) mod fingerprint;
mod finished;
mod log;
mod record;

use std::borrow::Cow;
use std::io;
use std::path::PathBuf;

use mapwright::Redactor;
use serde::{Deserialize, Serialize};

use crate::outcome::{Delivered, DeliveryFailure, Outcome};

pub use log::LogCheckpoint;

/// The delivery that a checkpoint belongs to. A checkpoint of another delivery is not resumed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// An identifier of the input that the caller chooses, such as a fingerprint, or the names and sizes of files.
    pub input: String,
    /// The destination's name.
    pub destination: String,
    /// The destination's version.
    pub version: String,
}

/// A response that a run has accepted. A [`Checkpoint`] receives it with each secret of the settings replaced by the secret's name; the
/// delivery restores the secrets before it replays the response.
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
    #[error("`{}` is in use by another delivery", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The checkpoint belongs to another input, destination or version.
    #[error("`{}` belongs to another delivery: its {what} is `{found}`, expected `{expected}`", path.display())]
    Other {
        /// The file.
        path: PathBuf,
        /// What differs.
        what: &'static str,
        /// The value in the file.
        found: String,
        /// The value of this delivery.
        expected: String,
    },
    /// The file is not a checkpoint, or has a later format.
    #[error("`{}` is not a checkpoint that this version can read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be read or written.
    #[error("`{}`: {error}", path.display())]
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
    fn finished(&mut self, event: u64) -> Result<(), CheckpointError>;
}

/// A checkpoint that records nothing.
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

    fn finished(&mut self, _: u64) -> Result<(), CheckpointError> {
        Ok(())
    }
}
