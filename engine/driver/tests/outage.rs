//! Outages at their real length, on a clock that skips the times in which nothing happens. All limits are the defaults.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]
#![allow(clippy::print_stderr, reason = "figures for docs/delivery-tests.md")]

mod support;

use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use mapwright_driver::checkpoint::{Identity, LogCheckpoint};
use mapwright_driver::{Config, Driver, Ending, Outcome, Unfinished};
use serde_json::json;
use support::*;
use tokio::time::Instant;

const EVENTS: usize = 2_000;
/// The requests before the outage.
const BEFORE: usize = 300;

fn events() -> Vec<serde_json::Value> {
    (0..EVENTS as u64).map(|n| page(&format!("u{}", n % 97), n)).collect()
}

/// A server that works, is down for this time, and works again. Counts the requests while it is down.
async fn interrupted(down: Duration, reply: fn() -> Reply) -> (Server, Arc<Mutex<usize>>) {
    let probes = Arc::new(Mutex::new(0));
    let counted = probes.clone();
    let mut until = None;
    let server = Server::start(move |n, _| {
        if n < BEFORE || Instant::now() > *until.get_or_insert_with(|| Instant::now() + down) {
            return ok(json!({}));
        }
        *counted.lock().unwrap() += 1;
        reply()
    });
    (server.await, probes)
}

fn delivered(outcomes: &[Outcome]) -> usize {
    outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Delivered(_))).count()
}

#[tokio::test(start_paused = true)]
async fn an_outage_of_almost_15_minutes_costs_no_event() {
    for reply in
        [|| status(503), || Reply::Close, || Reply::After(Duration::from_secs(20), Box::new(status(502)))]
    {
        let (start, real) = (Instant::now(), std::time::Instant::now());
        let (server, probes) = interrupted(Duration::from_secs(14 * 60), reply).await;
        let (outcomes, ending) = deliver(&server, Config::default(), events()).await;
        let took = start.elapsed();
        assert_eq!((delivered(&outcomes), ending), (EVENTS, Ending::Complete));
        assert!(took > Duration::from_secs(14 * 60) && took < Duration::from_secs(15 * 60 + 30), "{took:?}");
        // what was in flight when it began, and then one probe at a time, at most every 15 seconds
        let probes = *probes.lock().unwrap();
        assert!(probes < 100 + 20 + 14 * 4, "{probes} requests to a server that is down");
        eprintln!("{took:?} in {:?}, {probes} requests while it was down", real.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_longer_outage_pauses_and_the_rest_is_delivered_later() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("progress");
    let identity = || Identity::new("events", "acme", "1");
    let start = Instant::now();
    let (server, _) = interrupted(Duration::from_secs(20 * 60), || status(503)).await;
    let log = LogCheckpoint::create(&path, identity()).unwrap();
    let driver = Driver::builder(mapper(), client(&server.url)).checkpoint(log).build();
    let (first, ending) = outcomes(driver.deliver(incoming(events()))).await;
    let Ending::Paused(failure) = ending else { panic!("{ending:?}") };
    assert!(failure.message.contains("longer than `circuit.patience`"), "{}", failure.message);
    let paused = start.elapsed();
    assert!(paused > Duration::from_secs(15 * 60) && paused < Duration::from_secs(16 * 60), "{paused:?}");
    let left =
        first.iter().filter(|outcome| matches!(outcome, Outcome::Unfinished(Unfinished::Paused))).count();
    assert_eq!(delivered(&first) + left, first.len(), "no event has failed");

    tokio::time::sleep(Duration::from_secs(10 * 60)).await;
    let log = LogCheckpoint::resume(&path, identity()).unwrap();
    let driver = Driver::builder(mapper(), client(&server.url)).checkpoint(log).build();
    let (rest, ending) = outcomes(driver.deliver(incoming(events()))).await;
    assert_eq!(ending, Ending::Complete);
    assert_eq!(delivered(&first) + delivered(&rest), EVENTS);
}
