//! Steps with `on_failure: continue` over real sockets: the items that fail are reported one by one, and sent again alone.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::stream;
use mapwright_driver::{Driver, FailureClass, Incoming, Outcome};
use serde_json::{Value, json};
use support::{Reply, Server, client, config, mapper_of, ok, outcomes, status};

const DELETE: &str = r#"
message: delete
destructive: true
steps:
  user:
    for_each: users
    on_failure: continue
    steps:
      find: { operation: find, query: { q: item }, capture: { id: response.body.id } }
      update: { operation: update, params: { id: captures.id }, body: { gone: { value: true } } }
"#;

#[tokio::test]
async fn those_that_failed_are_told_and_only_they_are_sent_again() {
    let mended = Arc::new(AtomicBool::new(false));
    let is_mended = mended.clone();
    let server = Server::start(move |_, received| match received.line.as_str() {
        "GET /people?q=b" if !is_mended.load(Ordering::Relaxed) => {
            Reply::Answer(422, Vec::new(), r#"{"code":"no","message":"never"}"#.to_owned())
        }
        // every attempt fails
        "PUT /people/c" if !is_mended.load(Ordering::Relaxed) => status(503),
        line => ok(json!({ "id": line.rsplit(['=', '/']).next() })),
    })
    .await;
    let event = json!({ "type": "delete", "users": ["a", "b", "c", "d"] }).to_string();
    let mut config = config();
    (config.destructive, config.retry.attempts, config.circuit.failures) = (true, 2, 1_000);
    let mapper = mapper_of([("mappings/acme/1/delete.yaml", DELETE)]);
    let driver = || Driver::builder(mapper.clone(), client(&server.url)).config(config.clone()).build();

    let (ended, _) = outcomes(driver().deliver(stream::iter([Incoming::new(event.clone(), 0)]))).await;
    let Outcome::Failed(failure) = &ended[0] else { panic!("{ended:?}") };
    assert_eq!(failure.class, FailureClass::GaveUp);
    assert_eq!(failure.to_string(), "`find` was answered with 422; 2 of 4 items of `user` failed");
    assert_eq!(failure.api.message.as_deref(), Some("never"));
    let told: Vec<Value> = failure.items.iter().map(|item| json!([item.item, item.problem.code])).collect();
    assert_eq!(told, [json!(["b", "http_422"]), json!(["c", "http_503"])]);
    let sent = server.lines();
    assert_eq!(sent.iter().filter(|line| *line == "PUT /people/c").count(), 2, "{sent:?}");
    assert_eq!(sent.last().map(String::as_str), Some("PUT /people/d"));

    // as a dead letter keeps it
    let kept = serde_json::from_value(serde_json::to_value(&failure.done).unwrap()).unwrap();
    mended.store(true, Ordering::Relaxed);
    let (ended, _) = outcomes(driver().deliver(stream::iter([Incoming::new(event, 0).without(kept)]))).await;
    assert!(matches!(&ended[0], Outcome::Delivered(_)), "{ended:?}");
    let again = ["GET /people?q=b", "PUT /people/b", "GET /people?q=c", "PUT /people/c"];
    assert_eq!(server.lines()[sent.len()..], again);
}
