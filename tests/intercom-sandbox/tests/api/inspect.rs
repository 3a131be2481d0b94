//! The inspection endpoints.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use intercom_sandbox::{Class, State};
use serde_json::json;

use crate::client::{Fixture, start, start_with};

async fn fill(api: &Fixture, users: impl Iterator<Item = u32>) {
    for user in users {
        let id = api.contact(&format!("u-{user}")).await;
        let company = api.post("/companies", json!({ "company_id": format!("c-{}", user % 3) })).await.id();
        api.post(&format!("/contacts/{id}/companies"), json!({ "id": company })).await.id();
        api.post("/tags", json!({ "name": format!("t-{}", user % 2), "users": [{ "id": id }] })).await.id();
        let event = json!({ "event_name": "ordered", "created_at": user, "user_id": format!("u-{user}") });
        assert_eq!(api.post("/events", event).await.status, 202);
        api.clock.advance(1_000);
    }
}

/// The state depends on what was sent, neither on the order of independent requests nor on the time.
#[tokio::test]
async fn states_compare_between_runs() {
    let (first, second) = (start("2.10").await, start("2.10").await);
    fill(&first, 0..12).await;
    fill(&second, (0..12).rev()).await;
    assert_eq!(first.sandbox.state(), second.sandbox.state());
    assert_eq!(first.sandbox.state_with_ids(), second.sandbox.state_with_ids());
    assert_eq!(first.sandbox.state().contacts[0].id, None);
}

/// HTTP and the library return the same.
#[tokio::test]
async fn the_pages_tell_what_the_library_tells() {
    let api = start_with("2.10", |b| b.log_bodies()).await;
    fill(&api, 0..2).await;
    assert_eq!(api.get_inspect("state").await, serde_json::to_value(api.sandbox.state()).unwrap());
    let ids = api.get_inspect("state?ids=internal").await;
    assert_eq!(ids, serde_json::to_value(api.sandbox.state_with_ids()).unwrap());
    assert_eq!(api.get_inspect("stats").await, serde_json::to_value(api.sandbox.stats()).unwrap());
    let requests = api.get_inspect("requests").await;
    let first = json!({
        "sequence": 1, "ms": 0, "method": "POST", "path": "/contacts", "taken_as": "2.10", "status": 200, "fault": null,
        "applied": true, "delay_ms": 0, "class": "ok", "body": "{\"external_id\":\"u-0\"}",
    });
    assert_eq!(requests[0], first);
}

/// The log keeps the last requests, and counts all of them.
#[tokio::test]
async fn the_log_is_bounded() {
    let api = start_with("2.10", |b| b.log_length(2)).await;
    for path in ["/me", "/me", "/none", "/contacts/none"] {
        api.get(path).await;
    }
    let kept: Vec<_> = api.sandbox.requests().into_iter().map(|r| (r.sequence, r.path, r.class)).collect();
    assert_eq!(kept, [(3, "/none".into(), Class::NotFound), (4, "/contacts/none".into(), Class::NotFound)]);
    let stats = api.sandbox.stats();
    assert_eq!((stats.total, stats.forgotten, stats.by_status[&200], stats.by_status[&404]), (4, 2, 2, 2));
}

/// A reset clears everything except the options.
#[tokio::test]
async fn a_reset_forgets_everything() {
    let api = start("2.10").await;
    let before = api.sandbox.state();
    fill(&api, 0..2).await;
    api.sandbox.reset();
    assert_eq!(api.sandbox.state(), before);
    assert_eq!((before.attributes.len(), State::default().attributes.len()), (2, 0));
    assert_eq!((api.sandbox.stats().total, api.sandbox.requests().len()), (0, 0));
}

/// Shutting a sandbox down closes its port and open connections.
#[tokio::test]
async fn a_sandbox_stops() {
    let api = start("2.10").await;
    let addr = api.sandbox.addr();
    let mut open = tokio::net::TcpStream::connect(addr).await.unwrap();
    api.get("/me").await;
    api.sandbox.shutdown().await;
    let mut end = [0];
    assert!(!matches!(tokio::io::AsyncReadExt::read(&mut open, &mut end).await, Ok(1..)));
    assert!(tokio::net::TcpStream::connect(addr).await.is_err());
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// The command prints one line with its address, and accepts the options.
#[test]
fn the_command_prints_its_address() {
    let options =
        ["--port", "0", "--attribute", "contact:plan:string", "--fault", "all=0", "--latency", "0..0"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_intercom-sandbox"));
    let mut running = Running(command.args(options).stdout(Stdio::piped()).spawn().unwrap());
    let mut line = String::new();
    BufReader::new(running.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let addr = line.strip_prefix("listening on http://127.0.0.1:").unwrap();
    let port: u16 = addr.trim_end().parse().unwrap();
    std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
}

/// Invalid options are refused, and the error states what was expected.
#[test]
fn the_command_refuses_bad_options() {
    let expected = [
        (["--fault", "drop-later=0.1"], "`drop-later` is not a fault; expected one of error-500, error-502"),
        (["--fault", "drop-after=2"], "expected `fault=probability` with a probability from 0 to 1"),
        (["--attribute", "contact:plan:text"], "expected `contact:name:type` or `company:name:type`"),
        (["--default-version", "2.1"], "the sandbox knows versions 1.4 and 2.7 to 2.16, not `2.1`"),
        (["--latency", "9..5"], "expected milliseconds such as `5..50`"),
    ];
    for (options, message) in expected {
        let output = Command::new(env!("CARGO_BIN_EXE_intercom-sandbox")).args(options).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(text.contains(message), "{text}");
    }
}
