//! Calls of an SDK in the commands: `map`, `explain` and `test` show them, and `send` refuses them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::io::Write as _;

use common::{Ran, line, run, run_with, without_speed};
use serde_json::Value;

/// The arguments that select the destination whose SDK is called.
const TO_PARLEY: [&str; 3] = ["--no-builtin", "--mappings", "../../../../tests/mappings/parley/mappings"];

const EVENTS: &[u8] = br#"{"type":"identify","userId":"u1","traits":{"name":"Ada","createdAt":"soon","companies":[{"id":"c1","employees":"3"}]}}
{"type":"page","channel":"web"}
{"type":"track","event":"Opened","properties":{"page":2}}
{"type":"track"}
{"type":"group"}
"#;

fn parley(command: &str, args: &[&str], input: &[u8]) -> Ran {
    let ran = run_with(line(&[&[command], args, &TO_PARLEY]), input);
    Ran { stderr: without_speed(&ran.stderr), ..ran }
}

#[test]
fn events_are_shown_with_their_calls() {
    insta::assert_snapshot!(parley("map", &["--settings", "{}"], EVENTS));
}

#[test]
fn bodies_of_calls_are_verified_and_secrets_hidden() {
    let event = br#"{"type":"identify","userId":"u1"}"#;
    let settings = ["--settings", r#"{"identityKey":"sekrit"}"#, "--verify"];
    let ran = parley("map", &settings, event);
    assert!(ran.code == Some(0) && !ran.stdout.contains("sekrit"), "{ran}");
    let calls: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(calls["calls"][0]["call"], "Parley.update");
    // an event that is rejected by a schema says which argument and which line
    let event = br#"{"type":"track","event":7}"#;
    insta::assert_snapshot!(parley("map", &["--settings", "{}", "--verify"], event).stdout);
    // whatever stands together, calls do not
    let ran = parley("map", &["--settings", "{}", "--batches"], b"{\"type\":\"page\"}");
    assert!(
        ran.stdout.contains(r#""calls":[{"step":"update","call":"Parley.update","arguments":[]}]"#),
        "{ran}"
    );
}

#[test]
fn an_explanation_ends_with_the_calls() {
    let event = r#"{"type":"track","event":"Opened","properties":{"page":2,"list":[]}}"#;
    let text = run(line(&[&["explain", event, "--settings", "{}"], &TO_PARLEY]));
    insta::assert_snapshot!(text);
    let json = run(line(&[&["explain", event, "--settings", "{}", "--json"], &TO_PARLEY]));
    let said: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((&said["status"], said.get("requests")), (&Value::from("mapped"), None), "{json}");
    assert_eq!(said["calls"][0]["arguments"], serde_json::json!(["Opened", { "page": 2 }]));
}

#[test]
fn nothing_is_sent_of_an_event_that_becomes_calls() {
    let folder = tempfile::tempdir().unwrap();
    let letters = folder.path().join("letters.ndjson");
    let letters = letters.to_str().unwrap();
    let one = br#"{"type":"track","event":"Opened"}"#;
    let dry = parley("send", &["--settings", "{}", "--dry-run"], one);
    let sent = parley("send", &["--settings", "{}", "--dead-letter", letters], one);
    let mut text = String::new().into_bytes();
    write!(text, "{dry}\n\n{sent}\n\n{}", std::fs::read_to_string(letters).unwrap()).unwrap();
    insta::assert_snapshot!(String::from_utf8(text).unwrap());
}

#[test]
fn tests_are_recorded_and_updated_with_calls() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join("mappings").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("chat/destination.yaml", "title: Chat\nnames: [Chat]\nversions: { default: web }\n");
    write(
        "chat/web/version.yaml",
        "version: web\noperations: { track: { call: Chat.track, arguments: [event, properties] } }\n",
    );
    write("chat/web/track.yaml", "message: track\nsteps: { track: { operation: track } }\n");
    write(
        "chat/web/track.test.yaml",
        "tests:\n  - name: one\n    event: { type: track, event: Opened, properties: { page: 2 } }\n    expect:\n      calls:\n        - { step: tracked, arguments: [Opend, { page: 1 }] }\n",
    );
    let mappings = folder.path().join("mappings");
    let mappings = mappings.to_str().unwrap();
    let updated = run(["test", mappings, "--update"]);
    assert_eq!(updated.code, Some(0), "{updated}");
    let event = r#"{"type":"track","event":"Closed","properties":{}}"#;
    let recorded = run(["test", mappings, "--record", event, "--settings", "{}", "--name", "two"]);
    assert_eq!(recorded.code, Some(0), "{recorded}");
    let file = std::fs::read_to_string(folder.path().join("mappings/chat/web/track.test.yaml")).unwrap();
    // it states the time at which it was recorded
    let stated: Vec<&str> = file.lines().filter(|line| !line.trim_start().starts_with("now:")).collect();
    insta::assert_snapshot!(stated.join("\n"));
    assert_eq!(run(["test", mappings]).code, Some(0));
}
