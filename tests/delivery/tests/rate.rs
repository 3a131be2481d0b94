//! The API's rate limit is used completely and never exceeded, measured at the receiving end.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a helper of tests fails as a test does"
)]

use std::collections::BTreeMap;
use std::time::Duration;

use intercom_sandbox::{Chaos, Sandbox};
use mapwright_delivery_tests::{Limit, deliver, mapper, patient};
use mapwright_driver::{Config, Quota};
use serde_json::{Value, json};

fn identifies(count: u64) -> Vec<Value> {
    let event = |n| json!({ "type": "identify", "userId": format!("u{n}"), "traits": { "name": "Ada" } });
    (0..count).map(event).collect()
}

/// Delivers events in 1.4, with one request each. Returns the arrival times in milliseconds since the start of the sandbox.
async fn arrivals(limit: Limit, taken_for: Limit, config: Config, count: u64) -> (Sandbox, Vec<u64>) {
    // with latency, as on a network
    let latency = Chaos::seeded(1).latency(1.0, Duration::from_millis(2), Duration::from_millis(20));
    let builder = Sandbox::builder().rate_limit(limit.requests, limit.window()).chaos(latency);
    let sandbox = builder.start().await.unwrap();
    let delivered = deliver(&sandbox, mapper("1.4", taken_for), config, &identifies(count)).await;
    assert_eq!(delivered.lost(), []);
    assert_eq!(sandbox.stats().rejected_by_rate_limit, 0, "more than the limit was sent");
    let mut arrivals: Vec<u64> = sandbox.requests().iter().map(|request| request.ms).collect();
    arrivals.sort_unstable();
    (sandbox, arrivals)
}

/// Returns the used share of the limit, from the first request to the last request that completes a window's worth of
/// requests.
fn share(arrivals: &[u64], limit: Limit) -> f64 {
    let requests = limit.requests as usize;
    let windows = (arrivals.len() - 1) / requests;
    let took = arrivals[windows * requests] - arrivals[0];
    windows as f64 * limit.window().as_millis() as f64 / took as f64
}

/// Returns the most requests in any interval with the length of a window.
fn busiest(arrivals: &[u64], window_ms: u64) -> usize {
    let within = |at: usize| arrivals.partition_point(|ms| *ms < arrivals[at] + window_ms) - at;
    (0..arrivals.len()).map(within).max().unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_limit_is_used_and_never_passed() {
    let limit = Limit { requests: 200, seconds: 2 };
    let (sandbox, arrivals) = arrivals(limit, limit, patient(1), 801).await;
    let share = share(&arrivals, limit);
    println!("{:.1} % of the limit used", share * 100.0);
    assert!(share >= 0.95, "{:.1} % of the limit", share * 100.0);
    // not even in windows with another start than the API's
    assert!(busiest(&arrivals, 2_000) <= 200, "{} in two seconds", busiest(&arrivals, 2_000));
    assert!(sandbox.stats().busiest_window <= 200);
}

/// The mapping's limit is only the initial one; the headers state the actual limit.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_smaller_limit_is_learned_from_the_first_answer() {
    let limit = Limit { requests: 50, seconds: 1 };
    let (_, arrivals) = arrivals(limit, Limit { requests: 1_000, seconds: 1 }, patient(1), 200).await;
    assert!(busiest(&arrivals, 1_000) <= 50, "{} in a second", busiest(&arrivals, 1_000));
}

/// The operator's limit applies where the API would allow more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_operator_may_allow_less() {
    let mut config = patient(1);
    config.rate = Some(Quota { requests: 40, per: Duration::from_secs(1) });
    let (_, arrivals) = arrivals(Limit::NONE, Limit::NONE, config, 160).await;
    let mut seconds: BTreeMap<u64, u64> = BTreeMap::new();
    arrivals.iter().for_each(|ms| *seconds.entry(ms / 1_000).or_default() += 1);
    assert!(seconds.values().all(|count| *count <= 40), "{seconds:?}");
    assert!(busiest(&arrivals, 1_000) <= 40, "{} in a second", busiest(&arrivals, 1_000));
}
