//! The report of a deletion.

use std::fs::{self, File};
use std::io::{self, Seek as _, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use indicatif::HumanCount;
use mapwright::Plan;
use mapwright_driver::{Finished, Outcome};
use serde::Serialize;

use crate::args::ReportFormat;
use crate::delivery::explained;
use crate::delivery::summary;
use crate::error::CommandError;
use crate::users::DELETED;
use crate::{output, terminal};

/// The code of the warning with which a mapping says that the destination does not know the user.
const NOT_FOUND: &str = "user_not_found";

/// The line of one user.
#[derive(Debug, Serialize)]
struct UserLine<'a> {
    #[serde(rename = "userId")]
    user: &'a str,
    outcome: &'a str,
    destination: &'a str,
    version: &'a str,
    requests: u32,
    /// The status of the API's last response.
    status: Option<u16>,
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
    format: ReportFormat,
    is_empty: bool,
    destination: String,
    version: String,
    tally: DeletionTally,
}

/// The users by what became of them.
#[derive(Debug, Default)]
pub(crate) struct DeletionTally {
    deleted: u64,
    not_found: u64,
    skipped: u64,
    rejected: u64,
    failed: u64,
    unfinished: u64,
}

impl DeletionTally {
    fn add(&mut self, outcome: &str) {
        *match outcome {
            DELETED => &mut self.deleted,
            "not_found" => &mut self.not_found,
            "skipped" => &mut self.skipped,
            "rejected" => &mut self.rejected,
            "failed" => &mut self.failed,
            _ => &mut self.unfinished,
        } += 1;
    }

    /// Returns whether a user was not deleted. A user who is not there counts unless `missing` allows it.
    pub(crate) fn is_incomplete(&self, missing: bool) -> bool {
        let Self { deleted: _, not_found, skipped, rejected, failed, unfinished } = self;
        skipped + rejected + failed + unfinished > 0 || (*not_found > 0 && !missing)
    }

    pub(crate) fn text(&self, requests: u64) -> String {
        let Self { deleted, not_found, skipped, rejected, failed, unfinished } = self;
        let counts = [
            ("deleted", deleted),
            ("not found", not_found),
            ("skipped", skipped),
            ("rejected", rejected),
            ("failed", failed),
            ("unfinished", unfinished),
        ];
        let counts: Vec<String> =
            counts.iter().map(|(name, count)| format!("{name} {}", HumanCount(**count))).collect();
        format!("{}; {} requests", counts.join(", "), HumanCount(requests))
    }
}

/// What became of one user.
struct UserOutcome<'a> {
    outcome: &'a str,
    requests: u32,
    status: Option<u16>,
    code: Option<&'a str>,
    message: Option<String>,
}

/// Where lines go.
enum Out {
    /// A new file, which ends with a whole line whatever happens.
    File(File),
    /// Standard output, a device or a pipe.
    Stream(Box<dyn Write>),
}

impl Out {
    fn append(&mut self, line: &[u8]) -> io::Result<()> {
        match self {
            Out::Stream(out) => out.write_all(line).and_then(|()| out.flush()),
            Out::File(file) => {
                let start = file.stream_position()?;
                file.write_all(line).inspect_err(|_| {
                    // as on a full disk: part of a line would make the report unreadable
                    let _ = file.set_len(start);
                })
            }
        }
    }
}

impl DeletionReport {
    /// Creates a report in a new file, or on standard output.
    pub(crate) fn create(
        path: Option<&Path>,
        format: Option<ReportFormat>,
        plan: &Plan,
    ) -> Result<Self, CommandError> {
        let (out, name) = match path {
            None => (Out::Stream(terminal::stdout()), "standard output".to_owned()),
            Some(path) => {
                let name = path.display().to_string();
                match opened(path) {
                    Ok(out) => (out, name),
                    Err(error) => return Err(CommandError::Output { name, error }),
                }
            }
        };
        let by_name =
            path.is_some_and(|path| path.extension().is_some_and(|it| it.eq_ignore_ascii_case("csv")));
        let format = format.unwrap_or(if by_name { ReportFormat::Csv } else { ReportFormat::Ndjson });
        let (destination, version) = (plan.destination().to_owned(), plan.version().to_owned());
        Ok(Self { out, name, format, is_empty: true, destination, version, tally: DeletionTally::default() })
    }

