//! What a delivery remembers, so that it can go on after a crash.
//!
//! The engine is deterministic: an event, the time at which it was mapped, and the answers that it had make the same requests again. So
//! the answers of each event under way are recorded before its next request is sent, and a resumed delivery hands them to the run
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

/// What a checkpoint is of. Another one is not resumed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// What tells the input from others: a fingerprint, or names and sizes of files. The caller's to choose.
    pub input: String,
    /// The destination's name.
    pub destination: String,
    /// Its version.
    pub version: String,
}

/// A response that a run has accepted. A [`Checkpoint`] receives it with each secret of the settings replaced by the secret's name; the
/// delivery restores the secrets before it replays the response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmed {
    /// When the event was mapped, in epoch milliseconds.
    pub mapped_at: i64,
    /// When the answer came, in epoch milliseconds.
    pub at: i64,
    /// A hash of the request that was answered: another mapping may make another one.
    pub request: u64,
    /// The status.
    pub status: u16,
    /// Headers.
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

/// How an event that had requests has ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// As [`Outcome::Delivered`].
    Delivered(Delivered),
    /// As [`Outcome::Failed`].
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

/// What is known of an event from an earlier delivery.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Known {
    /// Nothing.
    #[default]
    New,
    /// It was under way, and has had these answers.
    UnderWay(Vec<Confirmed>),
    /// It had ended, and nobody has acknowledged that.
    Ended(Ended),
    /// It is finished.
    Finished,
}

/// Why a checkpoint cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// There is one already.
    #[error("`{}` holds the progress of a delivery: resume it, or take the file away to start anew", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Another process delivers with it.
    #[error("`{}` is in use by another delivery", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// It is of another input, destination or version.
    #[error("`{}` belongs to another delivery: its {what} is `{found}`, and here it is `{expected}`", path.display())]
    Other {
        /// The file.
        path: PathBuf,
        /// What differs.
        what: &'static str,
        /// What the file says.
        found: String,
        /// What this delivery says.
        expected: String,
    },
    /// It is no checkpoint, or one of a later format.
    #[error("`{}` is no checkpoint that this version reads", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
    },
    /// It cannot be read or written.
    #[error("`{}`: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        error: io::Error,
    },
}

/// Where a delivery keeps what it has to remember. Calls come from one delivery, one at a time, and are short.
///
/// Events go by their position in the stream, from 0.
pub trait Checkpoint: Send {
    /// What an earlier delivery knew of an event; asked once, when the event is read.
    fn known(&mut self, event: u64) -> Known;

    /// An answer, before the next request of the event is sent.
    ///
    /// # Errors
    /// When it cannot be kept; the delivery then stops.
    fn confirmed(&mut self, event: u64, confirmed: &Confirmed) -> Result<(), CheckpointError>;

    /// The end of an event that had requests, before anybody is told.
    ///
    /// # Errors
    /// As [`Checkpoint::confirmed`].
    fn ended(&mut self, event: u64, ended: &Ended) -> Result<(), CheckpointError>;

    /// An acknowledged outcome.
    ///
    /// # Errors
    /// As [`Checkpoint::confirmed`].
    fn finished(&mut self, event: u64) -> Result<(), CheckpointError>;
}

/// Remembers nothing.
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
