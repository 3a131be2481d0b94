//! The command line of `mapwright`.

mod delivery;
mod diff;
mod docs;
pub(crate) mod examples;
mod record;
mod redact;
mod report;
mod sandbox;
mod start;
mod target;
mod test;
mod threads;

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueHint};
use clap_complete::Shell;

pub(crate) use delivery::{
    CheckArgs, CheckpointArgs, DeleteArgs, LogFormat, ReportFormat, SendArgs, WireArgs,
};
pub(crate) use diff::{DiffArgs, DiffFormat};
pub(crate) use docs::{DocsArgs, PageFormat};
pub(crate) use record::RecordArgs;
pub(crate) use redact::without_secrets;
pub(crate) use report::{OutputArg, ReportArgs, in_file};
pub(crate) use sandbox::SandboxArgs;
pub(crate) use start::{FormatArgs, ImportArgs, ImportFrom, NewArgs, NewWhat, OpenApiArgs, PlaceArgs};
pub(crate) use target::{AimArgs, MappingArgs, SettingsArgs, TargetArgs};
pub(crate) use test::TestArgs;

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
    Checkpoint(CheckpointArgs),
    Test(TestArgs),
    Sandbox(SandboxArgs),
    Show(ShowArgs),
    Docs(DocsArgs),
    Diff(DiffArgs),
    List(ListArgs),
    Schema(SchemaArgs),
    New(NewArgs),
    Import(ImportArgs),
    Fmt(FmtArgs),
    Lsp(LspArgs),
    /// Print a script that completes the commands in a shell
    #[command(after_help = examples::COMPLETIONS)]
    Completions {
        /// The shell
        shell: Shell,
    },
}

impl Command {
    /// Where the mappings of the command are loaded from, if it takes that.
    pub(crate) fn mappings(&self) -> Option<&MappingArgs> {
        Some(match self {
            Self::Map(args) => &args.target.mappings,
            Self::Explain(args) => &args.target.mappings,
            Self::Send(args) => &args.target.mappings,
            Self::Delete(args) => &args.target.mappings,
            Self::CheckConnection(args) => &args.target.mappings,
            Self::Sandbox(args) => &args.mappings,
            Self::Show(args) => &args.mappings,
            Self::Docs(args) => &args.mappings,
            Self::Diff(args) => &args.mappings,
            Self::List(args) => &args.mappings,
            Self::Schema(args) => &args.mappings,
            _ => return None,
        })
    }
}

/// How requests are printed.
#[derive(Debug, Args)]
pub(crate) struct ShownArgs {
    /// Print secret settings in requests instead of [redacted]
    #[arg(long)]
    pub(crate) show_secrets: bool,
    /// The current time, such as 2024-05-01T12:00:00Z [default: the system clock]
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<String>,
}

/// Show the API requests that events map to
///
/// Reads events (NDJSON, a JSON array, or concatenated JSON values; also compressed with gzip or zstd) and prints one
/// line of JSON per event, in input order: its requests, or why it is rejected or skipped.
/// Nothing is sent. A request that depends on a response has a `when`, and `{name}` marks a value that is not known yet.
#[derive(Debug, Args)]
#[command(after_help = examples::MAP)]
pub(crate) struct MapArgs {
    /// Event files; `-` is standard input [default: -]
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<OsString>,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    #[command(flatten)]
    pub(crate) shown: ShownArgs,
    /// Validate every body against its operation's JSON Schema, and reject the event if one is invalid
    #[arg(long)]
    pub(crate) verify: bool,
    /// Print the requests that the events become together, each with the positions of its events
    #[arg(long)]
    pub(crate) batches: bool,
    /// Pretty-print the JSON
    #[arg(long)]
    pub(crate) pretty: bool,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
    /// Stop after this number of events
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
    /// The number of worker threads, at most 1024 [default: one per core]
    #[arg(long, value_name = "N", value_parser = threads::threads)]
    pub(crate) threads: Option<NonZeroUsize>,
    /// Print no summary and no progress bar
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// Explain how an event is mapped
///
/// Prints for each field which sources were tried, which one was used, and what each conversion did; then the
/// steps and why they run or not; then the requests.
#[derive(Debug, Args)]
#[command(after_help = examples::EXPLAIN)]
pub(crate) struct ExplainArgs {
    /// A file of events, `-` for standard input, or an event as JSON
    #[arg(value_name = "EVENT", value_hint = ValueHint::FilePath)]
    pub(crate) event: OsString,
    /// Use the event that starts on this line [default: the first event]
    #[arg(long, value_name = "N")]
    pub(crate) line: Option<u64>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Print a page, as one HTML file that needs nothing else
    #[arg(long, conflicts_with = "json")]
    pub(crate) html: bool,
    /// With `--html`: hide the values of the event, and what is made of them
    #[arg(long, requires = "html")]
    pub(crate) redact: bool,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    #[command(flatten)]
    pub(crate) shown: ShownArgs,
}

/// Show a mapping after inheritance, with the file and line of each part
#[derive(Debug, Args)]
#[command(after_help = examples::show())]
pub(crate) struct ShowArgs {
    /// `DESTINATION/VERSION/MESSAGE`; `DESTINATION/VERSION` for version.yaml, `DESTINATION` for destination.yaml
    #[arg(value_name = "ADDRESS")]
    pub(crate) address: String,
    /// Show this variant of the mapping
    #[arg(long, value_name = "NAME")]
    pub(crate) variant: Option<String>,
    /// Leave out the comments that say where each line comes from, to compare two versions
    #[arg(long)]
    pub(crate) plain: bool,
    #[command(flatten)]
    pub(crate) mappings: MappingArgs,
}

/// List destinations, their versions and the messages that they map
#[derive(Debug, Args)]
#[command(after_help = examples::LIST)]
pub(crate) struct ListArgs {
    /// Print the sources of events of each destination, and what they send in cloud mode and in device mode
    #[arg(long)]
    pub(crate) sources: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) mappings: MappingArgs,
}

/// Print a JSON Schema: of the mapping language, of an event type, or of a request body
///
/// Without a name, it lists all names.
#[derive(Debug, Args)]
#[command(after_help = examples::SCHEMA)]
pub(crate) struct SchemaArgs {
    /// Such as `mapping-message`, `events/track` or `DESTINATION/VERSION/OPERATION`
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) mappings: MappingArgs,
}

/// Format mapping files: the same meaning and comments in one layout
///
/// Prints the files that it changes. One that cannot be changed without changing what it says is left as it is.
#[derive(Debug, Args)]
#[command(after_help = examples::FMT)]
pub(crate) struct FmtArgs {
    /// Mapping folders, or folders or files in them [default: the `folders` of mapwright.toml, or `mappings`]
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<PathBuf>,
    /// Change nothing, and exit with 1 if something would be changed
    #[arg(long)]
    pub(crate) check: bool,
}

/// Serve an editor: findings as you type, completion, navigation and more, over standard input and output
#[derive(Debug, Args)]
#[command(after_help = examples::LSP)]
pub(crate) struct LspArgs {
    /// Lay the mappings over the built-in ones, which they may extend
    #[arg(long)]
    pub(crate) builtin: bool,
    /// Said by some editors; there is no other way to talk
    #[arg(long, hide = true)]
    pub(crate) stdio: bool,
}
