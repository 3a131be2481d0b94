//! Order keys of steps: their requests are in order, and everything else goes side by side.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod support;

use std::time::Duration;

use futures_util::StreamExt as _;
use mapwright_driver::{Driver, Ending, Outcome, Unfinished};
use serde_json::{Value, json};
use support::{Reply, Server, client, config, incoming, mapper_of, ok, outcomes, page, status};

const GROUP: &str = r#"
message: group
require: [{ any: [traits.n], otherwise: n is required }]
steps:
  find: { operation: find, query: { q: userId }, capture: { id: response.body.id } }
  save: { operation: update, order: { team: groupId }, params: { id: groupId }, body: { n: traits.n } }
  attach: { operation: note, body: { id: captures.id } }
"#;

/// Its events have the key of the group as a whole.
const PAGE: &str = r#"
message: page
order: { team: userId }
steps: { update: { operation: update, params: { id: userId }, body: { n: properties.n } } }
"#;

fn group(n: u64) -> Value {
    json!({ "type": "group", "userId": format!("u{n}"), "groupId": "g", "traits": { "n": n } })
}

fn slow() -> Reply {
    Reply::After(Duration::from_millis(30), Box::new(ok(json!({ "id": "p" }))))
}

fn saves(server: &Server) -> Vec<u64> {
    let received = server.received.lock().unwrap();
    let saves = received.iter().filter(|received| received.line == "PUT /people/g");
    saves.map(|save| serde_json::from_str::<Value>(&save.body).unwrap()["n"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn saves_are_in_order_and_the_rest_side_by_side() {
    let server = Server::start(|_, _| slow()).await;
    // with whole events of the same key among them, and one that is rejected
    let mapper = mapper_of([("mappings/acme/1/group.yaml", GROUP), ("mappings/acme/1/page.yaml", PAGE)]);
    let mut events: Vec<Value> = (0..30).map(|n| if n % 10 == 5 { page("g", n) } else { group(n) }).collect();
    events[7] = json!({ "type": "group", "groupId": "g", "userId": "u7" });
    // fewer slots than events that wait for their turn: those that wait take none
    for concurrency in [1, 2, 100] {
        server.received.lock().unwrap().clear();
        let mut config = config();
        config.concurrency = concurrency;
        let driver = Driver::builder(mapper.clone(), client(&server.url)).config(config).build();
        let (ended, ending) = outcomes(driver.deliver(incoming(events.clone()))).await;
        assert_eq!(ending, Ending::Complete);
        let delivered = ended.iter().filter(|outcome| matches!(outcome, Outcome::Delivered(_))).count();
        assert_eq!((ended.len(), delivered), (30, 29), "{ended:?}");
        let expected: Vec<u64> = (0..30).filter(|n| *n != 7).collect();
        assert_eq!(saves(&server), expected, "{concurrency} at once");
    }
    let open = server.open.lock().unwrap();
    assert!(open.most > 10, "{} at once", open.most);
}

#[tokio::test]
async fn a_stop_lets_no_event_wait_for_its_turn() {
    let server = Server::start(|_, received| match received.line.as_str() {
        "PUT /people/g" => status(503),
        _ => slow(),
    })
    .await;
    let mapper = mapper_of([("mappings/acme/1/group.yaml", GROUP)]);
    let mut config = config();
    (config.retry.first, config.retry.longest) = (Duration::from_secs(60), Duration::from_secs(60));
    (config.retry.attempts, config.circuit.failures) = (100, 1_000);
    let events = incoming((0..10).map(group).collect()).chain(futures_util::stream::pending());
    let delivery = Driver::builder(mapper, client(&server.url)).config(config).build().deliver(events);
    let stopper = delivery.stopper();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(300)).await;
        stopper.stop();
    });
    let (ended, ending) = tokio::time::timeout(Duration::from_secs(5), outcomes(delivery)).await.unwrap();
    assert_eq!((ended.len(), ending), (10, Ending::Stopped));
    assert!(ended.iter().all(|outcome| *outcome == Outcome::Unfinished(Unfinished::Stopped)), "{ended:?}");
    assert_eq!(server.lines().iter().filter(|line| line.starts_with("GET")).count(), 10);
}
