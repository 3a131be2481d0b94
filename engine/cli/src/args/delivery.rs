//! Arguments of the commands that send something.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum, ValueHint};
use mapwright_driver::Quota;
use url::Url;

use super::examples;
use super::target::TargetArgs;

/// How requests are sent.
#[derive(Debug, Args)]
pub(crate) struct WireArgs {
    /// Send every request to this URL, such as a sandbox or a proxy, whatever hosts the mapping allows
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) base_url: Option<Url>,
    /// Trust the authorities in this file (PEM), too, besides those of the operating system
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) ca: Option<PathBuf>,
    /// Present this client certificate (PEM) to servers that ask for one; the file may contain its key
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) client_cert: Option<PathBuf>,
    /// The private key of the client certificate (PEM, not encrypted) [default: in the file of `--client-cert`]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "client_cert")]
    pub(crate) client_key: Option<PathBuf>,
    /// The number of events in flight [default: 100]
    #[arg(long, value_name = "N")]
    pub(crate) concurrency: Option<NonZeroUsize>,
    /// The most requests per period, such as 100/10s, 50/s or 1000/1m, whatever the mapping and the API allow
    #[arg(long, value_name = "N/TIME", value_parser = quota)]
    pub(crate) rate: Option<Quota>,
    /// The longest time for one request with its response, such as 30s or 500ms [default: 60s]
    #[arg(long, value_name = "TIME", value_parser = timeout)]
    pub(crate) timeout: Option<Duration>,
    /// The longest time for a connection, including TLS [default: 10s]
    #[arg(long, value_name = "TIME", value_parser = timeout)]
    pub(crate) connect_timeout: Option<Duration>,
    /// The longest silence while a response arrives [default: 30s]
    #[arg(long, value_name = "TIME", value_parser = timeout)]
    pub(crate) read_timeout: Option<Duration>,
    /// How long an outage may last before the delivery pauses [default: 15m]
    #[arg(long, value_name = "TIME", value_parser = timeout)]
    pub(crate) give_up_after: Option<Duration>,
    /// The longest wait that the API may ask for; for a longer one, the delivery pauses [default: 15m]
    #[arg(long, value_name = "TIME", value_parser = timeout)]
    pub(crate) longest_wait: Option<Duration>,
    /// Run this command for a new access token when the API refuses the old one; it prints the token [default: the delivery pauses]
    #[arg(long, value_name = "COMMAND", value_hint = ValueHint::CommandString)]
    pub(crate) token_command: Option<String>,
    /// Read a new access token from this file when the API refuses the old one
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "token_command")]
    pub(crate) token_file: Option<PathBuf>,
    /// Serve Prometheus metrics at this address, such as 9464 (this machine only) or 0.0.0.0:9464
    #[arg(long, value_name = "ADDR", value_parser = address)]
    pub(crate) metrics: Option<SocketAddr>,
    /// Log to standard error, without values of events or settings
    #[arg(long, value_name = "FORM")]
    pub(crate) log: Option<LogFormat>,
    /// The log level
    #[arg(long, value_name = "LEVEL", default_value = "info", requires = "log", value_parser = level())]
    pub(crate) log_level: tracing::Level,
}

/// The format of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// Deliver events, in order and within the API's limits
///
/// Reads the same input as `map`, and dead letters. Every event ends as delivered, skipped, rejected (it cannot be mapped) or failed
/// (it could not be delivered). A rejected or failed event is written as a dead letter: one line of JSON with the event, the error and
/// its position. Dead letters can be sent again.
#[derive(Debug, Args)]
#[command(after_help = examples::SEND)]
pub(crate) struct SendArgs {
    /// Event files; `-` is standard input [default: -]
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<OsString>,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    #[command(flatten)]
    pub(crate) wire: WireArgs,
    /// Append rejected and failed events to this file [default: standard output]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) dead_letter: Option<PathBuf>,
    /// Record progress in this file, so that `--resume` can continue after a stop or a crash
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) checkpoint: Option<PathBuf>,
    /// Continue where the checkpoint's delivery stopped, or start if there is no progress
    #[arg(long, requires = "checkpoint")]
    pub(crate) resume: bool,
    /// Resume even if the settings, the mappings or the input are not those of the checkpoint
    #[arg(long, requires = "resume")]
    pub(crate) force: bool,
    /// Write counts to this file, as JSON
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) summary: Option<PathBuf>,
    /// Send nothing: print the requests as `map` does, their number, and their duration at the rate limit
    #[arg(long, conflicts_with_all = ["checkpoint", "dead_letter", "summary", "tail", "metrics", "log"])]
    pub(crate) dry_run: bool,
    /// Let events that a mapping marks as destructive remove data for good, such as those of type `delete`
    #[arg(long)]
    pub(crate) allow_delete: bool,
    /// Stop after this number of events; with `--resume`, after the next ones
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
    /// Follow the file as it grows, and those that take its place, until stopped
    #[arg(long)]
    pub(crate) tail: bool,
    /// Print no summary and no progress
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// Show and verify the progress of a delivery
///
/// Reads a file of `send --checkpoint` without changing it, also while it is in use.
#[derive(Debug, Args)]
#[command(after_help = examples::CHECKPOINT)]
pub(crate) struct CheckpointArgs {
    /// The checkpoint
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Delete users through the mapping's `delete` flow
///
/// Asks for confirmation first. Reports for each user, one line per user, whether it was deleted, was not found or failed, and what the API answered.
#[derive(Debug, Args)]
#[command(after_help = examples::DELETE)]
pub(crate) struct DeleteArgs {
    /// The user's id; repeatable
    #[arg(long = "user-id", value_name = "ID", required_unless_present = "file")]
    pub(crate) user_ids: Vec<String>,
    /// A file of users, `-` for standard input: one id per line, CSV with a column `userId` (separated by `,`, `;`, `|` or tabs), or NDJSON
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: Option<OsString>,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    #[command(flatten)]
    pub(crate) wire: WireArgs,
    /// Do not ask for confirmation
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Exit with 0 even if the destination does not know some of the users
    #[arg(long)]
    pub(crate) allow_missing: bool,
    /// Write the report to this file, which must not exist yet [default: standard output]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) report: Option<PathBuf>,
    /// The format of the report [default: csv for a file that ends in .csv, otherwise ndjson]
    #[arg(long, value_name = "FORM")]
    pub(crate) format: Option<ReportFormat>,
}

/// The format of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    Ndjson,
    Csv,
}

