//! Many events in one request, over real sockets: what stands together, in which order, and what becomes of each event.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod support;

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use mapwright::Mapper;
use mapwright_driver::{Driver, Ending, FailedAttempt, FailureClass, Incoming, Outcome, Stopper, Unfinished};
use serde_json::{Value, json};
use support::{
    Received, Reply, Server, client, config, incoming, mapper_of, ok, outcomes, page, status, track,
};

/// Notes go together, by list; people are updated one by one.
const VERSION: &str = r#"
version: "1"
server: { value: https://api.acme.example.com }
order: { user: { from: userId, as: string } }
operations:
  update: { method: PUT, path: "/people/{id}", rate: default, idempotent: true }
  topic: { method: GET, path: /topic, idempotent: true }
  note:
    method: POST
    path: /notes
    rate: default
    idempotent: true
    batch:
      by: [item.topic]
      most: 4
      wait: 60s
      unless: item.urgent
      id: item.n
      body: { topic: "items[0].topic", notes: { each: items, to: { rest_of: [item], omit: [topic, urgent] } } }
    responses:
      - status: 207
        class: done
        failed:
          - { each: response.body.refused, index: item.at, code: item.code, message: item.why }
          - { each: response.body.busy, id: item.n, class: retry }
          - { each: response.body.odd, index: item.at, class: done, message: item.why }
      - { status: 413, class: split }
      - { status: 422, class: split, into: items }
"#;

const TRACK: &str = r#"
message: track
payload: { note: { n: properties.n, topic: properties.topic, urgent: properties.urgent, user: userId } }
steps: { note: { operation: note, body: note } }
"#;

/// A note by a step of another name.
const IDENTIFY: &str = r#"
message: identify
payload: { note: { n: traits.n, user: userId } }
steps: { remark: { operation: note, body: note } }
"#;

/// A person first, then a note.
const PAGE: &str = r#"
message: page
payload:
  person: { n: properties.n }
  note: { n: properties.n, user: userId }
steps:
  update: { operation: update, params: { id: userId }, body: person }
  note: { operation: note, body: note }
  again: { operation: update, params: { id: userId }, body: person }
"#;

/// A note first, then a person.
const SCREEN: &str = r#"
message: screen
payload: { note: { n: properties.n, user: userId }, person: { n: properties.n } }
steps:
  note: { operation: note, body: note }
  update: { operation: update, params: { id: userId }, body: person }
"#;

/// A note with what the API knows, which is asked once for all.
const ALIAS: &str = r#"
message: alias
payload: { note: { n: properties.n, topic: captures.topic, user: userId } }
steps:
  topic: { operation: topic, cache: 1h, capture: { topic: response.body.topic } }
  note: { operation: note, body: note }
"#;

/// A note for each of a list.
const GROUP: &str = r#"
message: group
payload: { note: { n: item.n, topic: item.topic, user: userId } }
steps: { note: { operation: note, for_each: traits.notes, where: item.n != 0, body: note } }
"#;

fn mapper_like(change: (&str, &str)) -> Mapper {
    let version = VERSION.replace(change.0, change.1).leak();
    mapper_of([
        ("mappings/acme/1/version.yaml", version),
        ("mappings/acme/1/track.yaml", TRACK),
        ("mappings/acme/1/page.yaml", PAGE),
        ("mappings/acme/1/group.yaml", GROUP),
        ("mappings/acme/1/screen.yaml", SCREEN),
        ("mappings/acme/1/alias.yaml", ALIAS),
        ("mappings/acme/1/identify.yaml", IDENTIFY),
    ])
}

fn mapper() -> Mapper {
    mapper_like(("", ""))
}

/// The numbers of the notes of a request.
fn notes(received: &Received) -> Vec<u64> {
    let body: Value = serde_json::from_str(&received.body).unwrap();
    body["notes"].as_array().unwrap().iter().map(|note| note["n"].as_u64().unwrap()).collect()
}

fn all_notes(server: &Server) -> Vec<Vec<u64>> {
    let received = server.received.lock().unwrap();
    received.iter().filter(|received| received.line == "POST /notes").map(notes).collect()
}

fn users(count: u64) -> Vec<Value> {
    (0..count).map(|n| track(&format!("u{n}"), n)).collect()
}

async fn deliver(mapper: Mapper, server: &Server, events: Vec<Value>) -> (Vec<Outcome>, Ending) {
    let driver = Driver::builder(mapper, client(&server.url)).config(config()).build();
    outcomes(driver.deliver(incoming(events))).await
}

fn assert_delivered(outcomes: &[Outcome], count: usize) {
    assert_eq!(outcomes.len(), count);
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Delivered(_))), "{outcomes:?}");
}

