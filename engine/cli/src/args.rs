//! What can be asked for on the command line.

mod delivery;
pub(crate) mod examples;
mod target;

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue};
use clap::{Args, Parser, Subcommand, ValueHint};
use clap_complete::Shell;
use mapwright::REDACTED;

pub(crate) use delivery::{CheckArgs, DeleteArgs, LogFormat, ReportFormat, SendArgs, WireArgs};
pub(crate) use target::{MappingArgs, TargetArgs};

/// Turns customer-data events into API calls, from YAML alone.
#[derive(Debug, Parser)]
#[command(name = "mapwright", version, arg_required_else_help = true, after_help = examples::overview())]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Map(MapArgs),
    Explain(ExplainArgs),
    Send(SendArgs),
    Delete(DeleteArgs),
    CheckConnection(CheckArgs),
    Show(ShowArgs),
    List(ListArgs),
    Schema(SchemaArgs),
    /// Print a script that completes the commands in a shell
    #[command(after_help = examples::COMPLETIONS)]
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// Redacts the part before the host of an invalid URL.
pub(crate) fn without_password(mut error: clap::Error) -> clap::Error {
    let url = match error.get(ContextKind::InvalidValue) {
        Some(ContextValue::String(url)) => {
            url.rsplit_once('@').map(|(user, host)| (user.to_owned(), host.to_owned()))
        }
        _ => None,
    };
    if let Some((user, host)) = url {
        let scheme = user.split_once("//").map_or(String::new(), |(scheme, _)| format!("{scheme}//"));
        let shown = format!("{scheme}{REDACTED}@{host}");
        error.insert(ContextKind::InvalidValue, ContextValue::String(shown));
    }
    error
}

/// How requests are shown.
#[derive(Debug, Args)]
pub(crate) struct ShownArgs {
    /// Show secret settings in requests instead of [redacted]
    #[arg(long)]
    pub(crate) show_secrets: bool,
    /// The time that counts as now, as in 2024-05-01T12:00:00Z [default: the clock]
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<String>,
}

/// Show the API calls that events become
///
/// Reads events (a line each, a JSON array, or JSON values one after the other; gzip and zstd are unpacked) and writes one
/// line of JSON for each of them, in their order: its requests, why it is rejected, or why it is skipped.
/// Nothing is sent. A request that depends on a response says so in `when`, and what is not known yet stands in it as `{name}`.
#[derive(Debug, Args)]
#[command(after_help = examples::MAP)]
pub(crate) struct MapArgs {
    /// Files of events; `-` is standard input [default: -]
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<OsString>,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    #[command(flatten)]
    pub(crate) shown: ShownArgs,
    /// Check every body against its operation's JSON Schema; an event with one that breaks it is rejected
    #[arg(long)]
    pub(crate) verify: bool,
    /// Write JSON over several lines
    #[arg(long)]
    pub(crate) pretty: bool,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
    /// Stop after so many events
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
    /// How many threads work [default: one for each core]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
    /// No summary and no progress bar
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// Explain why an event becomes what it becomes
///
/// For every field it shows which sources were tried, which one was taken, and what each conversion made of the value; then the
/// steps and why they are made or not; then the requests.
#[derive(Debug, Args)]
#[command(after_help = examples::EXPLAIN)]
pub(crate) struct ExplainArgs {
    /// A file of events, `-` for standard input, or an event as JSON
    #[arg(value_name = "EVENT", value_hint = ValueHint::FilePath)]
    pub(crate) event: OsString,
    /// Take the event that starts in this line [default: the first event]
    #[arg(long, value_name = "N")]
    pub(crate) line: Option<u64>,
    /// Write JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    #[command(flatten)]
    pub(crate) shown: ShownArgs,
}

/// Show a mapping as it is after inheritance, with the file and line that each part comes from
#[derive(Debug, Args)]
#[command(after_help = examples::show())]
pub(crate) struct ShowArgs {
    /// `DESTINATION/VERSION/MESSAGE`; `DESTINATION/VERSION` shows version.yaml, `DESTINATION` destination.yaml
    #[arg(value_name = "ADDRESS")]
    pub(crate) address: String,
    /// Show this variant of the mapping
    #[arg(long, value_name = "NAME")]
    pub(crate) variant: Option<String>,
    #[command(flatten)]
    pub(crate) mappings: MappingArgs,
}

/// List destinations, their versions and the messages that those map
#[derive(Debug, Args)]
#[command(after_help = examples::LIST)]
pub(crate) struct ListArgs {
    /// Write JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) mappings: MappingArgs,
}

/// Print a JSON Schema: of the mapping language, of an event type, or of a request body
///
/// Without a name it lists the names that there are.
#[derive(Debug, Args)]
#[command(after_help = examples::SCHEMA)]
pub(crate) struct SchemaArgs {
    /// As in `mapping-message`, `events/track` or `DESTINATION/VERSION/OPERATION`
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) mappings: MappingArgs,
}
