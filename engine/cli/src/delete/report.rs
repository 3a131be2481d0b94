//! The report of a deletion.

use std::io::Write;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use mapwright::Plan;
use mapwright_driver::{Finished, Outcome};
use serde::Serialize;

use crate::args::ReportFormat;
use crate::delivery::explained;
use crate::delivery::summary;
use crate::error::CommandError;
use crate::{output, terminal};

/// The line of one user.
#[derive(Debug, Serialize)]
struct UserLine<'a> {
    #[serde(rename = "userId")]
    user: &'a str,
    outcome: &'a str,
    destination: &'a str,
    version: &'a str,
    requests: u32,
    /// When the deletion ended.
    time: String,
    /// The code of the error.
    code: Option<&'a str>,
    message: Option<String>,
}

/// The report.
pub(crate) struct DeletionReport {
    out: Out,
    name: String,
    destination: String,
    version: String,
}

enum Out {
    Ndjson(Box<dyn Write>),
    Csv(Box<csv::Writer<Box<dyn Write>>>),
}

impl DeletionReport {
    /// Creates a report in a new file, or on standard output.
    pub(crate) fn create(
        path: Option<&Path>,
        format: Option<ReportFormat>,
        plan: &Plan,
    ) -> Result<Self, CommandError> {
        let (out, name): (Box<dyn Write>, _) = match path {
            None => (terminal::stdout(), "standard output".to_owned()),
            Some(path) => {
                let name = path.display().to_string();
                match output::private().write(true).create_new(true).open(path) {
                    Ok(file) => (Box::new(file), name),
                    Err(error) => return Err(CommandError::Output { name, error }),
                }
            }
        };
        let by_name =
            path.is_some_and(|path| path.extension().is_some_and(|it| it.eq_ignore_ascii_case("csv")));
        let out = match format.unwrap_or(if by_name { ReportFormat::Csv } else { ReportFormat::Ndjson }) {
            ReportFormat::Ndjson => Out::Ndjson(out),
            ReportFormat::Csv => Out::Csv(Box::new(csv::Writer::from_writer(out))),
        };
        Ok(Self { out, name, destination: plan.destination().to_owned(), version: plan.version().to_owned() })
    }

    /// Adds a user with an outcome.
    pub(crate) fn line<T>(&mut self, user: &str, finished: &Finished<T>) -> Result<(), CommandError> {
        let Finished { outcome, requests, last_failure, .. } = finished;
        let (code, message) = match outcome {
            Outcome::Delivered(_) => (None, None),
            Outcome::Unfinished(_) => (None, last_failure.as_ref().map(ToString::to_string)),
            Outcome::Skipped(skip) => (Some(skip.rule), Some(skip.reason.clone())),
            Outcome::Rejected(rejection) => (Some(rejection.code.as_str()), Some(rejection.message.clone())),
            Outcome::Failed(failure) => (Some(failure.code.as_str()), Some(explained(failure))),
        };
        self.write(user, summary::name(outcome), *requests, code, message)
    }

    /// Adds a user whose deletion has not started.
    pub(crate) fn unfinished(&mut self, user: &str) -> Result<(), CommandError> {
        self.write(user, "unfinished", 0, None, None)
    }

    fn write(
        &mut self,
        user: &str,
        outcome: &str,
        requests: u32,
        code: Option<&str>,
        message: Option<String>,
    ) -> Result<(), CommandError> {
        let (destination, version) = (self.destination.as_str(), self.version.as_str());
        let line = UserLine { user, outcome, destination, version, requests, time: now(), code, message };
        let written = match &mut self.out {
            Out::Ndjson(out) => {
                // serialization cannot fail, since all keys are strings
                let mut text = serde_json::to_vec(&line).unwrap_or_default();
                text.push(b'\n');
                out.write_all(&text).and_then(|()| out.flush())
            }
            Out::Csv(out) => out.serialize(&line).map_err(Into::into).and_then(|()| out.flush()),
        };
        written.map_err(|error| CommandError::Output { name: self.name.clone(), error })
    }
}

fn now() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let millis = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
    jiff::Timestamp::from_millisecond(millis).map(|time| time.to_string()).unwrap_or_default()
}
