//! The options of `mapwright docs`.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use super::{MappingArgs, examples};

/// Print the page of a destination, made from its mappings
///
/// Settings, connection modes and sources, supported messages, trait tables, calls as diagrams, responses and what to do, limits, and questions: of
/// all versions. What does not follow from the mappings is in their key `docs`.
#[derive(Debug, Args)]
#[command(after_help = examples::docs())]
pub(crate) struct DocsArgs {
    /// The destination
    #[arg(value_name = "DESTINATION")]
    pub(crate) page: String,
    /// Print the guide from one version to another
    #[arg(long, num_args = 2, value_names = ["FROM", "TO"])]
    pub(crate) migrate: Option<Vec<String>>,
    /// Write the page to this folder, as `DESTINATION.md` and `DESTINATION.html`; a guide as `DESTINATION-FROM-TO`
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath, conflicts_with = "format")]
    pub(crate) output: Option<PathBuf>,
    /// The format that is printed
    #[arg(long, value_enum, default_value_t = PageFormat::Markdown)]
    pub(crate) format: PageFormat,
    #[command(flatten)]
    pub(crate) mappings: MappingArgs,
}

/// A format of pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PageFormat {
    /// Markdown, with diagrams of Mermaid
    Markdown,
    /// One HTML file that needs nothing else
    Html,
}
