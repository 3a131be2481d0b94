//! What conditions read: JSONPaths, value sets and the response as text.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

use mapwright_tests::{
    Became, DESTINATION, VERSION, bind, compile, drive, findings, mapper, preview, sources,
};
use serde_json::{Value, json};

fn conditions(list: &str) -> mapwright::Mapper {
    let identify = format!(
        "message: identify\npayload: {{ it: {{ yes: {{ value: true, when: '{list}' }} }} }}\nsteps: {{ send: {{ operation: send, body: it }} }}"
    );
    let version = format!("{VERSION}sets: {{ plans: [pro, team], unused: [x] }}\n");
    let files = [
        ("mappings/acme/destination.yaml", DESTINATION),
        ("mappings/acme/1.0/version.yaml", version.as_str()),
        ("mappings/acme/1.0/identify.yaml", identify.as_str()),
    ];
    bind(&compile(&files.into_iter().collect()), "acme", json!({}))
}

fn holds(condition: &str, event: Value) -> bool {
    preview(&conditions(condition), &event).body() == json!({ "yes": true })
}

#[test]
fn a_jsonpath_reads_the_event() {
    let event =
        json!({ "type": "identify", "odd key": { "x": [1, 2] }, "payload": { "a": true }, "_": { "x": 3 } });
    for condition in [
        r#"$["odd key"].x[1] == 2"#,
        "$.payload.a",
        "$.nothing is undefined",
        "$.payload.a and $.type == \"identify\"",
        r#""$.x" == "$" ~ ".x""#,
    ] {
        assert!(holds(condition, event.clone()), "{condition}");
    }
    assert!(!holds("$.x", json!({ "type": "identify", "_": { "x": 3 } })));
}

#[test]
fn a_value_set_is_a_list() {
    let event = |plan: &str| json!({ "type": "identify", "event": plan });
    assert!(holds("event in $plans", event("pro")));
    assert!(!holds("event in $plans", event("free")));
    assert!(holds("event not in $plans and $plans|length == 2", event("free")));
}

#[test]
fn a_setting_may_be_a_list() {
    let destination = DESTINATION.replace("  flag:", "  events: { type: list }\n  flag:");
    let identify = "message: identify\nskip: [{ when: event not in settings.events, reason: not listed }]\nsteps: { send: { operation: send } }";
    let files = [
        ("mappings/acme/destination.yaml", destination.as_str()),
        ("mappings/acme/1.0/version.yaml", VERSION),
        ("mappings/acme/1.0/identify.yaml", identify),
    ];
    let mapper = bind(&compile(&files.into_iter().collect()), "acme", json!({ "events": ["a", "b"] }));
    let skipped = |event: &str| {
        matches!(preview(&mapper, &json!({ "type": "identify", "event": event })), Became::Skipped(_))
    };
    assert!(!skipped("a") && skipped("c"));
}

#[test]
fn a_path_to_several_values_says_what_to_do() {
    let text = "message: identify\nsteps: { send: { operation: send, when: '\"a\" in $.users[*].id' } }";
    insta::assert_snapshot!(findings(&sources(text)));
    let text = "message: identify\nsteps: { send: { operation: send, when: '$nothing' } }";
    insta::assert_snapshot!(findings(&sources(text)));
}

const TEXT: &str = r#"
message: identify
steps:
  find:
    operation: find
    on:
      - { when: response.body is undefined and response.text is undefined, class: give_up, code: empty }
      - { when: '"<html" in response.text', class: give_up, code: page }
      - { when: response.body is undefined, class: give_up, code: text }
    capture: { text: response.text }
  send: { operation: send, body: { text: captures.text } }
"#;

#[test]
fn an_empty_object_is_a_body_and_nothing_is_none() {
    let mapper = mapper(TEXT, json!({}));
    let mut ends = Vec::new();
    for body in ["{}", "null", "", "<html>", "ok"] {
        let mut scratch = mapwright::Scratch::new();
        let mapwright::Outcome::Mapped(mut run) = mapper.map(r#"{"type":"identify"}"#, 0, &mut scratch)
        else {
            panic!()
        };
        run.request().unwrap().unwrap();
        let end = run.respond(&mapwright::Response::new(200, [], body), 0);
        ends.push(match end {
            Ok(_) => "done".to_owned(),
            Err(mapwright::Ended::Failed(failure)) => failure.code,
            Err(other) => panic!("{other:?}"),
        });
    }
    assert_eq!(ends, ["done", "done", "empty", "page", "text"]);
    let (sent, _) = drive(&mapper, &json!({ "type": "identify" }), &[(200, json!({ "a": 1 }))]);
    assert_eq!(sent[1].body, json!({ "text": "{\"a\":1}" }));
}
