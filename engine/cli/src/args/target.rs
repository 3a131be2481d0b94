//! Arguments that several commands take: the mappings, and where events are to go.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueHint};

/// Where mappings are loaded from.
#[derive(Debug, Args)]
pub(crate) struct MappingArgs {
    /// A folder of mappings that extend or override the built-in ones; repeatable
    ///
    /// It contains `<destination>/…`, or `mappings/` and `schemas/`. A file is laid over the built-in file of the same path.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) mappings: Vec<PathBuf>,
    /// Do not load the built-in mappings
    #[arg(long)]
    pub(crate) no_builtin: bool,
}

/// The destination of events, with its settings and its mappings.
#[derive(Debug, Args)]
pub(crate) struct TargetArgs {
    #[command(flatten)]
    pub(crate) aim: AimArgs,
    /// The source that all events are from, such as `web`: types that it does not send in cloud mode are skipped
    ///
    /// `mapwright list --sources` shows the sources. Without this option, events say where they are from, if the destination can detect it.
    #[arg(long, value_name = "NAME")]
    pub(crate) source: Option<String>,
    #[command(flatten)]
    pub(crate) mappings: MappingArgs,
}

/// The destination of events, and its settings.
#[derive(Debug, Args)]
pub(crate) struct AimArgs {
    /// The destination; required if there are several and nothing else names one
    ///
    /// Settings may: the key `destination`, or the definition in a destination that RudderStack exported. Without it there, the environment
    /// variable MAPWRIGHT_DESTINATION counts.
    #[arg(long, value_name = "NAME")]
    pub(crate) destination: Option<String>,
    /// The version of the destination's API, or an alias [default: from the settings]
    #[arg(long, value_name = "VERSION")]
    pub(crate) api_version: Option<String>,
    #[command(flatten)]
    pub(crate) given: SettingsArgs,
}

/// The settings of a destination.
#[derive(Debug, Args)]
pub(crate) struct SettingsArgs {
    /// Settings: a YAML or JSON file, or inline JSON
    ///
    /// A destination exported from RudderStack works unchanged: its `Config` is used. Environment variables override this file:
    /// `MAPWRIGHT_` and the setting's name in capitals, such as MAPWRIGHT_API_KEY for `apiKey`.
    #[arg(long, value_name = "FILE|JSON", value_hint = ValueHint::FilePath)]
    pub(crate) settings: Option<OsString>,
    /// One setting, which overrides all others; repeatable
    ///
    /// The value is JSON, or text if it is not valid JSON. For a string setting, it is always text.
    /// Dots in the key select members of objects.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) sets: Vec<String>,
    /// One setting, read from a file that contains only its value; repeatable
    ///
    /// A line break at the end of the file is ignored. Overrides `--settings` and the environment.
    #[arg(long = "secret", value_name = "KEY=@FILE")]
    pub(crate) secrets: Vec<String>,
}
