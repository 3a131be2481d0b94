//! Rate limits and outages over real sockets.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod support;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use mapwright_driver::{Driver, Ending, FailureClass, Outcome, Quota, Unfinished};
use serde_json::json;
use support::{
    Reply, Server, client, config, deliver, incoming, mapper, mapper_with, ok, outcomes, page, status,
};

fn pages(count: u64) -> Vec<serde_json::Value> {
    (0..count).map(|n| page(&format!("u{n}"), n)).collect()
}

fn all_delivered(outcomes: &[Outcome]) -> bool {
    outcomes.iter().all(|outcome| matches!(outcome, Outcome::Delivered(_)))
}

/// Counts requests in windows that start with the first request, plus an offset.
struct Windows {
    start: Instant,
    shift: Duration,
    length: Duration,
    counts: Vec<u64>,
}

impl Windows {
    fn new(shift: u64, length: u64) -> Self {
        let (shift, length) = (Duration::from_millis(shift), Duration::from_millis(length));
        Self { start: Instant::now(), shift, length, counts: Vec::new() }
    }

    fn count(&mut self) -> u64 {
        let at = (self.start.elapsed() + self.shift).as_nanos() / self.length.as_nanos();
        self.counts.resize(self.counts.len().max(at as usize + 1), 0);
        let count = self.counts.last_mut().unwrap();
        *count += 1;
        *count
    }
}

#[tokio::test]
async fn no_window_of_the_server_has_more_than_the_limit() {
    for shift in [0, 350, 990] {
        let windows = Arc::new(Mutex::new(Windows::new(shift, 1_000)));
        let count = windows.clone();
        let server =
            Server::start(
                move |_, _| {
                    if count.lock().unwrap().count() > 60 { status(429) } else { ok(json!({})) }
                },
            )
            .await;
        let driver = Driver::builder(mapper_with("60", "1s"), client(&server.url)).config(config()).build();
        let (outcomes, _) = outcomes(driver.deliver(incoming(pages(150)))).await;
        assert!(all_delivered(&outcomes));
        let counts = &windows.lock().unwrap().counts;
        assert!(counts.iter().all(|count| *count <= 60), "{counts:?}");
        assert_eq!(server.count(), 150, "none was one too many");
    }
}

#[tokio::test]
async fn the_operators_rate_counts_too() {
    let windows = Arc::new(Mutex::new(Windows::new(120, 500)));
    let count = windows.clone();
    let server = Server::start(move |_, _| {
        count.lock().unwrap().count();
        ok(json!({}))
    })
    .await;
    let mut config = config();
    config.rate = Some(Quota { requests: 20, per: Duration::from_millis(500) });
    let (outcomes, _) = deliver(&server, config, pages(70)).await;
    assert!(all_delivered(&outcomes));
    let counts = &windows.lock().unwrap().counts;
    assert!(counts.iter().all(|count| *count <= 20), "{counts:?}");
}

#[tokio::test]
async fn a_throttled_answer_stops_all_until_the_reset() {
    #[derive(Default)]
    struct Seen {
        refused: Option<Instant>,
        after: Vec<Duration>,
    }
    let seen: Arc<Mutex<Seen>> = Arc::default();
    let watch = seen.clone();
    let server = Server::start(move |n, _| {
        let mut seen = watch.lock().unwrap();
        if let Some(refused) = seen.refused {
            let after = refused.elapsed();
            seen.after.push(after);
        }
        if n == 30 {
            seen.refused = Some(Instant::now());
            return Reply::Answer(429, vec![("Retry-After", "1".to_owned())], String::new());
        }
        Reply::After(Duration::from_millis(2), Box::new(ok(json!({}))))
    })
    .await;
    let mut config = config();
    config.concurrency = 10;
    let (outcomes, _) = deliver(&server, config, pages(200)).await;
    assert!(all_delivered(&outcomes));
    let after = &seen.lock().unwrap().after;
    // requests in flight are not affected
    let at_once = after.iter().filter(|after| **after < Duration::from_millis(990)).count();
    assert!(at_once < 10, "{at_once} came before the second was over");
    assert_eq!(server.count(), 201);
}

#[tokio::test]
async fn an_api_that_throttles_for_ever_is_given_up() {
    let server =
        Server::start(|_, _| Reply::Answer(429, vec![("X-Reset", "0".to_owned())], String::new())).await;
    let mut config = config();
    config.retry.throttles = 3;
    let (outcomes, _) = deliver(&server, config, pages(1)).await;
    let Outcome::Failed(failure) = &outcomes[0] else { panic!("{outcomes:?}") };
    assert_eq!((failure.class, failure.status, failure.attempts), (FailureClass::Retries, Some(429), 3));
}

#[tokio::test]
async fn an_outage_costs_no_event() {
    let server = Server::start(|n, _| if n < 60 { Reply::Close } else { ok(json!({})) }).await;
    let mut config = config();
    config.concurrency = 20;
    let driver = Driver::builder(mapper(), client(&server.url)).config(config).build();
    let delivery = driver.deliver(incoming(pages(100)));
    let metrics = delivery.metrics().clone();
    let (outcomes, ending) = outcomes(delivery).await;
    assert_eq!((all_delivered(&outcomes), ending), (true, Ending::Complete));
    assert!(metrics.prometheus().contains(r#"mapwright_circuit_open{destination="acme",version="1"} 0"#));
}

#[tokio::test]
async fn an_outage_without_end_pauses() {
    let server = Server::start(|_, _| status(503)).await;
    let mut config = config();
    config.concurrency = 10;
    config.circuit.failures = 5;
    config.circuit.patience = Duration::from_millis(200);
    config.read_ahead = 50;
    let (outcomes, ending) = deliver(&server, config, pages(1_000)).await;
    let Ending::Paused(failure) = ending else { panic!("{ending:?}") };
    assert_eq!(failure.class, FailureClass::Unreachable);
    let left = outcomes.iter().all(|outcome| matches!(outcome, Outcome::Unfinished(Unfinished::Paused)));
    assert!(left && outcomes.len() <= 50, "{outcomes:?}");
    assert!(server.count() < 40, "{} requests to a server that is down", server.count());
}

#[tokio::test]
async fn who_stops_does_not_wait_for_a_limit_for_long() {
    let server =
        Server::start(|_, _| Reply::Answer(429, vec![("Retry-After", "3600".to_owned())], String::new()))
            .await;
    let mut config = config();
    config.grace = Duration::from_millis(50);
    let driver = Driver::builder(mapper(), client(&server.url)).config(config).build();
    let delivery = driver.deliver(incoming(pages(3)));
    let stopper = delivery.stopper();
    let heard = server.heard.clone();
    tokio::spawn(async move {
        while heard.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        stopper.stop();
    });
    let (outcomes, ending) = outcomes(delivery).await;
    assert_eq!(ending, Ending::Stopped);
    assert!(
        outcomes.iter().all(|outcome| matches!(outcome, Outcome::Unfinished(Unfinished::Stopped))),
        "{outcomes:?}"
    );
}
