//! Measures events per second to an API that takes many in one request, and to the same API with a request for each.
//!
//! `cargo run --release -p mapwright-delivery-tests --example batch_rate [EVENTS]`

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement for developers")]

use std::time::Instant;

use futures_util::stream;
use mapwright_delivery_tests::bulk::{Depot, event, mapper};
use mapwright_delivery_tests::client_of;
use mapwright_driver::{Driver, Incoming};

#[tokio::main]
async fn main() {
    let count = std::env::args().nth(1).map_or(100_000, |count| count.parse().unwrap());
    let depot = Depot::start_plain().await;
    let mut rates = Vec::new();
    for version in ["single", "bulk"] {
        let events = stream::iter((0..count).map(|n| Incoming::new(event(n, 10_000).to_string(), ())));
        let started = Instant::now();
        let mut delivery =
            Driver::builder(mapper(version), client_of(&depot.base_url())).build().deliver(events);
        let metrics = delivery.metrics().clone();
        while let Some(finished) = delivery.next().await {
            finished.acknowledge();
        }
        delivery.end().await.unwrap();
        let counts = metrics.snapshot();
        assert_eq!(counts.delivered, count, "{counts:?}");
        let rate = count as f64 / started.elapsed().as_secs_f64();
        println!(
            "{version}: {count} events in {} requests, {rate:.0} events a second, peak {}",
            counts.requests,
            peak()
        );
        rates.push(rate);
    }
    if let [single, bulk] = rates.as_slice() {
        println!("{:.1} times as many in batches", bulk / single);
    }
}

/// The peak memory of this process so far, on Linux.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.unwrap_or("unknown").trim().to_owned()
}
