//! Delivers events of many users under every fault of the sandbox, whose final content must equal an independent model.
//!
//! `MAPWRIGHT_CHAOS_EVENTS`, `MAPWRIGHT_CHAOS_USERS` and `MAPWRIGHT_CHAOS_SEEDS` make it longer; see docs/delivery-tests.md.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

use std::collections::HashMap;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use intercom_sandbox::{Chaos, Fault, Sandbox};
use mapwright_delivery_tests::events::{Recipe, make};
use mapwright_delivery_tests::model::Model;
use mapwright_delivery_tests::{Limit, deliver, mapper, patient, size};
use mapwright_driver::Ending;
use serde_json::Value;

struct Case {
    version: &'static str,
    seed: u64,
    chaos: Chaos,
    /// Whether the search of the sandbox lags behind writes.
    lag: bool,
    limit: Limit,
    /// The divisor of the number of events.
    part: u64,
}

/// Delivers events, and checks the invariants of every delivery. Returns the number of faults.
async fn run(case: Case) -> u64 {
    let Case { version, seed, chaos, lag, limit, part } = case;
    let what = format!("version {version}, lag {lag}, {chaos:?}");
    let recipe = Recipe {
        events: size("MAPWRIGHT_CHAOS_EVENTS", 400) / part,
        users: size("MAPWRIGHT_CHAOS_USERS", 40) / part,
        companies: (size("MAPWRIGHT_CHAOS_USERS", 40) / part / 4).max(2),
        looked_up: !lag,
    };
    let events = make(seed, recipe);
    let sandbox = Sandbox::builder()
        .create_attributes()
        .search_lag(if lag { Duration::from_millis(300) } else { Duration::ZERO })
        .rate_limit(limit.requests, limit.window())
        .log_length(usize::MAX)
        .log_bodies()
        .chaos(chaos)
        .start()
        .await
        .unwrap();
    let delivered = deliver(&sandbox, mapper(version, limit), patient(seed), &events).await;

    assert_eq!(delivered.lost(), [], "{what}");
    assert_eq!(delivered.ending, Ending::Complete, "{what}");
    let counts = delivered.counts;
    let ended = counts.delivered + counts.skipped + counts.rejected + counts.failed;
    assert_eq!((counts.read, ended), (recipe.events, recipe.events), "{what}");
    Model::of(&events).assert_held(&sandbox.state(), &what);
    let stats = sandbox.stats();
    assert_eq!(stats.rejected_by_rate_limit, 0, "{what}: over the limit of {limit:?}");
    assert!(stats.busiest_window <= limit.requests);
    assert_order(&sandbox, &events, &what);
    stats.faults.values().sum()
}

/// Asserts that requests for a user, or for a company by group events, took effect in the order of the events.
fn assert_order(sandbox: &Sandbox, events: &[Value], what: &str) {
    let mut last: HashMap<String, u64> = HashMap::new();
    let mut seen = 0;
    for request in sandbox.requests().into_iter().filter(|request| request.applied) {
        let body: Value = serde_json::from_str(&request.body.unwrap_or_default()).unwrap_or_default();
        let places = ["/custom_attributes/n", "/custom_attributes/revision", "/metadata/n"];
        let Some(n) = places.iter().find_map(|place| body.pointer(place)?.as_u64()) else { continue };
        let event = &events[n as usize];
        let keys = [&event["userId"], &event["traits"]["email"], &event["groupId"]];
        for key in keys.into_iter().filter_map(Value::as_str) {
            let before = last.insert(key.to_owned(), n).unwrap_or(0);
            assert!(before <= n, "{what}: event {n} of {key} took effect after event {before}");
        }
        seen += 1;
    }
    assert!(seen >= events.len() / 2, "{what}: {seen} requests of {} events are distinguished", events.len());
}

fn seeds() -> std::ops::Range<u64> {
    1..1 + size("MAPWRIGHT_CHAOS_SEEDS", 2)
}

/// Runs cases concurrently, since they mostly wait. Each must have faults.
async fn run_all(cases: Vec<Case>) {
    let runs = cases.into_iter().map(|case| async move {
        let what = format!("{:?}", case.chaos);
        assert!(run(case).await > 0, "no fault came: {what}");
    });
    stream::iter(runs).buffer_unordered(4).collect::<Vec<()>>().await;
}

async fn each_alone(faults: &[Fault], share: f64) {
    let cases = faults.iter().enumerate().flat_map(|(at, fault)| {
        seeds().map(move |seed| {
            // alternate versions and search lag
            let turn = at as u64 + seed;
            Case {
                version: if turn.is_multiple_of(3) { "1.4" } else { "2.10" },
                seed,
                chaos: Chaos::seeded(seed).fault(*fault, share).at_most(3),
                lag: turn.is_multiple_of(2),
                limit: Limit::NONE,
                part: 2,
            }
        })
    });
    run_all(cases.collect()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn server_errors_and_pages() {
    let faults =
        [Fault::Error500, Fault::Error502, Fault::Error503, Fault::Error504, Fault::HtmlOk, Fault::EmptyOk];
    each_alone(&faults, 0.15).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_connections_and_odd_answers() {
    let faults = [
        Fault::DropBefore,
        Fault::DropAfter,
        Fault::HalfSent,
        Fault::WrongType,
        Fault::SlowBody,
        Fault::Race,
    ];
    each_alone(&faults, 0.15).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silence() {
    each_alone(&[Fault::HangBefore, Fault::HangAfter], 0.02).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn storms_of_429() {
    each_alone(&[Fault::RateStorm], 0.01).await;
}

/// Every fault, latency and a tight limit at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_at_once() {
    // a tenth of the events in each second
    let limit = Limit { requests: size("MAPWRIGHT_CHAOS_EVENTS", 400).max(3_000) / 10, seconds: 1 };
    let cases = seeds().flat_map(|seed| {
        [("2.10", true), ("2.10", false), ("1.4", false)].map(move |(version, lag)| Case {
            version,
            seed,
            chaos: Chaos::seeded(seed)
                .every_fault(0.02)
                .fault(Fault::RateStorm, 0.001)
                .latency(0.2, Duration::from_millis(1), Duration::from_millis(20))
                .at_most(3),
            lag,
            limit,
            part: 1,
        })
    });
    run_all(cases.collect()).await;
}
