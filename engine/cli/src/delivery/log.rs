//! Logs on standard error.

use std::io;

use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::args::LogFormat;

/// The crates whose logs contain no values of events and settings.
const TARGETS: [&str; 2] = ["mapwright_driver", "mapwright_cli"];

/// Starts logging, if it is enabled.
pub(crate) fn start(format: Option<LogFormat>, level: Level) {
    let lines = fmt::layer().with_writer(io::stderr).with_ansi(false);
    let lines = match format {
        None => return,
        Some(LogFormat::Text) => lines.boxed(),
        Some(LogFormat::Json) => lines.json().boxed(),
    };
    let targets = Targets::new().with_targets(TARGETS.map(|target| (target, level)));
    // fails if a logger is already installed, which is fine
    let _ = tracing_subscriber::registry().with(lines.with_filter(targets)).try_init();
}
