//! Shared by the delivery tests: events from a seed, a model of their result, and a driver with quick retries.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of tests fails as a test does"
)]

pub mod bulk;
pub mod doubles;
pub mod events;
pub mod killed;
pub mod model;
pub mod rate;
pub mod raw;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::stream;
use intercom_sandbox::Sandbox;
use mapwright::{Mapper, Plans, Sources, Spec};
use mapwright_driver::{Client, ClientConfig, Config, Driver, Ending, Incoming, Outcome, Snapshot};
use serde_json::{Value, json};

/// A limit of the API, as a mapping states it: requests, and the seconds of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Limit {
    /// The requests per window.
    pub requests: u64,
    /// The length of a window in seconds.
    pub seconds: u64,
}

impl Limit {
    /// A limit that no test reaches.
    pub const NONE: Limit = Limit { requests: 1_000_000, seconds: 1 };

    /// Returns the length of a window.
    #[must_use]
    pub fn window(self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}

/// Returns the shipped mapping of a version, with this rate limit.
#[must_use]
pub fn mapper(version: &str, limit: Limit) -> Mapper {
    static COMPILED: Mutex<BTreeMap<Limit, Plans>> = Mutex::new(BTreeMap::new());
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    let plans = compiled.entry(limit).or_insert_with(|| compile(limit));
    let settings = json!({ "apiKey": "token" });
    plans.plan("intercom", Some(version), &settings).unwrap().bind(&settings).unwrap()
}

fn compile(limit: Limit) -> Plans {
    let shipped = "    requests: 1666\n    per: 10s\n";
    let scaled = format!("    requests: {}\n    per: {}s\n", limit.requests, limit.seconds);
    let sources: Sources = mapwright_builtin::sources()
        .iter()
        .map(|(path, text)| match path {
            "mappings/intercom/destination.yaml" => {
                assert!(text.contains(shipped), "the limit stands elsewhere now");
                (path.to_owned(), text.replace(shipped, &scaled))
            }
            _ => (path.to_owned(), text.to_owned()),
        })
        .collect();
    Spec::load(&sources).check().unwrap_or_else(|findings| panic!("{findings}")).compile()
}

/// Returns a client of the sandbox that times out after a second of silence.
#[must_use]
pub fn client(sandbox: &Sandbox) -> Client {
    client_of(&sandbox.base_url())
}

/// Returns the same for any URL.
#[must_use]
pub fn client_of(url: &str) -> Client {
    let mut config = ClientConfig::default();
    config.base_url = Some(url.parse().unwrap());
    config.read_timeout = Duration::from_secs(1);
    config.total_timeout = Duration::from_secs(2);
    config.proxies = false;
    Client::new(&config).unwrap()
}

/// Returns a configuration with short waits and many attempts, so that every temporary fault is overcome quickly.
#[must_use]
pub fn patient(seed: u64) -> Config {
    let mut config = Config::default();
    (config.seed, config.concurrency, config.destructive) = (Some(seed), 32, true);
    config.retry.attempts = 50;
    config.retry.first = Duration::from_millis(10);
    config.retry.longest = Duration::from_millis(50);
    config.circuit.first = Duration::from_millis(20);
    config.circuit.longest = Duration::from_millis(100);
    config
}

/// Returns a size from the environment, for the long form of a test, or that of its short form.
#[must_use]
pub fn size(name: &str, short: u64) -> u64 {
    std::env::var(name)
        .map_or(short, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text} is not a number")))
}

/// How a delivery ended.
#[derive(Debug)]
pub struct Delivered {
    /// Outcomes, by the position of their event.
    pub outcomes: Vec<Outcome>,
    /// Why it ended.
    pub ending: Ending,
    /// The totals.
    pub counts: Snapshot,
}

impl Delivered {
    /// Returns positions and outcomes of events that were neither delivered nor skipped.
    pub fn lost(&self) -> Vec<(usize, &Outcome)> {
        let lost = |outcome: &Outcome| !matches!(outcome, Outcome::Delivered(_) | Outcome::Skipped(_));
        self.outcomes.iter().enumerate().filter(|(_, outcome)| lost(outcome)).collect()
    }
}

/// Delivers events to a sandbox.
pub async fn deliver(sandbox: &Sandbox, mapper: Mapper, config: Config, events: &[Value]) -> Delivered {
    deliver_to(&sandbox.base_url(), mapper, config, events).await
}

/// Delivers events to whatever serves at a URL.
pub async fn deliver_to(url: &str, mapper: Mapper, config: Config, events: &[Value]) -> Delivered {
    let driver = Driver::builder(mapper, client_of(url)).config(config).build();
    let incoming: Vec<Incoming<usize>> =
        events.iter().enumerate().map(|(tag, event)| Incoming::new(event.to_string(), tag)).collect();
    let mut delivery = driver.deliver(stream::iter(incoming));
    let metrics = delivery.metrics().clone();
    let mut outcomes: Vec<Option<Outcome>> = events.iter().map(|_| None).collect();
    while let Some(finished) = delivery.next().await {
        let before = outcomes[finished.tag].replace(finished.outcome.clone());
        assert_eq!(before, None, "event {} came out twice", finished.tag);
        finished.acknowledge();
    }
    let ending = delivery.end().await.unwrap().ending;
    let outcomes = outcomes.into_iter().enumerate();
    let outcomes = outcomes.map(|(at, outcome)| outcome.unwrap_or_else(|| panic!("event {at} is lost")));
    Delivered { outcomes: outcomes.collect(), ending, counts: metrics.snapshot() }
}
