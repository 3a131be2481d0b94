//! Writes dead letters, before their events count as finished.

#[cfg(unix)]
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use mapwright_driver::{FailedAttempt, Finished, Outcome, Unfinished};
use serde::Serialize;

use crate::append::{self, AppendLines};
use crate::dead_letter::Letter;
use crate::delivery::feed::Origin;
use crate::delivery::{Durability, summary};
use crate::error::CommandError;
use crate::input::Event;
use crate::rejection::in_place;
use crate::{line, terminal};

/// The output of dead letters.
pub(crate) struct Letters {
    out: Box<dyn AppendLines>,
    name: String,
    /// Whether unfinished events are delivered later, without a dead letter.
    resumable: bool,
    line: Vec<u8>,
}

impl Letters {
    /// Opens a file for appending, or standard output.
    pub(crate) fn open(path: Option<&Path>, resumable: bool) -> Result<Self, CommandError> {
        Ok(match path {
            None => Self::to(Box::new(StandardOutput(terminal::stdout())), "standard output", resumable),
            Some(path) => Self::to(append::open(path)?, &path.display().to_string(), resumable),
        })
    }

    pub(super) fn to(out: Box<dyn AppendLines>, name: &str, resumable: bool) -> Self {
        Self { out, name: name.to_owned(), resumable, line: Vec::new() }
    }

    /// Returns after all dead letters are on disk.
    pub(crate) fn sync(&mut self) -> Result<(), CommandError> {
        self.out.sync().map_err(|error| CommandError::Output { name: self.name.clone(), error })
    }

    /// Writes the dead letter of an event, if it needs one. With a checkpoint, the event counts as finished after it is on disk.
    pub(crate) fn keep(&mut self, finished: &Finished<Origin>) -> Result<Durability, CommandError> {
        let mut error = Vec::new();
        let origin = &finished.tag;
        match &finished.outcome {
            Outcome::Delivered(_) | Outcome::Skipped(_) => return Ok(Durability::Safe),
            Outcome::Unfinished(_) if self.resumable => return Ok(Durability::Safe),
            Outcome::Unfinished(why) => {
                let left = Left::new(*why, finished.last_failure.as_ref());
                // serialization cannot fail, since all keys are strings
                error = serde_json::to_vec(&left).unwrap_or_default();
            }
            Outcome::Rejected(rejection) => {
                let (rejection, place) = match origin.fault.as_deref() {
                    Some(fault) => fault.clone(),
                    None => {
                        let mut rejection = rejection.as_ref().clone();
                        let json = Ok(finished.json.as_ref());
                        let event = Event { source: &origin.file, place: origin.place, index: 0, json };
                        let place = in_place(&mut rejection, &event);
                        (rejection, place)
                    }
                };
                tracing::warn!(line = origin.place.line, code = rejection.code, "rejected");
                line::error(&rejection, place, &mut error);
            }
            Outcome::Failed(failure) => {
                let (line, class) = (origin.place.line, failure.class.as_str());
                tracing::warn!(line, class, code = failure.code, status = failure.status, "failed");
                // serialization cannot fail, since all keys are strings
                error = serde_json::to_vec(failure.as_ref()).unwrap_or_default();
            }
        }
        self.line.clear();
        let letter = Letter {
            outcome: summary::name(&finished.outcome),
            file: &origin.file,
            place: origin.place,
            message: finished.message.as_deref(),
            error: &error,
            event: &finished.json,
        };
        letter.write(&mut self.line);
        let written = self.out.append(&self.line);
        written.map_err(|error| CommandError::Letter {
            name: self.name.clone(),
            file: origin.file.clone(),
            line: origin.place.line,
            error,
        })?;
        Ok(if self.resumable { Durability::Unsynced } else { Durability::Safe })
    }
}

struct StandardOutput(Box<dyn Write>);

impl AppendLines for StandardOutput {
    fn append(&mut self, line: &[u8]) -> io::Result<()> {
        self.0.write_all(line).and_then(|()| self.0.flush())
    }

    #[cfg(unix)]
    fn sync(&mut self) -> io::Result<()> {
        use std::os::fd::AsFd as _;
        let file = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        // a terminal or a pipe has nothing to sync
        if file.metadata()?.is_file() { file.sync_data() } else { Ok(()) }
    }

    #[cfg(not(unix))]
    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Why an event is unfinished, and the last attempt of its current request.
#[derive(Debug, Serialize)]
struct Left<'a> {
    code: &'static str,
    message: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_failure: Option<&'a FailedAttempt>,
}

impl<'a> Left<'a> {
    fn new(why: Unfinished, last_failure: Option<&'a FailedAttempt>) -> Self {
        let (code, message) = match why {
            Unfinished::Stopped => ("stopped", "the delivery was stopped before the event was finished"),
            Unfinished::Paused => ("paused", "the destination accepts no requests until somebody acts"),
        };
        Self { code, message, last_failure }
    }
}
