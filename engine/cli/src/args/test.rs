//! The command line of `mapwright test`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::{RecordArgs, ReportArgs, examples};

/// Run the tests beside the mappings
///
/// Runs what `*.test.yaml` states, as `validate-mappings` does, and nothing else: of the mappings, only errors are reported, since they keep
/// tests from running. A path selects tests: those of a file, a mapping, a version (also those that it inherits) or a destination.
#[derive(Debug, Args)]
#[command(after_help = examples::TEST)]
pub(crate) struct TestArgs {
    /// Mapping folders, or folders or files in them [default: the `folders` of mapwright.toml, or `mappings`]
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<PathBuf>,
    /// Run only tests whose names contain this text, in any case; with several, those that contain one of them
    #[arg(short, long = "filter", value_name = "TEXT")]
    pub(crate) filters: Vec<String>,
    /// List the tests, and run none
    #[arg(long, conflicts_with_all = ["update", "diff"])]
    pub(crate) list: bool,
    /// Test the mappings together with the built-in ones, which they may extend
    #[arg(long)]
    pub(crate) builtin: bool,
    /// Fail on warnings too, such as a mapping without tests
    #[arg(long)]
    pub(crate) deny_warnings: bool,
    /// Write what was found into the expectations of tests that fail, for review
    ///
    /// Only the differing values are written: comments, layout and quotes of the rest stay. A test that a version inherits is stated
    /// in the version's own file. A test that fails for another reason than its expectation is left as it is.
    #[arg(long, help_heading = "Updates")]
    pub(crate) update: bool,
    /// Print what `--update` would change, and change nothing, even with `--update`
    #[arg(long, help_heading = "Updates")]
    pub(crate) diff: bool,
    #[command(flatten)]
    pub(crate) report: ReportArgs,
    #[command(flatten)]
    pub(crate) recording: RecordArgs,
}
