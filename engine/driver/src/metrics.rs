//! Counters and latencies, as a snapshot and for Prometheus.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use prometheus_client::encoding::{EncodeLabelSet, text::encode};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::latency::{Latencies, Quantiles};
use crate::outcome::{FailedAttempt, Outcome};
use crate::waits::{Waiting, Waits};

/// The metrics of deliveries. Cheap to clone. Several deliveries may share them, and are distinguished by destination and version.
///
/// ```
/// use std::collections::BTreeMap;
///
/// use mapwright_driver::{Metrics, Quantiles, Snapshot};
///
/// // those of a delivery, by `DriverBuilder::metrics` or `Delivery::metrics`
/// let metrics = Metrics::new();
/// let Snapshot { delivered, .. } = metrics.snapshot();
/// assert_eq!(delivered, 0);
/// assert!(metrics.waiting().is_none() && metrics.last_failure().is_none());
/// let by_operation: BTreeMap<String, Quantiles> = metrics.latencies();
/// assert!(by_operation.is_empty());
/// assert!(metrics.prometheus().ends_with("# EOF\n"));
/// ```
#[derive(Debug, Clone)]
pub struct Metrics {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    registry: Registry,
    events: Family<EventLabels, Counter>,
    requests: Family<RequestLabels, Counter>,
    latency: Family<StepLabels, Histogram, fn() -> Histogram>,
    in_flight: Family<TargetLabels, Gauge>,
    circuit: Family<TargetLabels, Gauge>,
    unmatched: Family<TargetLabels, Counter>,
    totals: Totals,
    failures: Mutex<Failures>,
    latencies: Mutex<BTreeMap<String, Latencies>>,
    waits: Waits,
}

#[derive(Debug, Default)]
struct Failures {
    last: Option<FailedAttempt>,
    /// The problems so far, up to [`KNOWN_PROBLEMS`].
    known: Vec<String>,
}

/// The most problems that are distinguished; later ones are not reported as new.
const KNOWN_PROBLEMS: usize = 32;

/// The overall totals, as atomic numbers.
#[derive(Debug, Default)]
struct Totals {
    read: AtomicU64,
    resumed: AtomicU64,
    delivered: AtomicU64,
    skipped: AtomicU64,
    rejected: AtomicU64,
    failed: AtomicU64,
    unfinished: AtomicU64,
    requests: AtomicU64,
    retries: AtomicU64,
    throttled: AtomicU64,
    unmatched: AtomicU64,
}

/// A snapshot of the totals. After a delivery has ended, `read` is the sum of `delivered`, `skipped`, `rejected`, `failed` and `unfinished`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Snapshot {
    /// Events that were read, without those that an earlier delivery has finished.
    pub read: u64,
    /// Events that an earlier delivery has finished.
    pub resumed: u64,
    /// Events that were delivered.
    pub delivered: u64,
    /// Events that are not meant for the destination.
    pub skipped: u64,
    /// Events that cannot be mapped.
    pub rejected: u64,
    /// Events that could not be delivered.
    pub failed: u64,
    /// Events that were unfinished when the delivery stopped.
    pub unfinished: u64,
    /// Requests that were sent.
    pub requests: u64,
    /// Those of them that had been sent before, whatever for.
    pub retries: u64,
    /// Throttled responses: those after which all requests of a rate group wait. They are 429, 503 with `Retry-After`, and what a rule of the mapping
    /// says is one.
    pub throttled: u64,
    /// Responses that name failed items that were not sent, as when a mapping reads the wrong place.
    pub unmatched: u64,
}

/// The labels of a destination.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct TargetLabels {
    pub(crate) destination: String,
    pub(crate) version: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EventLabels {
    destination: String,
    version: String,
    message: String,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StepLabels {
    destination: String,
    version: String,
    message: String,
    step: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    destination: String,
    version: String,
    message: String,
    step: String,
    class: &'static str,
}

/// The labels of a request and its result.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sent<'s> {
    pub(crate) message: &'s str,
    pub(crate) step: &'s str,
    pub(crate) operation: &'s str,
    /// `2xx`, `4xx`, …, `429`, `no_answer`, `unreadable` or `not_sent`.
    pub(crate) class: &'static str,
    pub(crate) again: bool,
    pub(crate) took: Duration,
}

