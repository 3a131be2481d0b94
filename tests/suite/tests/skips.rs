//! `skip`: events that a mapping does not send, for what it makes of them.

use mapwright::{Event, Mapper, Scratch};
use mapwright_tests::{Became, NOW, drive, findings, mapper, preview, sources};
use serde_json::{Value, json};

const MAPPING: &str = r#"
message: identify
values:
  sent_at: { from: timestamp, as: unix_millis }
  plan: { from: traits.plan, as: lowercase }
payload:
  contact:
    id: userId
    plan: { switch: $plan, cases: { free: { value: none } }, else: $plan }
    size: { from: traits.size, as: integer }
skip:
  - { when: payload.contact.plan == "none", reason: "the plan {{ $plan }} becomes {{ payload.contact.plan }}" }
  - { when: now - $sent_at > 604800000, reason: too old }
  - { when: payload.contact.size < 2, reason: too small }
require:
  - { any: [payload.contact.id], otherwise: a user is needed }
steps:
  send: { operation: send, body: contact }
"#;

fn identify() -> Mapper {
    mapper(MAPPING, json!({}))
}

fn event(members: Value) -> Value {
    let mut event = json!({ "type": "identify", "userId": "u1" });
    event.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    event
}

fn reason(event: &Value) -> Option<String> {
    match preview(&identify(), event) {
        Became::Skipped(skip) => {
            assert_eq!(skip.rule, "mapping");
            Some(skip.reason)
        }
        _ => None,
    }
}

#[test]
fn what_a_mapping_makes_of_an_event_can_skip_it() {
    let reason = |members: Value| reason(&event(members));
    assert_eq!(reason(json!({ "traits": { "plan": "FREE" } })).unwrap(), "the plan free becomes none");
    assert_eq!(reason(json!({ "traits": { "plan": "pro" } })), None);
    assert_eq!(reason(json!({ "timestamp": "2019-01-01T00:00:00Z" })).unwrap(), "too old");
    assert_eq!(reason(json!({ "traits": { "size": "1" } })).unwrap(), "too small");
    assert_eq!(reason(json!({ "traits": { "size": "2" } })), None);
}

#[test]
fn a_skip_goes_before_requirements_and_before_rows_that_reject() {
    // without a user id, and with a size that is not a number
    let skipped = json!({ "type": "identify", "traits": { "plan": "free", "size": "x" } });
    assert_eq!(reason(&skipped).unwrap(), "the plan free becomes none");
}

#[test]
fn a_skip_that_cannot_be_decided_rejects_after_the_requirements() {
    let mapper = identify();
    let undecided = event(json!({ "timestamp": "whenever" }));
    let rejection = preview(&mapper, &undecided).rejection();
    assert_eq!((rejection.code.as_str(), rejection.field.as_deref()), ("invalid_value", Some("$sent_at")));
    // another rule says that it is skipped, before or after
    assert_eq!(
        reason(&event(json!({ "timestamp": "whenever", "traits": { "size": 1 } }))).unwrap(),
        "too small"
    );
    assert_eq!(
        reason(&event(json!({ "timestamp": "whenever", "traits": { "plan": "free" } }))).unwrap(),
        "the plan free becomes none"
    );
    let rejection = preview(&mapper, &json!({ "type": "identify", "timestamp": "whenever" })).rejection();
    assert_eq!(rejection.message, "a user is needed");
    // a run says the same
    assert_eq!(drive(&mapper, &undecided, &[]).0.len(), 0);
}

#[test]
fn an_explanation_of_a_skipped_event_shows_what_its_rules_have_read() {
    let mut scratch = Scratch::new();
    let mapper = identify();
    let skipped = event(json!({ "traits": { "plan": "FREE" } }));
    let explained = mapper.explain(Event::Value(&skipped), NOW, &mut scratch);
    let fields: Vec<&str> = explained.fields.iter().map(|field| field.field.as_str()).collect();
    assert_eq!(fields, ["$plan", "contact.id", "contact.plan", "contact.size"]);
    let mapped = event(json!({}));
    let explained = mapper.explain(Event::Value(&mapped), NOW, &mut scratch);
    let mut fields: Vec<&str> = explained.fields.iter().map(|field| field.field.as_str()).collect();
    assert_eq!(fields.iter().filter(|field| **field == "contact.plan").count(), 1, "{fields:?}");
    fields.retain(|field| field.starts_with('$'));
    assert_eq!(fields, ["$plan", "$sent_at"]);
}

#[test]
fn a_skip_reads_no_capture() {
    let wrong = r#"
message: identify
values:
  known: { from: [userId, captures.id], as: string }
payload:
  contact: { id: $known, other: traits.a }
skip:
  - { when: captures.id, reason: known }
  - { when: $known and traits.a, reason: "known as {{ payload.contact.id }}" }
  - { when: payload.contact.other, reason: "{{ response.status }}" }
  - { when: item, reason: "{{ payload.contact.nme }}" }
require:
  - { any: [captures.id], otherwise: none }
steps:
  find: { operation: find, capture: { id: response.body.id } }
  send: { operation: send, body: contact }
"#;
    insta::assert_snapshot!(findings(&sources(wrong)));
}