#[tokio::test]
async fn batches_are_sent_when_they_are_full_and_at_the_end() {
    let server = Server::start(|_, _| ok(json!({}))).await;
    let (ended, ending) = deliver(mapper(), &server, users(10)).await;
    assert_delivered(&ended, 10);
    assert_eq!(ending, Ending::Complete);
    let mut sizes: Vec<usize> = all_notes(&server).iter().map(Vec::len).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [2, 4, 4]);
    let sent: HashSet<u64> = all_notes(&server).concat().into_iter().collect();
    assert_eq!(sent.len(), 10, "each once");
}

#[tokio::test]
async fn events_of_one_user_share_batches_in_their_order() {
    let server = Server::start(|_, _| Reply::After(Duration::from_millis(5), Box::new(ok(json!({}))))).await;
    let (ended, _) = deliver(mapper(), &server, (0..11).map(|n| track("u", n)).collect()).await;
    assert_delivered(&ended, 11);
    assert_eq!(all_notes(&server), [vec![0, 1, 2, 3], vec![4, 5, 6, 7], vec![8, 9, 10]]);
}

fn several(user: &str, notes: impl IntoIterator<Item = u64>) -> Value {
    let notes: Vec<Value> = notes.into_iter().map(|n| json!({ "n": n })).collect();
    json!({ "type": "group", "userId": user, "traits": { "notes": notes } })
}

#[tokio::test]
async fn the_rounds_of_a_repeated_step_share_a_batch() {
    let server = Server::start(|_, _| ok(json!({}))).await;
    let events = vec![several("u1", [1, 0, 2, 3]), several("u1", [4]), several("u1", 5..12)];
    let (ended, _) = deliver(mapper(), &server, events).await;
    assert_delivered(&ended, 3);
    assert_eq!(all_notes(&server), [vec![1, 2, 3, 4], vec![5, 6, 7, 8], vec![9, 10, 11]]);
}

#[tokio::test]
async fn each_round_has_the_outcome_of_its_item() {
    // a note that fails ends its event, unless others are to be made
    for (continues, expected) in [(false, vec![]), (true, vec![(1, "bad".to_owned())])] {
        let server = Server::start(|_, received| match notes(received).as_slice() {
            [1, 2, 3] => Reply::Answer(
                207,
                vec![("Content-Type", "application/json".to_owned())],
                json!({ "refused": [{ "at": 1, "code": "bad" }], "busy": [{ "n": 3 }] }).to_string(),
            ),
            _ => ok(json!({})),
        })
        .await;
        let group = match continues {
            true => GROUP.replace("for_each:", "on_failure: continue, for_each:"),
            false => GROUP.to_owned(),
        };
        let mapper = mapper_of([
            ("mappings/acme/1/version.yaml", VERSION),
            ("mappings/acme/1/group.yaml", group.leak()),
            ("mappings/acme/1/identify.yaml", "message: identify\nsteps: {}"),
        ]);
        let (ended, _) = deliver(mapper, &server, vec![several("u1", [1, 2, 3])]).await;
        assert_eq!(all_notes(&server), [vec![1, 2, 3], vec![3]]);
        let Outcome::Failed(failure) = &ended[0] else { panic!("{ended:?}") };
        assert_eq!(failure.code, "item_failed");
        let failed: Vec<(usize, String)> = failure
            .items
            .iter()
            .map(|item| (item.index, item.problem.api.code.clone().unwrap_or_default()))
            .collect();
        assert_eq!(failed, expected);
        assert_eq!(failure.done.len(), if continues { 2 } else { 0 });
    }
}

