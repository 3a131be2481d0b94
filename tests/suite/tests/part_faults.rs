//! A row that rejects rejects the event where what it makes is read, and nowhere else.

use mapwright::Mapper;
use mapwright_tests::{Became, drive, mapper, preview};
use serde_json::{Value, json};

/// Parts of which `other.bad` rejects.
const PARTS: &str = r#"
message: identify
payload:
  other: { good: traits.good, bad: { from: traits.bad, as: integer }, last: traits.good }
  thing: { a: payload.other.good, b: payload.other.bad, c: payload.other.last }
  spread: { a: traits.good, "...": payload.other }
  swapped: { c: payload.other.bad, a: payload.other.good }
  nothing: { id: userId }
"#;

fn reads(place: &str) -> Mapper {
    mapper(
        &format!("{PARTS}steps:\n  send: {{ operation: send, query: {{ q: {place} }}, body: nothing }}\n"),
        json!({}),
    )
}

fn event(bad: &Value) -> Value {
    json!({ "type": "identify", "userId": "u", "traits": { "good": "g", "bad": bad } })
}

#[test]
fn a_field_that_rejects_concerns_those_who_read_it() {
    for (place, rejects) in [
        ("payload.other.good", false),
        ("payload.other.bad", true),
        ("payload.other.last", false),
        ("payload.thing.a", false),
        ("payload.thing.b", true),
        ("payload.thing.c", false),
        ("payload.swapped.a", false),
        ("payload.swapped.c", true),
        // whoever reads a part that spreads an object reads all of it
        ("payload.spread.a", true),
        ("payload.spread.good", true),
        ("payload.spread.last", true),
    ] {
        let mapper = reads(place);
        assert!(matches!(preview(&mapper, &event(&json!(1))), Became::Mapped(_)), "{place}");
        match preview(&mapper, &event(&json!("x"))) {
            Became::Rejected(rejection) if rejects => {
                let field = rejection.field.unwrap();
                assert!(field.ends_with("bad"), "{place}: {field}");
            }
            Became::Mapped(_) if !rejects => {}
            other => panic!("{place}: {other:?}"),
        }
    }
}

#[test]
fn what_no_response_can_mend_rejects_before_the_first_request() {
    let steps = r#"
steps:
  find: { operation: find, capture: { id: response.body.id } }
  send: { operation: send, body: sent }
"#;
    let bad = "bad: { from: traits.bad, as: integer }";
    let waits = "id: { from: captures.id, as: integer }";
    for (fields, of_event) in [
        (format!("{bad}, {waits}"), true),
        (format!("{waits}, {bad}"), true),
        (format!("{bad}, {waits}, \"...\": traits.more"), true),
        (format!("{waits}, {bad}, \"...\": traits.more"), true),
        (format!("{waits}, good: traits.good"), false),
        (format!("{waits}, good: traits.good, \"...\": traits.more"), false),
        (format!("good: traits.good, {waits}, \"...\": traits.more"), false),
    ] {
        let mapper =
            mapper(&format!("message: identify\npayload: {{ sent: {{ {fields} }} }}{steps}"), json!({}));
        let answers = [(200, json!({ "id": "x" })), (200, json!({}))];
        let (sent, end) = drive(&mapper, &event(&json!("x")), &answers);
        assert_eq!(sent.len(), usize::from(!of_event), "{fields}: {end}");
        let source = if of_event { "`traits.bad`" } else { "`captures.id`" };
        assert!(end.contains(source), "{fields}: {end}");
    }
}