/// Returns the class of a status.
pub(crate) fn class_of(status: u16) -> &'static str {
    match status {
        429 => "429",
        100..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Returns metrics that are all zero.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("mapwright");
        let events = Family::default();
        registry.register("events", "Events by outcome", events.clone());
        let requests = Family::default();
        registry.register("requests", "Requests by class of their response", requests.clone());
        let latency: Family<StepLabels, Histogram, fn() -> Histogram> = Family::new_with_constructor(|| {
            Histogram::new([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0])
        });
        let about = "Time from a request to the end of its response";
        registry.register_with_unit("request_duration", about, Unit::Seconds, latency.clone());
        let in_flight = Family::default();
        registry.register("events_in_flight", "Events that are being delivered", in_flight.clone());
        let circuit = Family::default();
        registry.register("circuit_open", "1 while the destination counts as down", circuit.clone());
        let unmatched = Family::default();
        registry.register(
            "unmatched",
            "Responses that name failed items that were not sent",
            unmatched.clone(),
        );
        let totals = Totals::default();
        let inner = Inner {
            registry,
            events,
            requests,
            latency,
            in_flight,
            circuit,
            unmatched,
            totals,
            failures: Mutex::default(),
            latencies: Mutex::default(),
            waits: Waits::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Returns the current totals.
    pub fn snapshot(&self) -> Snapshot {
        let totals = &self.inner.totals;
        let read = |number: &AtomicU64| number.load(Ordering::Relaxed);
        Snapshot {
            read: read(&totals.read),
            resumed: read(&totals.resumed),
            delivered: read(&totals.delivered),
            skipped: read(&totals.skipped),
            rejected: read(&totals.rejected),
            failed: read(&totals.failed),
            unfinished: read(&totals.unfinished),
            requests: read(&totals.requests),
            retries: read(&totals.retries),
            throttled: read(&totals.throttled),
            unmatched: read(&totals.unmatched),
        }
    }

    /// Returns the last attempt that failed, whatever the outcome of its event. Throttled responses are not failures.
    pub fn last_failure(&self) -> Option<FailedAttempt> {
        self.failures().last.clone()
    }

    /// Records a failed attempt. Returns whether it is the first with this problem.
    pub(crate) fn attempt_failed(&self, failed: &FailedAttempt) -> bool {
        let mut failures = self.failures();
        failures.last = Some(failed.clone());
        let new = failures.known.len() < KNOWN_PROBLEMS && !failures.known.contains(&failed.problem);
        if new {
            failures.known.push(failed.problem.clone());
        }
        new
    }

    fn failures(&self) -> MutexGuard<'_, Failures> {
        self.inner.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns what all events, or those of a rate group, are waiting for.
    pub fn waiting(&self) -> Option<Waiting> {
        self.inner.waits.current(Instant::now())
    }

    pub(crate) fn waits(&self) -> &Waits {
        &self.inner.waits
    }

    /// Returns the latencies by operation.
    pub fn latencies(&self) -> BTreeMap<String, Quantiles> {
        let all = self.inner.latencies.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().map(|(operation, latencies)| (operation.clone(), latencies.quantiles())).collect()
    }

    /// Returns all metrics as text for Prometheus (OpenMetrics 1.0).
    pub fn prometheus(&self) -> String {
        let mut text = String::new();
        // writing to a string cannot fail
        let _ = encode(&mut text, &self.inner.registry);
        text
    }

    pub(crate) fn read(&self) {
        self.inner.totals.read.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn resumed(&self) {
        self.inner.totals.resumed.fetch_add(1, Ordering::Relaxed);
    }

    /// What counts the events of one delivery.
    pub(crate) fn of_events(&self, target: &TargetLabels) -> EventMetrics {
        let in_flight = self.inner.in_flight.get_or_create(target).clone();
        EventMetrics { metrics: self.clone(), target: target.clone(), in_flight, finished: Vec::new() }
    }

    pub(crate) fn circuit(&self, target: &TargetLabels, open: bool) {
        self.inner.circuit.get_or_create(target).set(i64::from(open));
    }

    pub(crate) fn throttled(&self) {
        self.inner.totals.throttled.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a response that names items that were not sent.
    pub(crate) fn unmatched(&self, target: &TargetLabels) {
        self.inner.totals.unmatched.fetch_add(1, Ordering::Relaxed);
        self.inner.unmatched.get_or_create(target).inc();
    }

    pub(crate) fn sent(&self, target: &TargetLabels, sent: Sent<'_>) {
        let totals = &self.inner.totals;
        totals.requests.fetch_add(1, Ordering::Relaxed);
        totals.retries.fetch_add(u64::from(sent.again), Ordering::Relaxed);
        let mut all = self.inner.latencies.lock().unwrap_or_else(PoisonError::into_inner);
        match all.get_mut(sent.operation) {
            Some(latencies) => latencies.add(sent.took),
            None => all.entry(sent.operation.to_owned()).or_default().add(sent.took),
        }
        drop(all);
        let TargetLabels { destination, version } = target.clone();
        let (message, step) = (sent.message.to_owned(), sent.step.to_owned());
        let labels = StepLabels { destination, version, message, step };
        self.inner.latency.get_or_create(&labels).observe(sent.took.as_secs_f64());
        let StepLabels { destination, version, message, step } = labels;
        let labels = RequestLabels { destination, version, message, step, class: sent.class };
        self.inner.requests.get_or_create(&labels).inc();
    }
}

/// Counts the events of one delivery. It looks no counter up twice.
pub(crate) struct EventMetrics {
    metrics: Metrics,
    target: TargetLabels,
    in_flight: Gauge,
    /// Counters by message and outcome, which are few.
    finished: Vec<(String, &'static str, Counter)>,
}

impl EventMetrics {
    pub(crate) fn in_flight(&self, events: usize) {
        self.in_flight.set(i64::try_from(events).unwrap_or(i64::MAX));
    }

    pub(crate) fn finished(&mut self, message: Option<&str>, outcome: &Outcome) {
        let totals = &self.metrics.inner.totals;
        let (number, outcome) = match outcome {
            Outcome::Delivered(_) => (&totals.delivered, "delivered"),
            Outcome::Skipped(_) => (&totals.skipped, "skipped"),
            Outcome::Rejected(_) => (&totals.rejected, "rejected"),
            Outcome::Failed(_) => (&totals.failed, "failed"),
            Outcome::Unfinished(_) => (&totals.unfinished, "unfinished"),
        };
        number.fetch_add(1, Ordering::Relaxed);
        let message = message.unwrap_or("other");
        let is_this = |(known, of, _): &&(String, &str, Counter)| known == message && *of == outcome;
        if let Some((.., counter)) = self.finished.iter().find(is_this) {
            counter.inc();
            return;
        }
        let TargetLabels { destination, version } = self.target.clone();
        let labels = EventLabels { destination, version, message: message.to_owned(), outcome };
        let counter = self.metrics.inner.events.get_or_create(&labels).clone();
        counter.inc();
        self.finished.push((message.to_owned(), outcome, counter));
    }
}