#[tokio::test]
async fn what_differs_goes_apart_and_what_is_urgent_alone() {
    let server = Server::start(|_, _| ok(json!({}))).await;
    let mut events = users(6);
    for (n, event) in events.iter_mut().enumerate() {
        event["properties"]["topic"] = json!(if n % 2 == 0 { "even" } else { "odd" });
    }
    events[3]["properties"]["urgent"] = json!(true);
    let (ended, _) = deliver(mapper(), &server, events).await;
    assert_delivered(&ended, 6);
    let mut sent = all_notes(&server);
    sent.sort();
    assert_eq!(sent.concat().len(), 6);
    assert!(sent.contains(&vec![0, 2, 4]) && sent.contains(&vec![3]), "{sent:?}");
    let received = server.received.lock().unwrap();
    let even = received.iter().find(|received| notes(received) == [0, 2, 4]).unwrap();
    let body = json!({ "topic": "even", "notes": [
        { "n": 0, "user": "u0" }, { "n": 2, "user": "u2" }, { "n": 4, "user": "u4" },
    ] });
    assert_eq!(serde_json::from_str::<Value>(&even.body).unwrap(), body);
}

#[tokio::test]
async fn every_event_has_the_outcome_of_its_item() {
    let server = Server::start(|count, _| match count {
        0 => Reply::Answer(
            207,
            vec![("Content-Type", "application/json".to_owned())],
            json!({ "refused": [{ "at": 1, "code": "bad_n", "why": "n is odd" }], "busy": [{ "n": 2 }],
                "odd": [{ "at": 3, "why": "no list" }] })
            .to_string(),
        ),
        _ => ok(json!({})),
    })
    .await;
    let (ended, _) = deliver(mapper(), &server, users(4)).await;
    assert_eq!(all_notes(&server), [vec![0, 1, 2, 3], vec![2]], "only what is busy is sent again");
    assert!(matches!(&ended[0], Outcome::Delivered(it) if it.warnings.is_empty()));
    let Outcome::Failed(failure) = &ended[1] else { panic!("{ended:?}") };
    assert_eq!((failure.class, failure.status, failure.attempts), (FailureClass::GaveUp, Some(207), 1));
    assert_eq!(
        (failure.api.code.as_deref(), failure.api.message.as_deref()),
        (Some("bad_n"), Some("n is odd"))
    );
    assert!(matches!(&ended[2], Outcome::Delivered(it) if it.warnings.is_empty()));
    let Outcome::Delivered(delivered) = &ended[3] else { panic!("{ended:?}") };
    assert_eq!(delivered.warnings[0].message, "no list");
}

#[tokio::test]
async fn failures_of_items_that_were_not_sent_are_counted() {
    // a batch of two, and one that is sent alone
    let unknown = json!({ "refused": [{ "at": 7 }, { "at": 8 }] }).to_string();
    let server = Server::start(move |_, _| {
        Reply::Answer(207, vec![("Content-Type", "application/json".to_owned())], unknown.clone())
    })
    .await;
    let mut urgent = track("u3", 3);
    urgent["properties"]["urgent"] = json!(true);
    let events = [users(2), vec![urgent]].concat();
    let driver = Driver::builder(mapper(), client(&server.url)).config(config()).build();
    let delivery = driver.deliver(incoming(events));
    let metrics = delivery.metrics().clone();
    let (ended, _) = outcomes(delivery).await;
    assert_delivered(&ended, 3);
    assert_eq!((metrics.snapshot().requests, metrics.snapshot().unmatched), (2, 2));
    assert!(metrics.prometheus().contains("mapwright_unmatched_total{"), "{}", metrics.prometheus());
}

