//! Bodies that are not sent as plain JSON, over real sockets.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod support;

use std::sync::{Arc, Mutex};

use mapwright_driver::{Driver, Outcome};
use serde_json::json;
use support::{Received, Server, client, config, incoming, mapper_of, ok, outcomes, status};

const VERSION: &str = r#"
version: "1"
server: { value: https://api.acme.example.com }
operations:
  save: { method: PUT, path: "/documents/{id}", encoding: xml, compress: gzip, idempotent: true }
  update: { method: PUT, path: "/people/{id}", idempotent: true }
  find: { method: GET, path: /people, idempotent: true, compress: gzip }
  create: { method: POST, path: /people }
  note: { method: POST, path: /notes }
"#;

const PAGE: &str = r#"
message: page
payload: { person: { person: { object: { "@n": properties.n, name: properties.name } } } }
steps: { find: { operation: find }, save: { operation: save, params: { id: userId }, body: person } }
"#;

#[tokio::test]
async fn a_compressed_document_arrives_also_when_it_is_sent_again() {
    let all: Arc<Mutex<Vec<Received>>> = Arc::default();
    let received = all.clone();
    let server = Server::start(move |count, request| {
        received.lock().unwrap().push(request.clone());
        // the second request, which is the first update
        if count == 1 { status(503) } else { ok(json!({})) }
    })
    .await;
    let mapper = mapper_of([("mappings/acme/1/version.yaml", VERSION), ("mappings/acme/1/page.yaml", PAGE)]);
    let name = "x".repeat(50_000);
    let event = json!({ "type": "page", "userId": "u1", "properties": { "n": 7, "name": name } });
    let driver = Driver::builder(mapper, client(&server.url)).config(config()).build();
    let (ended, _) = outcomes(driver.deliver(incoming(vec![event]))).await;
    assert!(matches!(ended[0], Outcome::Delivered { .. }), "{ended:?}");
    let all = all.lock().unwrap();
    let [find, first, again] = all.as_slice() else { panic!("{} requests", all.len()) };
    assert_eq!((find.header("content-encoding"), find.body.as_str()), (None, ""));
    for update in [first, again] {
        let document =
            format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><person n=\"7\"><name>{name}</name></person>");
        assert!(update.body == document, "{} bytes", update.body.len());
        assert_eq!(update.header("content-type"), Some("application/xml"));
        assert!(update.header("content-length").unwrap().parse::<usize>().unwrap() < 1_000);
    }
}
