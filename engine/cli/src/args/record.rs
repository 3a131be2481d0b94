//! The options of `mapwright test --record`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueHint};
use url::Url;

use super::AimArgs;

/// What a test is made of.
#[derive(Debug, Args)]
#[command(next_help_heading = "Recording")]
pub(crate) struct RecordArgs {
    /// Add a test to the file of the event's mapping: a file of events, `-` for standard input, or an event as JSON
    ///
    /// What the mapping does with the event and the responses is what the test expects; review it. Without responses, the test is of
    /// everything that could be sent. Secret settings are replaced, also where events and responses repeat them.
    #[arg(long, value_name = "EVENT", value_hint = ValueHint::FilePath, conflicts_with_all = ["filters", "list", "update"])]
    pub(crate) record: Option<OsString>,
    /// Use the event that starts on this line [default: the first event]
    #[arg(long, value_name = "N", requires = "record")]
    pub(crate) line: Option<u64>,
    /// The name of the test [default: made from the type of the event]
    #[arg(long, value_name = "TEXT", requires = "record")]
    pub(crate) name: Option<String>,
    /// The API's responses in their order: a YAML or JSON list, or JSON objects, with `status`, and `headers`, `body` or `text`, as a test states them
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "record", conflicts_with = "send")]
    pub(crate) answers: Option<PathBuf>,
    /// Send the requests, and record what the API answers; use an account that is there for tests
    #[arg(long, requires = "record")]
    pub(crate) send: bool,
    /// With `--send`: send every request to this URL, such as a sandbox
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url, requires = "send")]
    pub(crate) base_url: Option<Url>,
    /// The time of the test, such as 2024-05-01T12:00:00Z [default: the system clock]
    #[arg(long, value_name = "TIME", requires = "record")]
    pub(crate) now: Option<String>,
    #[command(flatten)]
    pub(crate) aim: AimArgs,
}