#[tokio::test]
async fn a_refused_batch_is_split_until_the_culprit_is_alone() {
    for (code, requests) in [(413, 5), (422, 5)] {
        let server = Server::start(move |_, received| match notes(received).contains(&2) {
            true => status(code),
            false => ok(json!({})),
        })
        .await;
        let (ended, _) = deliver(mapper(), &server, users(4)).await;
        let Outcome::Failed(failure) = &ended[2] else { panic!("{ended:?}") };
        assert_eq!((failure.class, failure.status), (FailureClass::GaveUp, Some(code)));
        for event in [0, 1, 3] {
            assert!(matches!(ended[event], Outcome::Delivered(_)), "{ended:?}");
        }
        assert_eq!(all_notes(&server).len(), requests, "{:?}", all_notes(&server));
        assert_eq!(all_notes(&server)[0], [0, 1, 2, 3]);
    }
}

#[tokio::test]
async fn a_batch_without_a_usable_answer_is_sent_again_as_it_was() {
    let server = Server::start(|count, _| match count {
        0 => Reply::Close,
        1 => status(503),
        _ => ok(json!({})),
    })
    .await;
    let (ended, _) = deliver(mapper(), &server, users(4)).await;
    assert_delivered(&ended, 4);
    assert_eq!(all_notes(&server), vec![vec![0, 1, 2, 3]; 3]);
}

