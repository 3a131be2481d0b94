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
async fn answers_that_make_all_wait_are_counted_as_throttled() {
    let again = |status| Reply::Answer(status, vec![("Retry-After", "0".to_owned())], String::new());
    let server = Server::start(move |n, _| match n {
        0 => again(429),
        1 => again(503),
        // of this one request alone
        2 => status(503),
        _ => ok(json!({})),
    })
    .await;
    let driver = Driver::builder(mapper(), client(&server.url)).config(config()).build();
    let mut delivery = driver.deliver(incoming(pages(1)));
    assert!(matches!(delivery.next().await.unwrap().outcome, Outcome::Delivered(_)));
    let numbers = delivery.metrics().snapshot();
    assert_eq!((numbers.requests, numbers.retries, numbers.throttled), (4, 3, 2));
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
        Server::start(|_, _| Reply::Answer(429, vec![("Retry-After", "600".to_owned())], String::new()))
            .await;
    let mut config = config();
    config.grace = Duration::from_millis(50);
    let driver = Driver::builder(mapper(), client(&server.url)).config(config).build();
    let delivery = driver.deliver(incoming(pages(3)));
    let stopper = delivery.stopper();
    let received = server.received.clone();
    tokio::spawn(async move {
        while received.lock().unwrap().is_empty() {
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

/// Whether an outage of this kind pauses the delivery, and costs no event.
async fn pauses(reply: impl Fn() -> Reply + Send + 'static) -> mapwright_driver::DeliveryFailure {
    let server = Server::start(move |_, _| reply()).await;
    let mut config = config();
    config.concurrency = 10;
    config.circuit.failures = 5;
    config.circuit.patience = Duration::from_millis(200);
    config.read_ahead = 50;
    let (outcomes, ending) = deliver(&server, config, pages(1_000)).await;
    let Ending::Paused(failure) = ending else { panic!("{ending:?}") };
    let left = outcomes.iter().all(|outcome| matches!(outcome, Outcome::Unfinished(Unfinished::Paused)));
    assert!(left && outcomes.len() <= 50, "{outcomes:?}");
    assert!(server.count() < 40, "{} requests to a server that is down", server.count());
    *failure
}

#[tokio::test]
async fn one_event_is_enough_to_notice_an_outage_that_lasts() {
    let server = Server::start(|_, _| status(500)).await;
    let mut config = config();
    config.circuit.patience = Duration::from_millis(200);
    config.circuit.failures = 1_000;
    config.retry.attempts = 1_000;
    let (outcomes, ending) = deliver(&server, config, vec![page("u1", 1)]).await;
    assert!(matches!(ending, Ending::Paused(_)), "{ending:?}");
    assert!(matches!(outcomes[..], [Outcome::Unfinished(Unfinished::Paused)]), "{outcomes:?}");
}

#[tokio::test]
async fn foreign_answers_pause_as_an_outage_does() {
    for code in [301, 302, 307, 308] {
        let location = || vec![("Location", "https://example.com/".to_owned())];
        let failure = pauses(move || Reply::Answer(code, location(), String::new())).await;
        assert!(failure.message.contains("a redirect, which is not followed"), "{failure}");
    }
    let failure = pauses(|| status(407)).await;
    assert!(failure.message.contains("the proxy requires authentication"), "{failure}");
    let html = || vec![("Content-Type", "text/html".to_owned())];
    let failure = pauses(move || Reply::Answer(200, html(), "<html>".to_owned())).await;
    assert!(failure.message.contains("a page instead of JSON"), "{failure}");
}

#[tokio::test]
async fn a_page_costs_no_event_that_cannot_be_sent_twice() {
    let html = vec![("Content-Type", "text/html".to_owned())];
    let server = Server::start(move |n, _| match n {
        0 | 1 => Reply::Answer(200, html.clone(), "<html>".to_owned()),
        _ => ok(json!({})),
    })
    .await;
    let (outcomes, _) = deliver(&server, config(), vec![support::track("u1", 1)]).await;
    assert!(all_delivered(&outcomes), "{outcomes:?}");
}

#[tokio::test]
async fn a_permission_that_one_operation_lacks_pauses_nothing() {
    let server =
        Server::start(
            |_, received| if received.line.starts_with("POST /notes") { status(403) } else { ok(json!({})) },
        )
        .await;
    let mut config = config();
    config.concurrency = 1;
    let events =
        vec![page("u1", 1), support::track("u1", 1), page("u2", 2), support::track("u2", 2), page("u3", 3)];
    let (outcomes, ending) = deliver(&server, config.clone(), events).await;
    assert_eq!(ending, Ending::Complete);
    for (at, outcome) in outcomes.iter().enumerate() {
        match outcome {
            Outcome::Failed(failure) if at % 2 == 1 => {
                assert_eq!(failure.status, Some(403));
                assert!(
                    failure.advice.as_ref().unwrap().contains("the permission for `note`"),
                    "{failure:?}"
                );
            }
            Outcome::Delivered(_) if at % 2 == 0 => {}
            other => panic!("{at}: {other:?}"),
        }
    }
    // where nothing is permitted, the settings are wrong
    let server = Server::start(|_, _| status(403)).await;
    let (_, ending) = deliver(&server, config.clone(), pages(50)).await;
    assert!(matches!(ending, Ending::Paused(_)) && server.count() == 1, "{ending:?}");
    // and a token that is refused concerns all
    let server =
        Server::start(
            |_, received| if received.line.starts_with("POST /notes") { status(401) } else { ok(json!({})) },
        )
        .await;
    let (_, ending) = deliver(&server, config, vec![page("u1", 1), support::track("u1", 1)]).await;
    assert!(matches!(ending, Ending::Paused(_)), "{ending:?}");
}

#[tokio::test]
async fn retry_after_is_read_and_a_wait_has_a_bound() {
    // nothing in the mapping says how long a 503 asks to wait
    let seen: Arc<Mutex<Vec<Instant>>> = Arc::default();
    let watch = seen.clone();
    let server = Server::start(move |n, _| {
        watch.lock().unwrap().push(Instant::now());
        match n {
            0 => Reply::Answer(503, vec![("Retry-After", "1".to_owned())], String::new()),
            _ => ok(json!({})),
        }
    })
    .await;
    let (outcomes, _) = deliver(&server, config(), pages(1)).await;
    assert!(all_delivered(&outcomes));
    let times = seen.lock().unwrap().clone();
    assert!(times[1] - times[0] >= Duration::from_millis(990), "{:?}", times[1] - times[0]);
    // a time is held against the clock of the server, which is years behind ours
    for code in [429, 503] {
        let server = Server::start(move |n, _| match n {
            0 => {
                let date = ("Date", "Sun, 06 Nov 1994 08:49:37 GMT".to_owned());
                let after = ("Retry-After", "Sun, 06 Nov 1994 08:49:38 GMT".to_owned());
                Reply::Answer(code, vec![date, after], String::new())
            }
            _ => ok(json!({})),
        })
        .await;
        let started = Instant::now();
        let (outcomes, _) = deliver(&server, config(), pages(1)).await;
        let took = started.elapsed();
        assert!(all_delivered(&outcomes));
        assert!(took >= Duration::from_millis(990), "{code}: {took:?}");
    }
    // one that is ahead does not make it wait for years
    for (code, after) in [(429, "Sun, 06 Nov 2094 08:49:40 GMT"), (503, "86400"), (429, "901")] {
        let server = Server::start(move |_, _| {
            let date = ("Date", "Sun, 06 Nov 2094 07:49:37 GMT".to_owned());
            Reply::Answer(code, vec![date, ("Retry-After", after.to_owned())], String::new())
        })
        .await;
        let (outcomes, ending) = deliver(&server, config(), pages(3)).await;
        let Ending::Paused(failure) = ending else { panic!("{ending:?}") };
        assert_eq!(failure.code, "wait_too_long");
        assert!(failure.message.contains("`longest_wait` (900 s); continue after "), "{failure}");
        let left = outcomes.iter().all(|outcome| matches!(outcome, Outcome::Unfinished(Unfinished::Paused)));
        assert!(left, "{outcomes:?}");
    }
}

/// A server with fixed windows that start at whole multiples of their length, and state themselves.
async fn api(limit: u64, length: u64, reset: bool, counts: Arc<Mutex<Vec<u64>>>) -> Server {
    let start = Instant::now();
    Server::start(move |_, _| {
        let at = start.elapsed().as_millis() as u64;
        let mut counts = counts.lock().unwrap();
        let windows = counts.len().max((at / length) as usize + 1);
        counts.resize(windows, 0);
        let count = counts.last_mut().unwrap();
        *count += 1;
        let mut headers = vec![
            ("Content-Type", "application/json".to_owned()),
            ("X-Limit", limit.to_string()),
            ("X-Remaining", limit.saturating_sub(*count).to_string()),
        ];
        if reset {
            headers.push(("X-Reset", (length - at % length).div_ceil(1_000).to_string()));
        }
        if *count > limit {
            return Reply::Answer(429, headers, String::new());
        }
        Reply::Answer(200, headers, "{}".to_owned())
    })
    .await
}

#[tokio::test]
async fn a_window_that_is_shorter_than_the_mapping_says_is_used() {
    for reset in [true, false] {
        let counts: Arc<Mutex<Vec<u64>>> = Arc::default();
        let server = api(166, 1_000, reset, counts.clone()).await;
        // as a version of the mapping that does not know the plan of the workspace
        let driver =
            Driver::builder(mapper_with("1666", "10s"), client(&server.url)).config(config()).build();
        let (outcomes, _) = outcomes(driver.deliver(incoming(pages(1_660)))).await;
        assert!(all_delivered(&outcomes));
        let counts = counts.lock().unwrap().clone();
        assert!(counts.iter().all(|count| *count <= 166), "reset {reset}: {counts:?}");
        // with windows as long as the mapping says, there would be 90; how much of each is used, the tests of the limiter say
        assert!(counts.len() < 90, "reset {reset}: {counts:?}");
    }
}

#[tokio::test]
async fn a_misreported_limit_slows_nothing_for_long() {
    for limit in ["1", "0", "-5", "99999999999999999999", "1e300"] {
        let server = Server::start(move |n, _| {
            let said = if n == 3 { limit.to_owned() } else { "100".to_owned() };
            let headers = vec![
                ("Content-Type", "application/json".to_owned()),
                ("X-Limit", said),
                ("X-Reset", "1".to_owned()),
            ];
            Reply::Answer(200, headers, "{}".to_owned())
        })
        .await;
        let driver = Driver::builder(mapper_with("100", "60s"), client(&server.url)).config(config()).build();
        let started = Instant::now();
        let (outcomes, _) = outcomes(driver.deliver(incoming(pages(95)))).await;
        assert!(all_delivered(&outcomes), "{limit}");
        // the wrong limit holds until the reset, after a second, and not for the window of the mapping
        assert!(started.elapsed() < Duration::from_secs(50), "{limit}: {:?}", started.elapsed());
    }
}
