//! The arguments of `diff`.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use super::threads::threads;
use super::{MappingArgs, SettingsArgs, examples};
use crate::git;

/// Compare two versions of a destination, or the mappings with those of a revision
///
/// Compares what the versions do and not their text: fields, requirements, settings, endpoints, steps, responses. Each change is breaking, behavioural or
/// cosmetic, by a rule that docs/diff.md lists. With `--events`, events are mapped by both, and it prints what really differs.
#[derive(Debug, Args)]
#[command(after_help = examples::diff())]
pub(crate) struct DiffArgs {
    /// The old side: `DESTINATION/VERSION`, or a folder of mappings
    #[arg(value_name = "OLD", value_hint = ValueHint::AnyPath, required_unless_present = "against")]
    pub(crate) old: Option<OsString>,
    /// The new side, of the same kind
    #[arg(value_name = "NEW", value_hint = ValueHint::AnyPath, required_unless_present = "against")]
    pub(crate) new: Option<OsString>,
    /// Compare the mapping folders (`--mappings`, or `mappings` in the current folder) with what they were in this revision of git
    #[arg(long, value_name = "REVISION", value_parser = git::revision, conflicts_with_all = ["old", "new"])]
    pub(crate) against: Option<String>,
    /// Compare only this destination, or this version: `DESTINATION` or `DESTINATION/VERSION`
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) only: Option<String>,
    /// Report and count only changes that are breaking
    #[arg(long)]
    pub(crate) breaking: bool,
    /// The format of the report
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = DiffFormat::Text)]
    pub(crate) format: DiffFormat,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) mappings: MappingArgs,
    /// Map these events through both sides; `-` is standard input; repeatable
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Events")]
    pub(crate) events: Vec<OsString>,
    /// Deliver the events to a double of the API for each side, too, and compare what arrives
    #[arg(long, requires = "events", help_heading = "Events")]
    pub(crate) sandbox: bool,
    /// Print values of events in examples as they are, with personal data
    #[arg(long, requires = "events", help_heading = "Events")]
    pub(crate) show_values: bool,
    /// The current time, such as 2024-05-01T12:00:00Z [default: the time at which the command starts]
    #[arg(long, value_name = "TIME", requires = "events", help_heading = "Events")]
    pub(crate) now: Option<String>,
    /// The number of worker threads, at most 1024 [default: one per core]
    #[arg(long, value_name = "N", value_parser = threads, requires = "events", help_heading = "Events")]
    pub(crate) threads: Option<NonZeroUsize>,
    #[command(flatten, next_help_heading = "Events")]
    pub(crate) settings: SettingsArgs,
}

/// A format of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiffFormat {
    /// For people
    Text,
    /// A document with a table for each message
    Markdown,
    /// One page that needs no other file
    Html,
    /// For programs; see schemas/diff-report.schema.json
    Json,
}