#[tokio::test]
async fn no_attempt_left_or_an_unknown_fate_fails_all_events_of_the_batch() {
    let server = Server::start(|_, _| status(503)).await;
    let (ended, _) = deliver(mapper(), &server, users(4)).await;
    for outcome in &ended {
        let Outcome::Failed(failure) = outcome else { panic!("{ended:?}") };
        assert_eq!((failure.class, failure.attempts), (FailureClass::Retries, 4));
    }
    assert_eq!(server.count(), 4);
    let server = Server::start(|_, _| Reply::Close).await;
    let mapper = mapper_like(("rate: default\n    idempotent: true", "rate: default"));
    let (ended, _) = deliver(mapper, &server, users(4)).await;
    for outcome in &ended {
        let Outcome::Failed(failure) = outcome else { panic!("{ended:?}") };
        assert_eq!(failure.class, FailureClass::UnknownFate);
    }
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn events_that_share_a_request_fail_at_their_own_steps() {
    let server = Server::start(|_, _| Reply::Close).await;
    let mapper = mapper_like(("rate: default\n    idempotent: true", "rate: default"));
    let remark = json!({ "type": "identify", "userId": "u9", "traits": { "n": 9 } });
    let (ended, _) = deliver(mapper, &server, vec![track("u1", 1), remark]).await;
    let said = ended.iter().map(|outcome| match outcome {
        Outcome::Failed(failure) => {
            (failure.step.as_str(), failure.message.starts_with(&format!("`{}` ", failure.step)))
        }
        other => panic!("{other:?}"),
    });
    assert_eq!(said.collect::<Vec<_>>(), [("note", true), ("remark", true)]);
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn batches_fill_while_the_limit_makes_them_wait() {
    let server = Server::start(|_, _| ok(json!({}))).await;
    let mapper = mapper_of([
        (
            "mappings/acme/1/version.yaml",
            VERSION.replace("most: 4", "most: 1000").replace("60s", "1ms").leak(),
        ),
        ("mappings/acme/1/track.yaml", TRACK),
        ("mappings/acme/1/page.yaml", PAGE),
        ("mappings/acme/1/identify.yaml", "message: identify\nsteps: {}"),
    ]);
    let mut config = config();
    config.rate = Some(mapwright_driver::Quota { requests: 2, per: Duration::from_millis(400) });
    let events = users(200);
    // they come one by one, so that each would be a batch of its own as soon as it has waited
    let slow = stream::iter(events.into_iter().enumerate()).then(|(tag, event)| async move {
        tokio::time::sleep(Duration::from_millis(1)).await;
        Incoming::new(event.to_string(), tag)
    });
    let driver = Driver::builder(mapper, client(&server.url)).config(config).build();
    let started = std::time::Instant::now();
    let (ended, _) = outcomes(driver.deliver(slow)).await;
    assert_delivered(&ended, 200);
    let allowed = 2 * (started.elapsed().as_millis() as usize / 400 + 1);
    let sizes: Vec<usize> = all_notes(&server).iter().map(Vec::len).collect();
    assert!(sizes.len() <= allowed && sizes.iter().sum::<usize>() == 200, "{sizes:?}, {allowed} allowed");
    assert!(sizes.iter().any(|size| *size > 4), "{sizes:?}");
}

#[tokio::test]
async fn steps_before_and_after_a_batch_keep_to_the_order_of_their_user() {
    let server = Server::start(|_, _| Reply::After(Duration::from_millis(2), Box::new(ok(json!({}))))).await;
    let events: Vec<Value> = (0..24).map(|n| page(&format!("u{}", n % 3), n)).collect();
    let mapper = mapper_like(("60s", "20ms"));
    let (ended, _) = deliver(mapper, &server, events).await;
    assert_delivered(&ended, 24);
    let received = server.received.lock().unwrap();
    for user in 0..3 {
        let path = format!("PUT /people/u{user}");
        let mine = received.iter().flat_map(|received| match received.line == path {
            true => vec![serde_json::from_str::<Value>(&received.body).unwrap()["n"].as_u64().unwrap()],
            false if received.line == "POST /notes" => {
                notes(received).into_iter().filter(|n| n % 3 == user).collect()
            }
            false => Vec::new(),
        });
        let expected: Vec<u64> = (0..24).filter(|n| n % 3 == user).flat_map(|n| [n, n, n]).collect();
        assert_eq!(mine.collect::<Vec<_>>(), expected);
    }
}

#[tokio::test]
async fn a_request_after_a_batch_is_no_further_attempt_of_it() {
    // the person, the note, the note once more, the person again
    let server = Server::start(|number, _| match number {
        1 => status(503),
        3 => status(400),
        _ => ok(json!({})),
    })
    .await;
    let driver = Driver::builder(mapper(), client(&server.url)).config(config()).build();
    let delivery = driver.deliver(incoming(vec![page("u1", 1)]));
    let metrics = delivery.metrics().clone();
    let (ended, _) = outcomes(delivery).await;
    let [Outcome::Failed(failure)] = ended.as_slice() else { panic!("{ended:?}") };
    assert_eq!((failure.step.as_str(), failure.status, failure.attempts), ("again", Some(400), 1));
    let numbers = metrics.snapshot();
    assert_eq!((numbers.requests, numbers.retries), (4, 1));
}

#[tokio::test]
async fn refused_credentials_pause_the_delivery_and_nothing_is_lost() {
    let server = Server::start(|_, _| status(401)).await;
    let driver = Driver::builder(mapper(), client(&server.url)).config(config()).build();
    let mut delivery = driver.deliver(incoming(users(10)));
    let mut ended = Vec::new();
    while let Some(finished) = delivery.next().await {
        assert!(matches!(finished.outcome, Outcome::Unfinished(Unfinished::Paused)), "{finished:?}");
        ended.push((finished.status, finished.last_failure));
    }
    assert_eq!(ended.len(), 10);
    let (sent, unsent): (Vec<_>, Vec<_>) = ended.into_iter().partition(|(status, _)| status.is_some());
    let answered = Some(FailedAttempt::new("note", "answered with 401"));
    assert!(!sent.is_empty() && sent.iter().all(|(_, failure)| *failure == answered), "{sent:?}");
    assert!(unsent.iter().all(|(_, failure)| failure.is_none()), "{unsent:?}");
    let ending = delivery.end().await.unwrap().ending;
    let Ending::Paused(failure) = ending else { panic!("{ending:?}") };
    assert_eq!((failure.status, failure.code.as_str()), (Some(401), "unauthorized"));
}

#[tokio::test]
async fn events_that_wait_for_a_kept_response_give_their_places_free_with_their_items() {
    let answer = |_, received: &Received| match received.line.as_str() {
        "GET /topic" => Reply::After(Duration::from_millis(20), Box::new(ok(json!({ "topic": "t" })))),
        _ => ok(json!({})),
    };
    for concurrency in [1, 3, 100] {
        let server = Server::start(answer).await;
        let mut config = config();
        config.concurrency = concurrency;
        let driver = Driver::builder(mapper(), client(&server.url)).config(config).build();
        let alias = |n: u64| json!({ "type": "alias", "userId": format!("u{n}"), "properties": { "n": n } });
        let all = outcomes(driver.deliver(incoming((0..22).map(alias).collect())));
        let (ended, _) = tokio::time::timeout(Duration::from_secs(20), all).await.unwrap();
        assert_delivered(&ended, 22);
        let asked =
            server.received.lock().unwrap().iter().filter(|received| received.line == "GET /topic").count();
        let mut sent = all_notes(&server).concat();
        sent.sort_unstable();
        assert_eq!((asked, sent), (1, (0..22).collect::<Vec<u64>>()), "concurrency {concurrency}");
    }
}

#[tokio::test]
async fn a_stop_lets_events_end_whose_items_were_sent() {
    let stopper = Arc::new(OnceLock::<Stopper>::new());
    let stops = stopper.clone();
    // the person of one event: the notes of the others were sent, and their persons were not
    let server = Server::start(move |number, _| {
        if number == 2 {
            stops.get().unwrap().stop();
            return Reply::After(Duration::from_millis(50), Box::new(ok(json!({}))));
        }
        ok(json!({}))
    })
    .await;
    let driver = Driver::builder(mapper(), client(&server.url)).config(config()).build();
    let screen = |n: u64| json!({ "type": "screen", "userId": format!("u{n}"), "properties": { "n": n } });
    let delivery = driver.deliver(incoming((1..=3).map(screen).collect()));
    stopper.set(delivery.stopper()).unwrap();
    let (ended, ending) = outcomes(delivery).await;
    assert_delivered(&ended, 3);
    assert_eq!((all_notes(&server), ending), (vec![vec![1, 2, 3]], Ending::Stopped));
}

#[tokio::test]
async fn an_open_batch_is_sent_when_it_has_waited_and_when_the_delivery_is_stopped() {
    let server = Server::start(|_, _| ok(json!({}))).await;
    for wait in ["20ms", "60s"] {
        server.received.lock().unwrap().clear();
        let driver =
            Driver::builder(mapper_like(("60s", wait)), client(&server.url)).config(config()).build();
        // no end of input
        let events = incoming(users(2)).chain(stream::pending());
        let mut delivery = driver.deliver(events);
        if wait == "60s" {
            let stopper = delivery.stopper();
            let metrics = delivery.metrics().clone();
            tokio::spawn(async move {
                while metrics.snapshot().read < 2 {
                    tokio::task::yield_now().await;
                }
                stopper.stop();
            });
        }
        for _ in 0..2 {
            let finished = delivery.next().await.unwrap();
            assert!(matches!(finished.outcome, Outcome::Delivered(_)), "{:?}", finished.outcome);
            finished.acknowledge();
        }
        assert_eq!(all_notes(&server).concat().len(), 2);
    }
}
