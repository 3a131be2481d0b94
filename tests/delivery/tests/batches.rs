//! Many events in one request, under every fault and `kill -9`: each event has the outcome of its item, nothing is lost, and the order of each
//! user holds.
//!
//! `MAPWRIGHT_BATCH_EVENTS`, `MAPWRIGHT_BATCH_SEEDS` and `MAPWRIGHT_BATCH_KILLS` make it longer; see docs/delivery-tests.md.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a helper of tests fails as a test does"
)]

use std::path::Path;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use mapwright_delivery_tests::bulk::{Depot, Kind, MAPPING, Taken, event, mapper};
use mapwright_delivery_tests::killed::Send;
use mapwright_delivery_tests::{deliver_to, patient, size};
use mapwright_driver::{Ending, FailureClass, Outcome};
use mapwright_loopback::{Chaos, Options};
use serde_json::Value;

const USERS: u64 = 20;

fn options(chaos: Option<Chaos>) -> Options {
    let mut options = Options::default();
    options.chaos = chaos;
    options.log_length = 0;
    options
}

/// Every item that is not refused was taken, and in the order of its user, apart from those that were sent again on their own.
fn assert_taken(taken: &Taken, count: u64, what: &str) {
    let expected: Vec<u64> = (0..count).filter(|n| Kind::of(*n) != Kind::Bad).collect();
    assert_eq!(taken.times.keys().copied().collect::<Vec<_>>(), expected, "{what}: lost, or not sent");
    for (user, order) in &taken.order {
        let good: Vec<u64> = order.iter().copied().filter(|n| Kind::of(*n) != Kind::Busy).collect();
        assert!(good.is_sorted(), "{what}: the order of {user}: {good:?}");
    }
}

fn assert_outcomes(outcomes: &[Outcome], what: &str) {
    for (n, outcome) in (0..).zip(outcomes) {
        match (Kind::of(n), outcome) {
            (Kind::Bad, Outcome::Failed(failure)) => {
                assert_eq!(failure.class, FailureClass::GaveUp, "{what}");
                assert_eq!(failure.api.code.as_deref(), Some("bad_n"), "{what}");
            }
            (Kind::Bad, other) => panic!("{what}: {n} is {other:?}"),
            (_, outcome) => assert!(matches!(outcome, Outcome::Delivered(_)), "{what}: {n} is {outcome:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_has_its_own_outcome_under_every_fault() {
    let count = size("MAPWRIGHT_BATCH_EVENTS", 1_500);
    let seeds = (0..size("MAPWRIGHT_BATCH_SEEDS", 2)).map(|seed| async move {
        let chaos = Chaos::seeded(seed).every_fault(0.03).at_most(3).latency(
            0.5,
            Duration::from_millis(1),
            Duration::from_millis(10),
        );
        let what = format!("seed {seed}");
        let depot = Depot::start(options(Some(chaos))).await;
        let events: Vec<Value> = (0..count).map(|n| event(n, USERS)).collect();
        let delivered = deliver_to(&depot.base_url(), mapper("bulk"), patient(seed), &events).await;
        assert_eq!(delivered.ending, Ending::Complete, "{what}");
        assert_outcomes(&delivered.outcomes, &what);
        assert_taken(&depot.api().taken(), count, &what);
        let counts = delivered.counts;
        assert_eq!(counts.delivered + counts.failed, count, "{what}");
        let faults: u64 = depot.counts().faults.values().sum();
        println!("{what}: {count} events in {} requests, {faults} faults", counts.requests);
        assert!(counts.requests < count / 4, "{what}: {counts:?}");
    });
    stream::iter(seeds).buffer_unordered(4).collect::<()>().await;
}

fn send(url: &str, folder: &Path) -> Send {
    let arguments = [
        ["--destination", "depot"],
        ["--mappings", "mappings"],
        ["--secret", "token=@token"],
        ["--concurrency", "2"],
    ];
    Send::start(env!("CARGO_BIN_EXE_mapwright-delivery-tests"), url, folder, arguments.as_flattened())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_again_and_again_nothing_is_lost_and_what_is_sent_twice_was_in_flight() {
    let (count, kills) = (size("MAPWRIGHT_BATCH_EVENTS", 6_000), size("MAPWRIGHT_BATCH_KILLS", 5));
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in MAPPING {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let lines: String = (0..count).map(|n| format!("{}\n", event(n, USERS))).collect();
    std::fs::write(folder.path().join("events.ndjson"), lines).unwrap();
    std::fs::write(folder.path().join("token"), "token").unwrap();
    let latency = Chaos::seeded(1).latency(1.0, Duration::from_millis(2), Duration::from_millis(20));
    let depot = Depot::start(options(Some(latency))).await;
    let mut killed = 0;
    for kill in 0..kills {
        let at = depot.counts().total + 3 + kill * 2;
        killed += u64::from(send(&depot.base_url(), folder.path()).kill_at(at, || depot.counts().total));
        // delayed requests were aborted with their connection
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
    assert!(killed > 0, "over before it was to be killed");
    let ended = send(&depot.base_url(), folder.path()).wait();
    // some events are refused
    assert_eq!(ended.code(), Some(1));
    let taken = depot.api().taken();
    assert_taken(&taken, count, "killed");
    let twice = taken.times.values().filter(|times| **times > 1).count() as u64;
    println!("{count} events, {killed} kills: {twice} were sent again");
    // two requests are in flight, of 500 items at most
    assert!(twice <= killed * 2 * 500, "{twice} were sent again");
    let dead = std::fs::read_to_string(folder.path().join("dead.ndjson")).unwrap();
    let mut refused: Vec<u64> = dead
        .lines()
        .map(|line| {
            let letter: Value = serde_json::from_str(line).unwrap();
            letter.pointer("/event/properties/n").and_then(Value::as_u64).unwrap()
        })
        .collect();
    refused.sort_unstable();
    refused.dedup();
    assert_eq!(refused, (0..count).filter(|n| Kind::of(*n) == Kind::Bad).collect::<Vec<_>>());
}
