//! Errors of whole commands.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use mapwright::{NotFound, SettingProblem, SettingsError};
use mapwright_driver::checkpoint::CheckpointError;
use mapwright_driver::{ClientError, DeliveryError, PemError};
use mapwright_sandbox::SandboxError;
use mapwright_start::StartError;

use crate::folder::FolderError;
use crate::input::SourceError;
use crate::pipeline::PipelineError;
use crate::surroundings::Lack;
use crate::users::UsersError;
use crate::variable::variable;

/// A failure of a whole command, as opposed to one event.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error("no mappings: `--no-builtin` excludes the built-in ones; pass a folder with `--mappings`")]
    NoMappings,
    /// Mappings with errors, as a report that is ready to print.
    #[error("{report}")]
    Findings { report: String },
    #[error(transparent)]
    NotFound(#[from] NotFound),
    #[error("{error}; the folder of mappings here has it, and is read with `--mappings {}`", folder.display())]
    NotFoundHere { error: NotFound, folder: PathBuf },
    #[error("there are several destinations; select one with `--destination`, or as `destination` in the settings: {}", known.join(", "))]
    WhichDestination { known: Vec<String> },
    #[error("cannot read {settings}: {error}")]
    SettingsFile { settings: String, error: io::Error },
    #[error("the settings `{}` have more than {limit} bytes", path.display())]
    SettingsTooLarge { path: PathBuf, limit: u64 },
    /// The argument may be secret and is not printed.
    #[error(
        "`--settings` takes a file or JSON, and no such file exists; pass single values with `--set key=value`"
    )]
    SettingsAreValues,
    /// The content may be secret and is not printed.
    #[error("{settings} cannot be read: line {line}, column {column}: {reason}")]
    SettingsSyntax { settings: String, line: u64, column: u64, reason: String },
    /// The content may be secret and is not printed.
    #[error(
        "{settings}: expected names and values, such as `name: value` in a file or `{{\"name\": \"value\"}}` in JSON, found {found}"
    )]
    SettingsShape { settings: String, found: &'static str },
    /// The argument may be secret and is not printed.
    #[error("`--set` takes `key=value`, found no `=`")]
    SetWithoutValue,
    /// The argument may be secret and is not printed.
    #[error("`--secret` takes `key=@file`: the name of a setting, and a file that contains its value")]
    SecretWithoutFile,
    #[error("`--set {key}=…` takes names separated by dots, found an empty name")]
    SetKey { key: String },
    #[error("`--set {key}=…` selects a member of `{outer}`, which is not an object")]
    SetInto { key: String, outer: String },
    #[error("invalid settings for {destination}:\n{}", indented(error))]
    Settings { destination: String, error: SettingsError },
    #[error("`--now` takes a time such as `2024-05-01T12:00:00Z`, found `{found}`")]
    Now { found: String },
    #[error(
        "`{option}` would be read by the next check, as its configuration, a mapping, a schema or a fixture; write it elsewhere"
    )]
    AmongMappings { option: String },
    #[error("cannot write `{name}`: {error}")]
    Output { name: String, error: io::Error },
    #[error(
        "cannot write `{name}`: {error}; the event that starts on line {line} of `{file}` has no dead letter"
    )]
    Letter { name: String, file: Arc<str>, line: u64, error: io::Error },
    #[error(
        "cannot write `{name}`: {error}; the first user who is not in it is `{user}`, with the outcome `{outcome}`"
    )]
    Report { name: String, user: String, outcome: String, error: io::Error },
    #[error("{output} is also {other}; write to another file")]
    SameFile { output: String, other: String },
    /// The dead letters stay locked.
    #[error("cannot write `{name}`: it is locked by another program that does not release it")]
    Locked { name: String },
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    #[error("cannot read `{}`: {error}", path.display())]
    NoPath { path: PathBuf, error: io::Error },
    #[error(
        "`{}` belongs to no mapping folder; expected a folder that is named `mappings`, or that contains `<destination>/destination.yaml` or `<destination>/<version>/version.yaml`",
        path.display()
    )]
    NoRoot { path: PathBuf },
    #[error("cannot read `{}`: {error}", path.display())]
    Format { path: PathBuf, error: String },
    #[error("{error}")]
    Serve {
        #[source]
        error: mapwright_lsp::ServeError,
    },
    #[error("mutants are printed as `text`, `json` or `github`; select one with `--format`")]
    MutantsFormat,
    #[error("statistics are printed as `text` or `json`; select one with `--format`")]
    StatisticsFormat,
    #[error("no test has {filters} in its name: {help}")]
    NoTest { filters: String, help: String },
    #[error("a test is recorded in one mapping folder, and the paths are of several; name one")]
    RecordInSeveral,
    #[error("the event cannot be recorded: {reason}")]
    RecordEvent { reason: String },
    #[error(
        "`{version}` is not in the mapping folder, so that a test of it has no place; add the version, or name another with `--api-version`"
    )]
    RecordElsewhere { version: String },
    #[error("`{file}` cannot be read as a file of tests; `validate-mappings` says why")]
    RecordInto { file: String },
    #[error("the test is not written, since a secret setting would show in it")]
    RecordSecret,
    #[error("the event has more than {requests} requests; record one with fewer")]
    RecordEndless { requests: usize },
    #[error("there is no response to the request of the step `{step}`: {reason}")]
    NoAnswer { step: String, reason: String },
    #[error("cannot use the responses in `{}`: {reason}", path.display())]
    Answers { path: PathBuf, reason: String },
    #[error(transparent)]
    Sandbox(SandboxError),
    #[error("`git {command}` fails: {reason}")]
    Git { command: String, reason: String },
    #[error(
        "`{old}` and `{new}` cannot be compared: both must be versions, such as `acme/2.0`, or both folders of mappings"
    )]
    DiffSides { old: String, new: String },
    #[error(
        "events are mapped by one version of each side, and {}; select one with `--only DESTINATION/VERSION`",
        several(known)
    )]
    DiffOne { known: Vec<String> },
    #[error("`--sandbox` reads the events again, which standard input does not allow: state a file")]
    SandboxStdin,
    #[error(
        "`{version}` makes no requests, which `--sandbox` could deliver to a double: leave it out, `--events` compares calls too"
    )]
    SandboxCalls { version: String },
    #[error("unknown rule `{name}`: {help}")]
    NoRule { name: String, help: String },
    #[error("cannot read the baseline `{}`: {reason}", path.display())]
    Baseline { path: PathBuf, reason: String },
    #[error("`-` stands for the text of one file: state its path with `--stdin-filename`")]
    StdinWithoutName,
    #[error("`--stdin-filename` names the file that `-` stands for: pass `-` in place of paths")]
    NameWithoutStdin,
    #[error(transparent)]
    Source(SourceError),
    #[error("{}", match line { Some(line) => format!("no event starts on line {line}"), None => "the input has no event".to_owned() })]
    NoEvent { line: Option<u64> },
    #[error("cannot start: {0}")]
    Start(io::Error),
    #[error(transparent)]
    Lack(#[from] Lack),
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The content may be a key and is not printed.
    #[error("cannot use `{option} {}`: {reason}", path.display())]
    Pem { option: &'static str, path: PathBuf, reason: PemReason },
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error("{error}; `--force` resumes it nevertheless")]
    OtherDelivery { error: CheckpointError },
    #[error(transparent)]
    Delivery(#[from] DeliveryError),
    #[error("cannot serve metrics at {address}: {error}")]
    Metrics { address: SocketAddr, error: io::Error },
    #[error(
        "`--checkpoint` requires files, since `{name}` cannot be read again from its start; write it to a file first"
    )]
    NotResumable { name: String },
    #[error("`--tail` follows one file, found {found}")]
    TailOfSeveral { found: usize },
    /// A file that an earlier delivery has not finished is gone.
    #[error(
        "the file that was followed as `{}` is no longer in its folder: its events from number {} on may not have been delivered; \
         move it back, or continue without it with `--force`",
        path.display(), from + 1
    )]
    TailLost { path: PathBuf, from: u64 },
    #[error("{destination} has no mapping `{name}`; `mapwright new mapping {address}/{name}` starts one")]
    NoCommand { destination: String, address: String, name: &'static str },
    #[error(
        "deleting users requires a confirmation, and there is no terminal; `--yes` deletes {}", 
        if *users == 1 { "the user".to_owned() } else { format!("all {users} users") }
    )]
    NotConfirmed { users: usize },
    #[error(transparent)]
    Users(#[from] UsersError),
    #[error(transparent)]
    New(#[from] StartError),
    #[error("`{name}` exists already; choose another name, or edit its files")]
    Exists { name: String },
    #[error(
        "`{version}` maps `{message}` already, itself or as it inherits; `mapwright show {version}/{message}` prints how. To change what it inherits, write a `{message}.yaml` with what differs, and a test of it"
    )]
    Mapped { version: String, message: String },
    #[error("`{}` exists already, and is left as it is", path.display())]
    FileExists { path: PathBuf },
    #[error("cannot read `{}`: {reason}", path.display())]
    Unread { path: PathBuf, reason: String },
    #[error("`{}`: {error}", path.display())]
    Import { path: PathBuf, error: StartError },
    #[error("unknown schema `{name}`: {help}")]
    NoSchema { name: String, help: String },
}

impl CommandError {
    /// Returns the message for the user.
    pub(crate) fn report(&self) -> String {
        match self {
            CommandError::Findings { report } => report.clone(),
            other => format!("error: {other}"),
        }
    }
}

/// Which versions there are to choose from.
fn several(known: &[String]) -> String {
    match known {
        [] => "no version has changed that both sides have".to_owned(),
        known => format!("these have changed: {}", known.join(", ")),
    }
}

fn indented(error: &SettingsError) -> String {
    let lines = error.problems.iter().map(|problem| match problem {
        SettingProblem::Missing { name, .. } => format!("  {problem}{}", missing(name)),
        _ => format!("  {problem}"),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns how to state a setting. A member of a table is stated with its table.
fn missing(name: &str) -> String {
    if name.contains(['.', '[']) {
        return format!(": state the setting `{name}` in `--settings`");
    }
    let variable = variable(name);
    format!(
        ": state the setting `{name}` with `--secret {name}=@FILE`, the variable `{variable}`, `--settings` or `--set {name}=…`"
    )
}

/// Why a file of certificates or keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PemReason {
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    #[error("it is not a file")]
    NotAFile,
    #[error(transparent)]
    Content(#[from] PemError),
}
