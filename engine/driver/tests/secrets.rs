//! What a delivery hands out, logs, counts and remembers holds no secret, whatever an API repeats.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod support;

use std::fs;
use std::path::Path;
use std::time::Duration;

use mapwright_driver::checkpoint::{Identity, LogCheckpoint};
use mapwright_driver::{Client, ClientConfig, Delivery, Driver, Ending, Outcome};
use serde_json::{Value, json};
use support::{
    Received, Reply, Server, client, config, identify, incoming, mapper, ok, outcomes, page, track,
};

/// The token of the mapper in the forms that an API may repeat it in.
const FORMS: [&str; 6] = [
    "the-token",
    "Bearer the-token",
    "the%2Dtoken",
    "%74he%2dtoken",
    // `ada:the-token`
    "Basic YWRhOnRoZS10b2tlbg==",
    r"\u0074he-token",
];
/// What is in one of them, and in nothing else.
const TRACES: [&str; 6] = ["the-token", "the%2", "%2dtoken", "RoZS10b2tlb", "u0074", "token\""];

fn assert_clean(what: &str, text: &str) {
    for trace in TRACES {
        assert!(!text.contains(trace), "`{trace}` is in {what}:\n{text}");
    }
}

fn start(path: &Path, server: &Server, events: Vec<Value>) -> Delivery<usize> {
    let identity = Identity::new("events", "acme", "1");
    Driver::builder(mapper(), client(&server.url))
        .config(config())
        .checkpoint(LogCheckpoint::resume(path, identity).unwrap())
        .build()
        .deliver(incoming(events))
}

/// An error that repeats something in its body and in its headers.
fn repeat(status: u16, form: &str) -> Reply {
    let body = json!({ "code": form, "message": format!("no app for `{form}`"), "key": form });
    let headers = vec![
        ("Content-Type", "application/json".to_owned()),
        ("Location", format!("/login?key={form}")),
        ("X-Key", form.to_owned()),
    ];
    Reply::Answer(status, headers, body.to_string())
}

#[tokio::test]
async fn outcomes_and_checkpoints_have_none() {
    for form in FORMS {
        for status in [302, 400, 401, 500] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("log");
            let server = Server::start(move |_, _| repeat(status, form)).await;
            let mut delivery = start(&path, &server, vec![page("u1", 1), track("u2", 2)]);
            let mut shown = String::new();
            while let Some(finished) = delivery.next().await {
                shown += &format!("{finished:?}\n");
                // not acknowledged, so that it stays in the checkpoint
            }
            shown += &delivery.metrics().prometheus();
            shown += &format!("{:?}", delivery.metrics().last_failure());
            shown += &format!("{:?}", delivery.end().await.unwrap());
            assert_clean(&format!("what came of {status} {form}"), &shown);
            assert!(status == 302 || shown.contains("no app for"), "{status} {form}: {shown}");
            assert_clean("the checkpoint", &fs::read_to_string(&path).unwrap());
        }
    }
}

/// Has the delivery of an event break off behind its first response, and end after that.
async fn interrupted(
    folder: &Path,
    first: impl Fn(&Received) -> Reply + Send + 'static,
) -> (Vec<String>, String) {
    let path = folder.join("log");
    let server = Server::start(move |n, received| match n {
        1 => Reply::Silence,
        _ if received.line.starts_with("GET") => first(received),
        _ => ok(json!({})),
    })
    .await;
    let delivery = start(&path, &server, vec![identify("u1", 1)]);
    while server.count() < 2 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    drop(delivery);
    while fs::File::open(&path).unwrap().try_lock().is_err() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let kept = fs::read_to_string(&path).unwrap();
    let (outcomes, ending) = outcomes(start(&path, &server, vec![identify("u1", 1)])).await;
    assert!(matches!(outcomes[0], Outcome::Delivered(_)), "{outcomes:?}");
    assert_eq!(ending, Ending::Complete);
    (server.lines(), kept)
}

#[tokio::test]
async fn a_recorded_answer_is_replayed_with_the_secret_that_stood_in_it() {
    let folder = tempfile::tempdir().unwrap();
    // the response leads to the next request
    let first = |_: &Received| ok(json!({ "id": "x-the-token", "more": "\u{1a}the-token" }));
    let (lines, kept) = interrupted(folder.path(), first).await;
    assert_clean("the checkpoint", &kept);
    assert!(kept.contains(r"x-\u001aapiKey\u001a"), "{kept}");
    assert_eq!(lines, ["GET /people?q=u1", "PUT /people/x-the-token", "PUT /people/x-the-token"]);
}

#[tokio::test]
async fn an_answer_whose_secret_could_not_be_put_back_is_asked_for_again() {
    let folder = tempfile::tempdir().unwrap();
    let first = |_: &Received| ok(json!({ "id": "p1", "next": "/people?key=the%2dtoken" }));
    let (lines, kept) = interrupted(folder.path(), first).await;
    assert_clean("the checkpoint", &kept);
    assert_eq!(lines, ["GET /people?q=u1", "PUT /people/p1", "GET /people?q=u1", "PUT /people/p1"]);
}

#[test]
fn a_base_url_shows_no_password() {
    for url in
        ["http://ada:the-token@127.0.0.1:1/x", "ftp://ada:the-token@127.0.0.1", "http://the-token@127.0.0.1"]
    {
        let mut config = ClientConfig::default();
        config.base_url = Some(url.parse().unwrap());
        let error = Client::new(&config).unwrap_err();
        let shown = format!("{config:?} {error} {error:?}");
        assert!(shown.contains("127.0.0.1") && !shown.contains("ada"), "{shown}");
        assert_clean("what is shown of a base URL", &shown);
    }
    let mut config = ClientConfig::default();
    config.base_url = Some("http://127.0.0.1:1/".parse().unwrap());
    assert!(format!("{:?}", Client::new(&config).unwrap()).contains("http://127.0.0.1:1/"));
}
