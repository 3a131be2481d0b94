//! The configuration of a delivery.

use std::time::Duration;

/// How events are delivered. `docs/delivery.md` lists all limits with their defaults.
///
/// ```
/// use std::time::Duration;
///
/// use mapwright_driver::{CircuitConfig, Config, LimitNames, Quota, Retry};
///
/// let mut config = Config::default();
/// config.rate = Some(Quota { requests: 100, per: Duration::from_secs(1) });
/// let retry: &mut Retry = &mut config.retry;
/// retry.attempts = 5;
/// // down for at most an hour, and messages call that what the user calls it
/// let circuit: &mut CircuitConfig = &mut config.circuit;
/// circuit.patience = Duration::from_secs(3_600);
/// let names: &mut LimitNames = &mut config.names;
/// names.patience = "--patience";
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// The most events and batches in flight, without events that wait for the turn of a step or in a batch. At most this number of requests is sent
    /// twice after a crash.
    pub concurrency: usize,
    /// The most events that are read and not finished, including those in flight and those that wait for an acknowledgement.
    pub read_ahead: usize,
    /// The most bytes of those events.
    pub read_ahead_bytes: usize,
    /// The most requests in any window, whatever the mapping and the API allow; `None` for what they allow.
    pub rate: Option<Quota>,
    /// Whether the rates of the mapping hold. A double of an API has none.
    pub limited: bool,
    /// When and how often a request is retried.
    pub retry: Retry,
    /// When a destination counts as down.
    pub circuit: CircuitConfig,
    /// The longest wait that a response may ask for. For a longer one, the delivery pauses.
    pub longest_wait: Duration,
    /// How long events in flight may wait for a rate limit after the delivery was stopped.
    pub grace: Duration,
    /// The longest response body that a checkpoint records, in bytes. After a longer one, later steps of the event are not recorded.
    pub recorded_body_bytes: usize,
    /// Whether events may use mappings that are `destructive`; otherwise they are rejected.
    pub destructive: bool,
    /// The seed of all jitter; `None` for a random one.
    pub seed: Option<u64>,
    /// What messages call the limits that a user may set.
    pub names: LimitNames,
}

/// What messages call the limits that a user may set: by default, the fields of [`Config`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LimitNames {
    /// The name of [`CircuitConfig::patience`].
    pub patience: &'static str,
    /// The name of [`Config::longest_wait`].
    pub longest_wait: &'static str,
}

impl Default for LimitNames {
    fn default() -> Self {
        Self { patience: "circuit.patience", longest_wait: "longest_wait" }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            concurrency: 100,
            read_ahead: 4_096,
            read_ahead_bytes: 32 << 20,
            rate: None,
            limited: true,
            retry: Retry::default(),
            circuit: CircuitConfig::default(),
            longest_wait: Duration::from_secs(900),
            grace: Duration::from_secs(10),
            recorded_body_bytes: 64 << 10,
            destructive: false,
            seed: None,
            names: LimitNames::default(),
        }
    }
}

/// A number of requests in any window of a given length.
///
/// It is exhaustive: a quota is a number and a time, and programs write it as a literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// The number of requests; 0 is treated as 1.
    pub requests: u64,
    /// The length of the window.
    pub per: Duration,
}

/// When and how often a request is retried: after a random part of `first`, doubled each time up to `longest` (exponential backoff with full
/// jitter), or after the time that the response states.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Retry {
    /// The most attempts of one request, including the first. Failures while the destination counts as down are not counted.
    pub attempts: u32,
    /// The most throttled responses of one request.
    pub throttles: u32,
    /// The longest first wait.
    pub first: Duration,
    /// The longest wait.
    pub longest: Duration,
    /// The longest total wait of one event between attempts.
    pub per_event: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            attempts: 10,
            throttles: 100,
            first: Duration::from_millis(500),
            longest: Duration::from_secs(30),
            per_event: Duration::from_secs(600),
        }
    }
}

/// When a destination counts as down. All events then wait, and one request at a time probes whether it is up again.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CircuitConfig {
    /// The number of consecutive failures (no response, or a 5xx) after which it counts as down.
    pub failures: u32,
    /// The wait before the first probe, doubled after each failed probe.
    pub first: Duration,
    /// The longest wait between probes.
    pub longest: Duration,
    /// How long it may be down before the delivery pauses.
    pub patience: Duration,
}

impl Default for CircuitConfig {
    fn default() -> Self {
        Self {
            failures: 20,
            first: Duration::from_secs(1),
            longest: Duration::from_secs(30),
            patience: Duration::from_secs(900),
        }
    }
}
