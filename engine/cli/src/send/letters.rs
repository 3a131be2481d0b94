//! Writes dead letters, before their events count as finished.

use std::io::Write;
use std::path::Path;

use mapwright_driver::{FailedAttempt, Finished, Outcome, Unfinished};
use serde::Serialize;

use crate::dead_letter::{self, Letter};
use crate::delivery::feed::Origin;
use crate::delivery::summary;
use crate::error::CommandError;
use crate::input::Event;
use crate::rejection::in_place;
use crate::{line, terminal};

/// The output of dead letters.
pub(crate) struct Letters {
    out: Box<dyn Write>,
    name: String,
    /// Whether unfinished events are delivered later, without a dead letter.
    resumable: bool,
    line: Vec<u8>,
}

impl Letters {
    /// Opens a file for appending, or standard output.
    pub(crate) fn open(path: Option<&Path>, resumable: bool) -> Result<Self, CommandError> {
        let (out, name): (Box<dyn Write>, _) = match path {
            None => (terminal::stdout(), "standard output".to_owned()),
            Some(path) => {
                let name = path.display().to_string();
                match dead_letter::append_to(path) {
                    Ok(file) => (Box::new(file), name),
                    Err(error) => return Err(CommandError::Output { name, error }),
                }
            }
        };
        Ok(Self { out, name, resumable, line: Vec::new() })
    }

    /// Writes the dead letter of an event, if it needs one.
    pub(crate) fn keep(&mut self, finished: &Finished<Origin>) -> Result<(), CommandError> {
        let mut error = Vec::new();
        let origin = &finished.tag;
        match &finished.outcome {
            Outcome::Delivered(_) | Outcome::Skipped(_) => return Ok(()),
            Outcome::Unfinished(_) if self.resumable => return Ok(()),
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
            line: origin.place.line,
            message: finished.message.as_deref(),
            error: &error,
            event: &finished.json,
        };
        letter.write(&mut self.line);
        let written = self.out.write_all(&self.line).and_then(|()| self.out.flush());
        written.map_err(|error| CommandError::Output { name: self.name.clone(), error })
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
