//! Arguments of the commands that send something.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum, ValueHint};
use mapwright_driver::Quota;
use url::Url;

use super::examples;
use super::target::TargetArgs;

/// How requests are sent.
#[derive(Debug, Args)]
pub(crate) struct WireArgs {
    /// Send everything to this URL, whatever hosts the mapping allows: a sandbox or a proxy
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) base_url: Option<Url>,
    /// How many events are under way at once [default: 100]
    #[arg(long, value_name = "N")]
    pub(crate) concurrency: Option<NonZeroUsize>,
    /// The most requests in any stretch of time, as in 100/10s, 50/s or 1000/1m, whatever the mapping and the API allow
    #[arg(long, value_name = "N/TIME", value_parser = quota)]
    pub(crate) rate: Option<Quota>,
    /// The longest time for one request with its answer, as in 30s or 500ms [default: 60s]
    #[arg(long, value_name = "TIME", value_parser = timeout)]
    pub(crate) timeout: Option<Duration>,
    /// Serve counters and latencies for Prometheus at this address, as in 9464 (this machine only) or 0.0.0.0:9464
    #[arg(long, value_name = "ADDR", value_parser = address)]
    pub(crate) metrics: Option<SocketAddr>,
    /// Log to standard error, without values of events or settings
    #[arg(long, value_name = "FORM")]
    pub(crate) log: Option<LogFormat>,
    /// What is logged: warn, info, debug
    #[arg(long, value_name = "LEVEL", default_value = "info", requires = "log")]
    pub(crate) log_level: tracing::Level,
}

/// The form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// Send events: every call that they become, in order, within the API's limits
///
/// Reads what `map` reads, and lines of dead letters. Every event ends as delivered, skipped, rejected (it cannot be mapped) or failed
/// (it could not be delivered). What was rejected or failed is written as one line of JSON with the event, the error and its place;
/// such lines can be sent again.
#[derive(Debug, Args)]
#[command(after_help = examples::SEND)]
pub(crate) struct SendArgs {
    /// Files of events; `-` is standard input [default: -]
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<OsString>,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    #[command(flatten)]
    pub(crate) wire: WireArgs,
    /// Add what was rejected or failed to this file [default: standard output]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) dead_letter: Option<PathBuf>,
    /// Keep progress in this file, so that `--resume` goes on after a stop or a crash
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) checkpoint: Option<PathBuf>,
    /// Go on where the delivery of the checkpoint stopped; without progress in it, start
    #[arg(long, requires = "checkpoint")]
    pub(crate) resume: bool,
    /// Write counts to this file, as JSON
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) summary: Option<PathBuf>,
    /// Send nothing: show the calls as `map` does, how many they are and how long they take at the rate limit
    #[arg(long, conflicts_with_all = ["checkpoint", "dead_letter", "summary", "tail", "metrics", "log"])]
    pub(crate) dry_run: bool,
    /// Stop after so many events
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
    /// At the end of the file, wait for more, until stopped
    #[arg(long)]
    pub(crate) tail: bool,
    /// No summary and no progress
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// Delete users through the mapping's `delete` flow
///
/// Asks before it starts. Writes a line for each user: what has become of it, requests, time.
#[derive(Debug, Args)]
#[command(after_help = examples::DELETE)]
pub(crate) struct DeleteArgs {
    /// The user's id; may be given several times
    #[arg(long = "user-id", value_name = "ID", required_unless_present = "file")]
    pub(crate) user_ids: Vec<String>,
    /// A file of users, `-` for standard input: an id per line, CSV with a column `userId`, or NDJSON
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: Option<OsString>,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    #[command(flatten)]
    pub(crate) wire: WireArgs,
    /// Do not ask
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Write the report to this file, which must not be there yet [default: standard output]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) report: Option<PathBuf>,
    /// The form of the report [default: csv for a file that ends in .csv, else ndjson]
    #[arg(long, value_name = "FORM")]
    pub(crate) format: Option<ReportFormat>,
}

/// The form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    Ndjson,
    Csv,
}

/// Check token, region and version with harmless calls, and that all attributes are defined that events use
///
/// With files of events, lists the custom attributes that these would send and the workspace does not define.
#[derive(Debug, Args)]
#[command(after_help = examples::CHECK)]
pub(crate) struct CheckArgs {
    /// Files of events, `-` for standard input, whose attributes are checked
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<OsString>,
    /// Define the attributes that are missing
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

/// `N/TIME`.
fn quota(text: &str) -> Result<Quota, String> {
    let wrong =
        || format!("expected requests and a time, as in `100/10s`, `50/s` or `1000/1m`, found `{text}`");
    let (requests, time) = text.split_once('/').ok_or_else(wrong)?;
    let requests: u64 = requests.trim().parse().ok().filter(|requests| *requests > 0).ok_or_else(wrong)?;
    let time = time.trim();
    let one = if time.starts_with(|c: char| c.is_ascii_digit()) { "" } else { "1" };
    Ok(Quota { requests, per: duration(&format!("{one}{time}")).ok_or_else(wrong)? })
}

fn timeout(text: &str) -> Result<Duration, String> {
    duration(text.trim()).ok_or_else(|| format!("expected a time, as in `30s` or `500ms`, found `{text}`"))
}

/// A whole number and a unit; not nothing.
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

/// A port is one of this machine alone.
fn address(text: &str) -> Result<SocketAddr, String> {
    let port = text.strip_prefix(':').unwrap_or(text);
    if let Ok(port) = port.parse() {
        return Ok(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port));
    }
    text.parse()
        .map_err(|_| format!("expected a port or an address, as in `9464` or `0.0.0.0:9464`, found `{text}`"))
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