    pub(crate) fn tally(&self) -> &DeletionTally {
        &self.tally
    }

    /// Adds a user with an outcome.
    pub(crate) fn line<T>(&mut self, user: &str, finished: &Finished<T>) -> Result<(), CommandError> {
        let Finished { outcome, requests, status, last_failure, .. } = finished;
        let name = summary::name(outcome);
        let (name, code, message) = match outcome {
            Outcome::Delivered(delivered) => {
                match delivered.warnings.iter().find(|warning| warning.code == NOT_FOUND) {
                    Some(warning) => ("not_found", Some(NOT_FOUND), Some(warning.message.clone())),
                    None if *requests == 0 => {
                        let message = "the mapping made no request for this user".to_owned();
                        ("failed", Some("nothing_sent"), Some(message))
                    }
                    None => (DELETED, None, None),
                }
            }
            Outcome::Unfinished(_) => (name, None, last_failure.as_ref().map(ToString::to_string)),
            Outcome::Skipped(skip) => (name, Some(skip.rule), Some(skip.reason.clone())),
            Outcome::Rejected(rejection) => {
                (name, Some(rejection.code.as_str()), Some(rejection.message.clone()))
            }
            Outcome::Failed(failure) => (name, Some(failure.code.as_str()), Some(explained(failure))),
        };
        let (requests, status) = (*requests, *status);
        self.write(user, UserOutcome { outcome: name, requests, status, code, message })
    }

    /// Adds a user whose deletion has not started.
    pub(crate) fn unfinished(&mut self, user: &str) -> Result<(), CommandError> {
        let outcome = "unfinished";
        self.write(user, UserOutcome { outcome, requests: 0, status: None, code: None, message: None })
    }

    fn write(&mut self, user: &str, became: UserOutcome<'_>) -> Result<(), CommandError> {
        let UserOutcome { outcome, requests, status, code, message } = became;
        self.tally.add(outcome);
        let (destination, version) = (self.destination.as_str(), self.version.as_str());
        let time = now();
        let line = UserLine { user, outcome, destination, version, requests, status, time, code, message };
        let text = match self.format {
            ReportFormat::Ndjson => ndjson(&line),
            ReportFormat::Csv => csv(&line, self.is_empty),
        };
        let written = text.and_then(|text| self.out.append(&text));
        self.is_empty = false;
        written.map_err(|error| CommandError::Report {
            name: self.name.clone(),
            user: user.to_owned(),
            outcome: outcome.to_owned(),
            error,
        })
    }
}

/// Opens a new file, or a device or a pipe that is there.
fn opened(path: &Path) -> io::Result<Out> {
    let is_stream = |found: &fs::Metadata| !found.is_file() && !found.is_dir();
    if fs::metadata(path).is_ok_and(|found| is_stream(&found)) {
        return Ok(Out::Stream(Box::new(fs::OpenOptions::new().append(true).open(path)?)));
    }
    Ok(Out::File(output::private().write(true).create_new(true).open(path)?))
}

fn ndjson(line: &UserLine<'_>) -> io::Result<Vec<u8>> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    Ok(text)
}

fn csv(line: &UserLine<'_>, with_names: bool) -> io::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().has_headers(with_names).from_writer(Vec::new());
    writer.serialize(line).map_err(io::Error::from)?;
    writer.into_inner().map_err(|error| io::Error::other(error.to_string()))
}

fn now() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    printed(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Returns a time, in epoch milliseconds, as text that is always as long.
fn printed(millis: i64) -> String {
    jiff::Timestamp::from_millisecond(millis).map(|time| format!("{time:.3}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::printed;

    #[test]
    fn times_are_equally_long() {
        let times = [1_714_564_800_000, 1_714_564_800_540, 1_714_564_800_007].map(printed);
        assert_eq!(
            times,
            ["2024-05-01T12:00:00.000Z", "2024-05-01T12:00:00.540Z", "2024-05-01T12:00:00.007Z"]
        );
    }
}
