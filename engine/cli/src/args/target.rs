//! Arguments that several commands take: the mappings, and where events are to go.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueHint};

/// Which mappings there are.
#[derive(Debug, Args)]
pub(crate) struct MappingArgs {
    /// A folder of mappings, laid over the built-in ones; may be given several times
    ///
    /// It holds `<destination>/…`, or `mappings/` and `schemas/`. A file of the same path replaces the built-in one.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) mappings: Vec<PathBuf>,
    /// Leave the built-in mappings out
    #[arg(long)]
    pub(crate) no_builtin: bool,
}

/// Where events are to go.
#[derive(Debug, Args)]
pub(crate) struct TargetArgs {
    /// The destination; needed if there are several
    #[arg(long, value_name = "NAME")]
    pub(crate) destination: Option<String>,
    /// The version of the destination's API, or an alias of it [default: what the settings say]
    #[arg(long, value_name = "VERSION")]
    pub(crate) api_version: Option<String>,
    /// Settings: a YAML or JSON file, or JSON as it is
    ///
    /// A destination exported from RudderStack works as it is: what counts is then its `Config`. Each setting can also be given
    /// by the environment, which goes before: `MAPWRIGHT_` and its name in capitals, as in MAPWRIGHT_API_KEY for `apiKey`.
    #[arg(long, value_name = "FILE|JSON", value_hint = ValueHint::FilePath)]
    pub(crate) settings: Option<OsString>,
    /// One setting, over what `--settings` says; may be given several times
    ///
    /// The value is JSON, or text if it is not; for a setting that takes text it is always text.
    /// Dots in the key reach into objects.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) sets: Vec<String>,
    /// One setting from a file that holds nothing else; may be given several times
    ///
    /// A line break at the end of the file does not count. Goes before `--settings` and the environment.
    #[arg(long = "secret", value_name = "KEY=@FILE")]
    pub(crate) secrets: Vec<String>,
    #[command(flatten)]
    pub(crate) mappings: MappingArgs,
}
