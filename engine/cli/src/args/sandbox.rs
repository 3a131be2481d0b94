//! The options of `mapwright sandbox`.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use mapwright_loopback::ServerArgs;

use super::{MappingArgs, SettingsArgs, examples};

/// Serve a double of a destination's API, made from its mappings and schemas
///
/// It listens on 127.0.0.1 and checks every request: method, path, query, headers, authorization, and the body against its schema. A request
/// that does not fit is refused with JSON that says why. The others get scripted responses, or made-up ones with everything that the mappings
/// read. Settings that are not stated are made up: then any token is accepted. It runs until it is interrupted.
///
/// `GET /_sandbox/requests` shows what arrived, and `GET /_sandbox/stats` counts it; `POST /_sandbox/reset` clears both.
#[derive(Debug, Args)]
#[command(after_help = examples::sandbox())]
pub(crate) struct SandboxArgs {
    /// `DESTINATION/VERSION`; `DESTINATION` for the version that the settings select, or else the default
    #[arg(value_name = "DESTINATION/VERSION")]
    pub(crate) served: String,
    /// Answer with what this file says, in YAML: by operation, a list of `status`, `headers`, `body` or `text`, and `when`
    ///
    /// Responses are given in turn, and the last one to every request after that. One with `when` is given to the requests that have these
    /// `params`, `query`, `headers` and `body`.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) answers: Option<PathBuf>,
    /// Accept any number of requests, whatever the `rates` of the destination
    #[arg(long)]
    pub(crate) no_rate_limit: bool,
    #[command(flatten)]
    pub(crate) given: SettingsArgs,
    #[command(flatten)]
    pub(crate) mappings: MappingArgs,
    #[command(flatten, next_help_heading = "Server")]
    pub(crate) server: ServerArgs,
}
