//! Why a command could not do what it was asked to.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use mapwright::{NotFound, SettingsError};
use mapwright_driver::checkpoint::CheckpointError;
use mapwright_driver::{ClientError, DeliveryError};

use crate::folder::FolderError;
use crate::input::SourceError;
use crate::pipeline::PipelineError;
use crate::users::UsersError;

/// A failure of a whole command, as opposed to one event.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error(
        "there are no mappings: `--no-builtin` leaves out the built-in ones; give a folder with `--mappings`"
    )]
    NoMappings,
    /// Mappings with mistakes, as a report that is ready to print.
    #[error("{report}")]
    Findings { report: String },
    #[error(transparent)]
    NotFound(#[from] NotFound),
    #[error("there are several destinations; say which with `--destination`: {}", known.join(", "))]
    WhichDestination { known: Vec<String> },
    #[error("cannot read {settings}: {error}")]
    SettingsFile { settings: String, error: io::Error },
    #[error("the settings `{}` have more than {limit} bytes", path.display())]
    SettingsTooLarge { path: PathBuf, limit: u64 },
    /// What was given may be secret and is not repeated.
    #[error(
        "`--settings` takes a file or JSON, and no such file exists; pass single values with `--set key=value`"
    )]
    SettingsAreValues,
    /// What stands there may be secret and is not repeated.
    #[error("{settings} cannot be read: line {line}, column {column}: {reason}")]
    SettingsSyntax { settings: String, line: u64, column: u64, reason: String },
    /// What stands there may be secret and is not repeated.
    #[error(
        "{settings}: expected names and values, in a file as `name: value`, in JSON as `{{\"name\": \"value\"}}`, found {found}"
    )]
    SettingsShape { settings: String, found: &'static str },
    /// What was given may be secret and is not repeated.
    #[error("`--set` takes `key=value`, found no `=`")]
    SetWithoutValue,
    /// What was given may be secret and is not repeated.
    #[error("`--secret` takes `key=@file`, the name of a setting and the file that holds its value")]
    SecretWithoutFile,
    #[error("`--set {key}=…` takes names with dots between them, found an empty name")]
    SetKey { key: String },
    #[error("`--set {key}=…` reaches into `{outer}`, which is no object")]
    SetInto { key: String, outer: String },
    #[error("the settings for {destination} do not fit:\n{}", indented(error))]
    Settings { destination: String, error: SettingsError },
    #[error("`--now` takes a time as in `2024-05-01T12:00:00Z`, found `{found}`")]
    Now { found: String },
    #[error("cannot write `{name}`: {error}")]
    Output { name: String, error: io::Error },
    #[error("`{}` is both input and output; write to another file", path.display())]
    OutputIsInput { path: PathBuf },
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    #[error("cannot read `{}`: {error}", path.display())]
    NoPath { path: PathBuf, error: io::Error },
    #[error(
        "`{}` belongs to no folder of mappings, expected one that is called `mappings`, or that holds `<destination>/destination.yaml` or `<destination>/<version>/version.yaml`",
        path.display()
    )]
    NoRoot { path: PathBuf },
    #[error("no rule is called `{name}`: {help}")]
    NoRule { name: String, help: String },
    #[error(transparent)]
    Source(SourceError),
    #[error("{}", match line { Some(line) => format!("no event starts in line {line}"), None => "there is no event".to_owned() })]
    NoEvent { line: Option<u64> },
    #[error("cannot start: {0}")]
    Start(io::Error),
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error(transparent)]
    Delivery(#[from] DeliveryError),
    #[error("cannot serve metrics at {address}: {error}")]
    Metrics { address: SocketAddr, error: io::Error },
    #[error(
        "`--checkpoint` takes files, since `{name}` cannot be read again from its start; write it to a file first"
    )]
    NotResumable { name: String },
    #[error("`--tail` follows one file, found {found}")]
    TailOfSeveral { found: usize },
    #[error("{destination} has no mapping `{name}`")]
    NoCommand { destination: String, name: &'static str },
    #[error(
        "a deletion asks first, and there is no terminal to ask on; `--yes` deletes {}", 
        if *users == 1 { "the user".to_owned() } else { format!("all {users} users") }
    )]
    NotConfirmed { users: usize },
    #[error(transparent)]
    Users(#[from] UsersError),
    #[error("no schema is called `{name}`: {help}")]
    NoSchema { name: String, help: String },
}

impl CommandError {
    /// What the user reads.
    pub(crate) fn report(&self) -> String {
        match self {
            CommandError::Findings { report } => report.clone(),
            other => format!("error: {other}"),
        }
    }
}

fn indented(error: &SettingsError) -> String {
    error.problems.iter().map(|problem| format!("  {problem}")).collect::<Vec<_>>().join("\n")
}
