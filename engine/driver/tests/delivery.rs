//! Deliveries over real sockets: what is sent, in which order, and the outcomes.

mod support;

use std::collections::HashMap;
use std::time::Duration;

use mapwright::{CALLS, FaultOf, Sources, Spec};
use mapwright_driver::{Driver, Ending, FailedAttempt, FailureClass, Outcome, Unfinished};
use serde_json::{Value, json};
use support::{
    Reply, Server, client, config, deliver, identify, incoming, mapper, ok, outcomes, page, status, track,
};

#[tokio::test]
async fn every_event_ends_once_as_what_it_is() {
    let server = Server::start(|_, _| ok(json!({ "id": "p1" }))).await;
    let events = vec![
        identify("u1", 1),
        json!({ "type": "identify" }),
        json!({ "type": "alias", "userId": "u1" }),
        json!([]),
        page("u2", 2),
    ];
    let driver = Driver::builder(mapper(), client(&server.url)).config(config()).build();
    let delivery = driver.deliver(incoming(events));
    let metrics = delivery.metrics().clone();
    let (outcomes, ending) = outcomes(delivery).await;
    assert_eq!(ending, Ending::Complete);
    let [
        Outcome::Delivered(_),
        Outcome::Rejected(no_id),
        Outcome::Skipped(_),
        Outcome::Rejected(no_object),
        Outcome::Delivered(_),
    ] = outcomes.as_slice()
    else {
        panic!("{outcomes:?}")
    };
    assert_eq!((no_id.code.as_str(), no_object.code.as_str()), ("missing_required", "invalid_event"));
    let mut lines = server.lines();
    lines.sort();
    assert_eq!(lines, ["GET /people?q=u1", "PUT /people/p1", "PUT /people/u2"]);
    let received = server.received.lock().unwrap()[0].clone();
    assert_eq!(received.header("authorization"), Some("Bearer the-token"));
    assert_eq!(received.header("accept-encoding"), None);
    let numbers = metrics.snapshot();
    assert_eq!((numbers.read, numbers.delivered, numbers.skipped, numbers.rejected), (5, 2, 1, 2));
    assert_eq!((numbers.requests, numbers.retries), (3, 0));
    let text = metrics.prometheus();
    let line = r#"mapwright_requests_total{destination="acme",version="1",message="identify",step="update",class="2xx"} 1"#;
    assert!(text.contains(line), "{text}");
    assert!(!text.contains("alias") && !text.contains("u1"), "{text}");
}

#[tokio::test]
async fn events_of_a_user_go_one_after_the_other_and_users_side_by_side() {
    let mut last: HashMap<String, u64> = HashMap::new();
    let server = Server::start(move |_, received| {
        let n = serde_json::from_str::<Value>(&received.body).unwrap()["n"].as_u64().unwrap();
        let last = last.insert(received.line.clone(), n);
        assert!(last.is_none_or(|last| last < n), "{n} came after {last:?}");
        let answer = if n.is_multiple_of(7) { status(503) } else { ok(json!({})) };
        Reply::After(Duration::from_millis(3), Box::new(answer))
    })
    .await;
    // 7, 14, … always get a 503 and fail; the other events of their users are still delivered
    let events = (0..200).map(|n| page(&format!("u{}", n % 9), n + 1)).collect();
    let mut config = config();
    config.circuit.failures = 1_000;
    config.retry.attempts = 1;
    let (outcomes, _) = deliver(&server, config, events).await;
    for (n, outcome) in outcomes.iter().enumerate() {
        assert_eq!(matches!(outcome, Outcome::Failed(_)), (n + 1) % 7 == 0, "{n}: {outcome:?}");
    }
    let open = server.open.lock().unwrap();
    assert_eq!(open.most_alike, 1, "one at a time for each user");
    assert!((2..=9).contains(&open.most), "{} at once", open.most);
}

#[tokio::test]
async fn a_retry_is_sent_until_the_answer_counts() {
    let server = Server::start(|n, _| match n {
        0 => status(500),
        1 => Reply::Answer(504, Vec::new(), "<html>".to_owned()),
        2 => Reply::Close,
        _ => ok(json!({})),
    })
    .await;
    let (outcomes, _) = deliver(&server, config(), vec![page("u1", 1)]).await;
    assert!(matches!(outcomes[0], Outcome::Delivered(_)), "{outcomes:?}");
    assert_eq!(server.count(), 4);
}

