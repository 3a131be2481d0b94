//! Responses that serve all events: a table of fields and a token, over real sockets and with many workers.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mapwright::{Mapper, Sources, Spec};
use mapwright_driver::{Driver, Ending, Outcome};
use serde_json::{Value, json};
use support::{Reply, Server, client, config, incoming, ok, outcomes, status};

/// The made-up destination that the tests beside mappings know as well.
fn mapper() -> Mapper {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/mappings/rolodex");
    let paths = [
        "mappings/rolodex/destination.yaml",
        "mappings/rolodex/1/version.yaml",
        "mappings/rolodex/1/identify.yaml",
        "schemas/rolodex/1/person.json",
    ];
    let read = |path| (path, std::fs::read_to_string(format!("{root}/{path}")).unwrap());
    let sources: Sources = paths.into_iter().map(read).collect();
    let plans = Spec::load(&sources).check().unwrap().compile();
    let settings = json!({ "clientId": "c1", "clientSecret": "hidden" });
    plans.plan("rolodex", None, &settings).unwrap().bind(&settings).unwrap()
}

/// What the API knows.
#[derive(Default)]
struct Api {
    /// How many tokens it has given; the last one is good, and those up to `over` are not.
    tokens: usize,
    over: usize,
    fields: Vec<&'static str>,
}

async fn start(api: &Arc<Mutex<Api>>) -> Server {
    let api = api.clone();
    Server::start(move |_, received| {
        let mut api = api.lock().unwrap();
        let (method, path) = received.line.split_once(' ').unwrap();
        let pause = |reply| Reply::After(Duration::from_millis(20), Box::new(reply));
        if method == "POST" {
            api.tokens += 1;
            return pause(ok(json!({ "token": format!("t{}", api.tokens) })));
        }
        let token = received.header("authorization").unwrap().strip_prefix("Bearer t").unwrap();
        if token.parse::<usize>().unwrap() <= api.over {
            return status(401);
        }
        if method != "GET" {
            return ok(json!({}));
        }
        // one field for each page
        let at = path.split_once("cursor=").map_or(0, |(_, at)| at.parse().unwrap());
        let next = (at + 1 < api.fields.len()).then_some(at + 1);
        let fields: Vec<Value> = api
            .fields
            .iter()
            .skip(at)
            .take(1)
            .map(|name| json!({ "name": name, "id": format!("id_{name}") }))
            .collect();
        pause(ok(json!({ "fields": fields, "next": next })))
    })
    .await
}

fn event(n: usize, traits: Value) -> Value {
    json!({ "type": "identify", "userId": format!("u{n}"), "traits": traits })
}

fn counts(server: &Server) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for line in server.lines() {
        let kind = if line.starts_with("PUT") { "PUT".to_owned() } else { line };
        *counts.entry(kind).or_default() += 1;
    }
    counts
}

async fn deliver(driver: Driver, events: Vec<Value>) {
    let (outcomes, ending) = outcomes(driver.deliver(incoming(events))).await;
    assert_eq!(ending, Ending::Complete);
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Delivered(_))), "{outcomes:?}");
}

fn driver(server: &Server) -> Driver {
    let mut config = config();
    config.concurrency = 50;
    Driver::builder(mapper(), client(&server.url)).config(config).build()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_workers_ask_once_for_the_table_and_the_token() {
    let api = Arc::new(Mutex::new(Api { fields: vec!["plan", "seats"], ..Api::default() }));
    let server = start(&api).await;
    deliver(driver(&server), (0..300).map(|n| event(n, json!({ "plan": "pro", "seats": n }))).collect())
        .await;
    let counts = counts(&server);
    assert_eq!(counts["PUT"], 300);
    assert_eq!(counts["POST /token?client=c1"], 1);
    assert_eq!((counts["GET /fields"], counts["GET /fields?cursor=1"]), (1, 1));
    let saved = server.received.lock().unwrap();
    let saved = saved.iter().find(|received| received.line == "PUT /people/u7").unwrap();
    assert_eq!(saved.body, r#"{"values":{"id_plan":"pro","id_seats":7}}"#);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_name_that_is_missing_is_looked_for_once_by_all() {
    let api = Arc::new(Mutex::new(Api { fields: vec!["plan"], ..Api::default() }));
    let server = start(&api).await;
    let mut events: Vec<Value> = vec![event(0, json!({ "plan": "pro" }))];
    events.extend((1..100).map(|n| event(n, json!({ "plan": "pro", "size": n }))));
    deliver(driver(&server), events).await;
    // the first table, and one that lacks the name as well
    assert_eq!(counts(&server)["GET /fields"], 2);
    assert_eq!(counts(&server)["POST /token?client=c1"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_token_that_is_refused_is_asked_for_once_by_all() {
    let api = Arc::new(Mutex::new(Api { fields: vec!["plan"], over: 1, ..Api::default() }));
    let server = start(&api).await;
    deliver(driver(&server), (0..200).map(|n| event(n, json!({ "plan": "pro" }))).collect()).await;
    let counts = counts(&server);
    assert_eq!((counts["PUT"], counts["POST /token?client=c1"]), (200, 2));
}
