//! Logs contain what happens, and nothing of the event or the settings.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod support;

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use serde_json::json;
use support::{Reply, Server, config, deliver, ok, status};
use tracing::Level;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn logs_hold_neither_secrets_nor_personal_data() {
    let lines = Lines::default();
    let out = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(Level::TRACE)
        .with_ansi(false)
        .with_writer(move || out.clone())
        .finish();
    // the runtime of this test has one thread
    let _guard = tracing::subscriber::set_default(subscriber);
    let server = Server::start(|n, _| match n {
        0 => ok(json!({ "id": "private-id" })),
        1 => Reply::Close,
        2 => Reply::Answer(503, Vec::new(), r#"{"message":"ada@example.com, the-token"}"#.to_owned()),
        3 => Reply::Answer(429, vec![("Retry-After", "0".to_owned())], String::new()),
        _ => status(401),
    })
    .await;
    let mut config = config();
    config.circuit.failures = 2;
    let event = json!({ "type": "identify", "userId": "ada@example.com", "traits": { "n": "private" } });
    deliver(&server, config, vec![event]).await;
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    // other crates' logs at these levels are up to them and the operator
    let ours: Vec<&str> = text.lines().filter(|line| line.contains("mapwright_driver")).collect();
    let ours = ours.join("\n");
    for expected in [
        r#"event{sequence=0 kind="identify"}"#,
        r#"step="find" class="2xx" attempt=1"#,
        r#"step="update" class="no_answer" attempt=1"#,
        r#"class="5xx" attempt=2"#,
        "the destination does not respond or fails; events wait",
        "the destination responds again",
        "throttled; the rate group waits",
        "delivery pauses: `update` was answered with 401: check the key",
    ] {
        assert!(ours.contains(expected), "`{expected}` is not in:\n{ours}");
    }
    for hidden in ["the-token", "ada", "private", "127.0.0.1", "http"] {
        assert!(!ours.contains(hidden), "`{hidden}` is in:\n{ours}");
    }
}