#[tokio::test]
async fn attempts_end_with_what_the_api_said() {
    let server = Server::start(|_, _| {
        Reply::Answer(503, Vec::new(), r#"{"code":"busy","message":"come back later"}"#.to_owned())
    })
    .await;
    let (outcomes, ending) = deliver(&server, config(), vec![page("u1", 1)]).await;
    let Outcome::Failed(failure) = &outcomes[0] else { panic!("{outcomes:?}") };
    assert_eq!(ending, Ending::Complete);
    assert_eq!((failure.class, failure.status, failure.attempts), (FailureClass::Retries, Some(503), 4));
    assert_eq!(failure.api.code.as_deref(), Some("busy"));
    assert_eq!(failure.to_string(), "`update` was answered with 503 on the last of 4 attempts");
}

#[tokio::test]
async fn what_may_not_be_sent_twice_is_not_when_its_fate_is_unknown() {
    let server = Server::start(|_, _| Reply::Close).await;
    let (outcomes, _) = deliver(&server, config(), vec![track("u1", 1)]).await;
    let Outcome::Failed(failure) = &outcomes[0] else { panic!("{outcomes:?}") };
    assert_eq!((failure.class, failure.attempts, server.count()), (FailureClass::UnknownFate, 1, 1));
}

#[tokio::test]
async fn what_was_not_sent_is_sent_again_whatever_it_is() {
    // a port that nobody listens on any more
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let driver = Driver::builder(mapper(), client(&format!("http://{gone}"))).config(config()).build();
    let (outcomes, _) = outcomes(driver.deliver(incoming(vec![track("u1", 1)]))).await;
    let Outcome::Failed(failure) = &outcomes[0] else { panic!("{outcomes:?}") };
    assert_eq!((failure.class, failure.attempts), (FailureClass::Unreachable, 4));
}

#[tokio::test]
async fn refused_settings_pause_and_every_event_comes_back() {
    let server = Server::start(|n, _| if n < 3 { ok(json!({})) } else { status(401) }).await;
    let mut config = config();
    config.concurrency = 1;
    let events = (0..50).map(|n| page(&format!("u{n}"), n)).collect();
    let (outcomes, ending) = deliver(&server, config, events).await;
    let Ending::Paused(failure) = ending else { panic!("{ending:?}") };
    assert_eq!((failure.code.as_str(), failure.status), ("unauthorized", Some(401)));
    assert_eq!(failure.to_string(), "`update` was answered with 401: check the key");
    assert_eq!(server.count(), 4);
    let delivered = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Delivered(_))).count();
    let left =
        outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Unfinished(Unfinished::Paused))).count();
    assert_eq!((delivered, delivered + left), (3, outcomes.len()));
}

#[tokio::test]
async fn an_event_that_pauses_the_delivery_says_what_it_was_answered() {
    let server = Server::start(|_, _| status(401)).await;
    let mut config = config();
    config.concurrency = 1;
    let driver = Driver::builder(mapper(), client(&server.url)).config(config).build();
    let mut delivery = driver.deliver(incoming((0..3).map(|n| page(&format!("u{n}"), n)).collect()));
    let mut failures = Vec::new();
    while let Some(finished) = delivery.next().await {
        failures.push(finished.last_failure);
    }
    let answered = FailedAttempt::new("update", "answered with 401");
    assert_eq!(failures.iter().flatten().collect::<Vec<_>>(), [&answered], "the others have sent nothing");
}

#[tokio::test]
async fn a_stopped_delivery_ends_what_is_in_flight() {
    let server = Server::start(|_, _| Reply::After(Duration::from_millis(20), Box::new(ok(json!({}))))).await;
    let mut config = config();
    config.concurrency = 2;
    config.read_ahead = 8;
    let driver = Driver::builder(mapper(), client(&server.url)).config(config).build();
    let mut delivery = driver.deliver(incoming((0..1_000).map(|n| page(&format!("u{n}"), n)).collect()));
    let first = delivery.next().await.unwrap();
    delivery.stopper().stop();
    first.acknowledge();
    let (outcomes, ending) = outcomes(delivery).await;
    assert_eq!(ending, Ending::Stopped);
    assert!(outcomes.len() < 12, "no more is read");
    let delivered = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Delivered(_))).count();
    assert_eq!(delivered + 1, server.count(), "whatever was sent has its response");
}

#[tokio::test]
async fn reading_waits_for_acknowledgements() {
    let server = Server::start(|_, _| ok(json!({}))).await;
    let mut config = config();
    config.read_ahead = 10;
    let driver = Driver::builder(mapper(), client(&server.url)).config(config).build();
    let mut delivery = driver.deliver(incoming((0..100).map(|n| page(&format!("u{n}"), n)).collect()));
    let mut held = Vec::new();
    for _ in 0..10 {
        held.push(delivery.next().await.unwrap());
    }
    let more = tokio::time::timeout(Duration::from_millis(100), delivery.next()).await;
    assert!(more.is_err(), "an eleventh was read");
    held.into_iter().for_each(|finished| finished.acknowledge());
    let (rest, _) = outcomes(delivery).await;
    assert_eq!(rest.len(), 90);
}

#[tokio::test]
async fn events_that_become_calls_are_refused_before_anything_is_sent() {
    let server = Server::start(|_, _| ok(json!({}))).await;
    let files: Sources = [
        ("mappings/chat/destination.yaml", "{ title: Chat, names: [Chat], versions: { default: web } }"),
        (
            "mappings/chat/web/version.yaml",
            "{ version: web, operations: { track: { call: Chat.track, arguments: [event] } } }",
        ),
        ("mappings/chat/web/track.yaml", "{ message: track, steps: { track: { operation: track } } }"),
    ]
    .into_iter()
    .collect();
    let plans = Spec::load(&files).check().unwrap().compile();
    let mapper = plans.plan("chat", None, &json!({})).unwrap().bind(&json!({})).unwrap();
    let driver = Driver::builder(mapper, client(&server.url)).config(config()).build();
    let delivery = driver.deliver(incoming(vec![json!({ "type": "track", "event": "Opened" })]));
    let metrics = delivery.metrics().clone();
    let (outcomes, ending) = outcomes(delivery).await;
    let [Outcome::Rejected(rejection)] = outcomes.as_slice() else { panic!("{outcomes:?}") };
    assert_eq!((rejection.code.as_str(), rejection.fault), (CALLS, FaultOf::Settings));
    assert_eq!((ending, server.count()), (Ending::Complete, 0));
    let numbers = metrics.snapshot();
    assert_eq!((numbers.read, numbers.rejected, numbers.requests), (1, 1, 0));
}