/// Check token, region and version with harmless requests, and that all attributes of events are defined
///
/// With event files, lists the custom attributes that their requests contain and the workspace does not define.
#[derive(Debug, Args)]
#[command(after_help = examples::CHECK)]
pub(crate) struct CheckArgs {
    /// Event files whose attributes are checked; `-` is standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<OsString>,
    /// Define the missing attributes
    #[arg(long, requires = "files")]
    pub(crate) create: bool,
    /// Write JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    #[command(flatten)]
    pub(crate) wire: WireArgs,
}

/// Parses a log level, and names all of them for completions.
fn level() -> impl TypedValueParser<Value = tracing::Level> {
    PossibleValuesParser::new(["error", "warn", "info", "debug"]).map(|name| match name.as_str() {
        "error" => tracing::Level::ERROR,
        "warn" => tracing::Level::WARN,
        "debug" => tracing::Level::DEBUG,
        _ => tracing::Level::INFO,
    })
}

/// Parses `N/TIME`.
fn quota(text: &str) -> Result<Quota, String> {
    let wrong = || {
        format!(
            "expected a number of requests per period, such as `100/10s`, `50/s` or `1000/1m`, found `{text}`"
        )
    };
    let (requests, time) = text.split_once('/').ok_or_else(wrong)?;
    let requests: u64 = requests.trim().parse().ok().filter(|requests| *requests > 0).ok_or_else(wrong)?;
    let time = time.trim();
    let one = if time.starts_with(|c: char| c.is_ascii_digit()) { "" } else { "1" };
    Ok(Quota { requests, per: duration(&format!("{one}{time}")).ok_or_else(wrong)? })
}

fn timeout(text: &str) -> Result<Duration, String> {
    duration(text.trim())
        .ok_or_else(|| format!("expected a duration such as `30s` or `500ms`, found `{text}`"))
}

/// Parses a whole number greater than zero and a unit.
fn duration(text: &str) -> Option<Duration> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at_checked(digits)?;
    let millis = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    let millis = number.parse::<u64>().ok()?.checked_mul(millis).filter(|millis| *millis > 0)?;
    Some(Duration::from_millis(millis))
}

/// Parses an address. A port alone is on the loopback interface.
fn address(text: &str) -> Result<SocketAddr, String> {
    let port = text.strip_prefix(':').unwrap_or(text);
    if let Ok(port) = port.parse() {
        return Ok(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port));
    }
    text.parse().map_err(|_| {
        format!("expected a port or an address such as `9464` or `0.0.0.0:9464`, found `{text}`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_have_requests_and_a_time() {
        for (text, requests, millis) in
            [("100/10s", 100, 10_000), ("50/s", 50, 1_000), ("1000/1m", 1_000, 60_000), ("3/250ms", 3, 250)]
        {
            let expected = Quota { requests, per: Duration::from_millis(millis) };
            assert_eq!(quota(text), Ok(expected), "{text}");
        }
        for text in [
            "",
            "100",
            "0/s",
            "100/",
            "100/0s",
            "100/10",
            "x/s",
            "100/10d",
            "-1/s",
            "1/99999999999999999999s",
        ] {
            assert!(quota(text).is_err(), "{text}");
        }
    }

    #[test]
    fn times_have_a_number_and_a_unit() {
        assert_eq!(timeout("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(timeout("2m"), Ok(Duration::from_secs(120)));
        for text in ["", "30", "s", "0s", "-1s", "1.5s"] {
            assert!(timeout(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_port_is_served_to_this_machine_alone() {
        assert_eq!(address("9464").unwrap().to_string(), "127.0.0.1:9464");
        assert_eq!(address(":0").unwrap().to_string(), "127.0.0.1:0");
        assert_eq!(address("0.0.0.0:9464").unwrap().to_string(), "0.0.0.0:9464");
        assert!(address("example.com:9464").is_err());
    }
}
