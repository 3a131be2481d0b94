//! What a delivery may take and how patient it is: names, defaults, units.

use std::time::Duration;

/// How events are delivered. Every bound has its default here and its place in `docs/delivery.md`.
#[derive(Debug, Clone)]
pub struct Config {
    /// Events that are under way at the same time. At most so many are sent twice after a crash.
    pub concurrency: usize,
    /// Events that are read and not finished yet, those under way and those that wait for an acknowledgement included.
    pub read_ahead: usize,
    /// The bytes of those events.
    pub read_ahead_bytes: usize,
    /// The most that may be sent in any window, whatever the mapping and the API allow; `None`: what they allow.
    pub rate: Option<Quota>,
    /// When and how often a request is sent again.
    pub retry: Retry,
    /// When a destination counts as down.
    pub circuit: CircuitConfig,
    /// How long events under way may wait for a rate limit once the delivery is told to stop.
    pub grace: Duration,
    /// The longest response body that a checkpoint records, in bytes; after a longer one, later steps of the event are not recorded.
    pub recorded_body_bytes: usize,
    /// The seed of all jitter; `None`: another one each time.
    pub seed: Option<u64>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            concurrency: 100,
            read_ahead: 4_096,
            read_ahead_bytes: 32 << 20,
            rate: None,
            retry: Retry::default(),
            circuit: CircuitConfig::default(),
            grace: Duration::from_secs(10),
            recorded_body_bytes: 64 << 10,
            seed: None,
        }
    }
}

/// So many requests in any window of that length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Requests; 0 counts as 1.
    pub requests: u64,
    /// The length of the window.
    pub per: Duration,
}

/// When and how often a request is sent again: after a random part of `first`, doubled each time up to `longest` (exponential, full
/// jitter), or when the response says so.
#[derive(Debug, Clone)]
pub struct Retry {
    /// How often one request is sent at most, the first time included. What fails while the destination counts as down is not counted.
    pub attempts: u32,
    /// How often one request may be answered with "too many requests".
    pub throttles: u32,
    /// The longest first wait.
    pub first: Duration,
    /// The longest wait.
    pub longest: Duration,
    /// How long one event waits between its attempts, all waits together.
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

/// When a destination counts as down, and what happens then: all wait, and one request after the other probes whether it is up again.
#[derive(Debug, Clone)]
pub struct CircuitConfig {
    /// Failures in a row (no answer, or a 5xx) after which it is down.
    pub failures: u32,
    /// The wait before the first probe; doubled after each probe that fails.
    pub first: Duration,
    /// The longest wait between probes.
    pub longest: Duration,
    /// How long it may be down before the delivery stops, to be resumed later.
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
