//! Explanations, and that explaining does not change the result.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "tests")]

use mapwright::{Became, Explanation, FieldTrace, Limits, Outcome, Scratch, StepVerdict, TraceEvent};
use mapwright_tests::ends;
use mapwright_tests::{NOW, bind, compile, mapper, sources};
use proptest::prelude::*;
use serde_json::{Value, json};

const IDENTIFY: &str = r#"
message: identify
payload:
  contact:
    email: { from: [traits.email, context.traits.email], as: [trim, lowercase] }
    age: { from: [traits.age, { value: old, when: settings.flag }], as: integer, on_error: omit }
    name:
      from:
        - traits.name
        - { join: [traits.first, traits.last], with: " " }
    plan: { from: traits.plan, default: { value: free } }
    kind: { switch: traits.kind, cases: { a: { value: A } }, else: traits.other }
    greeting: { template: "Hi {{ traits.name }}" }
    phones: { each: traits.phones, where: item.ok, to: { number: item.number } }
    tags: { list: [traits.tag, { value: all, unless: traits.tag }] }
    key: settings.apiKey
    rest: { rest_of: [traits], omit: [secretive] }
  link:
    id: captures.id
require:
  - any: [payload.contact.email]
    otherwise: an email is needed
steps:
  find: { operation: find, query: { email: payload.contact.email }, capture: { id: "response.body.id" } }
  never: { operation: send, when: settings.flag, body: contact }
  put: { operation: put, when: captures.id, body: link, headers: { X-Kind: { value: link } } }
  send: { operation: send, unless: captures.id, body: contact }
"#;

fn explained(event: &Value) -> Explanation {
    let mapper = compile(&sources(IDENTIFY));
    let mapper =
        mapper.plan("acme", None, &json!({})).unwrap().bind_redacted(&json!({ "apiKey": "sekrit" })).unwrap();
    mapper.explain(event, NOW, &mut Scratch::new())
}

fn event() -> Value {
    json!({
        "type": "identify",
        "context": { "traits": { "email": " Ada@Example.com" } },
        "traits": {
            "email": "", "age": "x", "first": "Ada", "kind": "b", "phones": [{ "number": "1", "ok": true }, { "number": "2" }],
            "secretive": 1, "colour": "red"
        }
    })
}

#[test]
fn every_field_says_what_was_tried_and_done() {
    let explanation = explained(&event());
    insta::assert_json_snapshot!("fields", explanation.fields);
}

#[test]
fn every_step_says_why_it_is_made_or_not() {
    let explanation = explained(&event());
    let steps: Vec<(&str, StepVerdict, Option<&str>)> =
        explanation.steps.iter().map(|s| (s.step.as_str(), s.verdict, s.condition.as_deref())).collect();
    assert_eq!(
        steps,
        [
            ("find", StepVerdict::Made, None),
            ("never", StepVerdict::NotMade, Some("settings.flag")),
            ("put", StepVerdict::Waits, Some("captures.id")),
            ("send", StepVerdict::Waits, Some("not captures.id")),
        ]
    );
    let Became::Mapped(requests) = &explanation.became else { panic!("{explanation:?}") };
    assert_eq!(requests.len(), 3);
    assert_eq!(explanation.warnings.len(), 1, "{:?}", explanation.warnings);
}

#[test]
fn secrets_are_hidden_when_the_mapper_hides_them() {
    let explanation = explained(&event());
    let text = format!("{explanation:?}");
    assert!(text.contains("[redacted]") && !text.contains("sekrit"), "{text}");
}

#[test]
fn a_rejection_still_shows_what_came_before_it() {
    let explanation = explained(&json!({ "type": "identify", "traits": { "email": null } }));
    let email = explanation.fields.iter().find(|field| field.field == "contact.email").unwrap();
    assert_eq!(
        email.events,
        [
            TraceEvent::Tried { source: "traits.email".into(), found: Some(Value::Null) },
            TraceEvent::Tried { source: "context.traits.email".into(), found: None },
        ]
    );
    assert_eq!((&email.value, &email.winner), (&None, &None));
    assert!(
        matches!(explanation.became, Became::Rejected(rejection) if rejection.code == "missing_required")
    );
}

#[test]
fn beside_a_value_that_rejects_the_event_the_others_are_shown() {
    let mapper = mapper(
        "message: identify\npayload:\n  p: { o: { n: { from: traits.n, as: integer } }, z: traits.z }\nsteps: { s: { operation: send, body: p } }\n",
        json!({}),
    );
    let explanation =
        mapper.explain(&json!({ "type": "identify", "traits": { "n": "x" } }), NOW, &mut Scratch::new());
    let fields: Vec<&str> = explanation.fields.iter().map(|field| field.field.as_str()).collect();
    assert_eq!(fields, ["p.o", "p.o.n", "p.z"]);
    assert!(matches!(explanation.became, Became::Rejected(_)));
    assert!(matches!(explanation.fields[1].events[1], TraceEvent::Failed { .. }), "{:?}", explanation.fields);
}

#[test]
fn variants_skips_and_broken_events_are_told() {
    let mapper = mapper(
        "message: identify\nskip: [{ when: traits.skip, reason: not wanted }]\npayload: { p: { a: traits.a } }\nsteps: { s: { operation: send, body: p } }\nvariants: { other: { when: traits.other, payload: { p: { a: traits.b } } } }\n",
        json!({}),
    );
    let explain = |event: &str| mapper.explain(event, NOW, &mut Scratch::new());
    assert_eq!(explain(r#"{"type":"identify","traits":{"other":1}}"#).variant.as_deref(), Some("other"));
    assert_eq!(explain(r#"{"type":"identify"}"#).variant, None);
    let skipped = explain(r#"{"type":"identify","traits":{"skip":1}}"#);
    assert!(matches!(skipped.became, Became::Skipped(skip) if skip.reason == "not wanted"));
    assert!(matches!(explain("{").became, Became::Rejected(rejection) if rejection.code == "invalid_json"));
}

#[test]
fn an_explanation_is_bounded() {
    let mut limits = Limits::default();
    limits.explain_bytes = 10_000;
    let mapper = mapper(IDENTIFY, json!({})).with_limits(limits);
    let long = "x".repeat(5_000);
    let phones: Vec<Value> = (0..1_000).map(|n| json!({ "number": n, "ok": true })).collect();
    let event = json!({ "type": "identify", "traits": { "email": long, "phones": phones, "name": long } });
    let explanation = mapper.explain(&event, NOW, &mut Scratch::new());
    let bytes = serde_json::to_vec(&(&explanation.fields, &explanation.steps)).unwrap().len();
    assert!(explanation.cut && bytes < 40_000, "{bytes}");
    assert!(matches!(explanation.became, Became::Mapped(requests) if requests.len() == 3));
    let whole = mapper.with_limits(Limits::default()).explain(&event, NOW, &mut Scratch::new());
    assert!(!whole.cut);
}

#[test]
fn places_lead_into_the_mapping() {
    let explanation = explained(&event());
    for FieldTrace { field, mapping, .. } in &explanation.fields {
        let (file, line) = mapping.rsplit_once(':').unwrap();
        assert_eq!(file, "mappings/acme/1.0/identify.yaml", "{field}");
        let line = IDENTIFY.lines().nth(line.parse::<usize>().unwrap() - 1).unwrap();
        let name = field.rsplit('.').next().unwrap();
        // a path parameter has the line of its step
        assert!(line.contains(name) || field == "params.id", "{field}: {line}");
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-z]{0,3}".prop_map(Value::from)
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("(email|name|first|number|ok|kind)", inner, 0..4)
                .prop_map(|entries| entries.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn explaining_changes_nothing(
        traits in proptest::collection::btree_map("(email|age|name|first|plan|kind|phones|tag|other|x)", any_value(), 0..8),
        flag in any::<bool>(),
    ) {
        let traits: Value = traits.into_iter().collect();
        let event = json!({ "type": "identify", "traits": traits });
        let mapper = bind(&compile(&sources(IDENTIFY)), "acme", json!({ "flag": flag }));
        let explanation = mapper.explain(&event, NOW, &mut Scratch::new());
        let mut scratch = Scratch::new();
        match (explanation.became, mapper.map(&event, NOW, &mut scratch)) {
            (Became::Mapped(explained), Outcome::Mapped(mut run)) => {
                prop_assert_eq!(explained, run.preview().unwrap());
                prop_assert_eq!(explanation.warnings.as_slice(), run.warnings());
            }
            (Became::Rejected(explained), Outcome::Rejected { rejection, .. }) => prop_assert_eq!(explained, rejection),
            (Became::Rejected(explained), Outcome::Mapped(mut run)) => {
                prop_assert_eq!(explained, run.preview().unwrap_err());
            }
            (explained, mapped) => prop_assert!(false, "{:?} {:?}", explained, mapped),
        }
    }
}

#[test]
fn whole_numbers_beyond_64_bits_are_shown_with_all_digits() {
    let long = "123456789012345678901234567890";
    let identify = "message: identify\npayload:\n  thing:\n    id: traits.id\n    rest: { rest_of: [traits], as: compact }\n    \
        text: { template: \"{{ traits.list }}\" }\n    same: { value: true, when: \"traits.id == traits.list[1]\" }\n\
        steps:\n  send: { operation: send, body: thing }\n";
    let mapper = mapper(identify, json!({}));
    let event = format!(
        r#"{{"type":"identify","traits":{{"id":{long},"list":[18446744073709551616,123456789012345678901234567891],"o":{{"n":{long}}}}}}}"#
    );
    let explanation = mapper.explain(event.as_str(), NOW, &mut Scratch::new());
    let shown = |name: &str| {
        explanation
            .fields
            .iter()
            .find(|field| field.field == format!("thing.{name}"))
            .map(|field| field.value.clone())
    };
    assert_eq!(shown("id"), Some(Some(json!(long))));
    assert_eq!(shown("rest"), Some(Some(json!({ "o": { "n": long } }))));
    let list = "[18446744073709551616,123456789012345678901234567891]";
    assert_eq!(shown("text"), Some(Some(json!(list))));
    assert_eq!(shown("same"), Some(None));
}

#[test]
fn conversions_of_members_say_what_each_has_made() {
    let identify = "message: identify\npayload: { thing: { all: { from: traits, as: [{ pick: [a, b] }, { map_values: string }] } } }\n\
                    steps: { send: { operation: send, body: thing } }\n";
    let event = json!({ "type": "identify", "traits": { "a": 1, "b": "x", "c": 2 } });
    let explanation = mapper(identify, json!({})).explain(&event, NOW, &mut Scratch::new());
    let converted = |conversion: &str, before: Value, after: Value| TraceEvent::Converted {
        conversion: conversion.into(),
        before: Some(before),
        after: Some(after),
    };
    let picked = json!({ "a": 1, "b": "x" });
    assert_eq!(
        explanation.fields[0].events[1..],
        [
            converted("pick", json!({ "a": 1, "b": "x", "c": 2 }), picked.clone()),
            converted("map_values", picked, json!({ "a": "1", "b": "x" })),
        ]
    );
}

/// A part that reads no capture is reported before the first request, and what it reads may stand in one that does.
#[test]
fn a_part_may_read_a_field_beside_one_that_reads_a_capture() {
    let mapper = mapper(
        r#"
message: identify
payload:
  found: { name: userId, id: captures.id }
  sent: { name: { from: payload.found.name, on_missing: reject, error: no name } }
steps:
  find: { operation: find, query: { email: traits.email }, capture: { id: response.body.id } }
  send: { operation: send, body: sent }
"#,
        json!({ "apiKey": "key" }),
    );
    let event = json!({ "type": "identify", "userId": "u1", "traits": { "email": "ada@example.com" } });
    let mut scratch = Scratch::new();
    let explained = ends::explained(&mapper, (&event).into(), &mut scratch);
    assert_eq!(explained, ends::previewed(&mapper, (&event).into(), &mut scratch));
    assert_eq!(explained.requests.len(), 2, "{explained:?}");
}

#[test]
fn fields_are_told_in_the_same_order_each_time() {
    let sources = sources(
        r#"
message: identify
payload:
  read: { a: userId, b: payload.read.a, c: traits.x, d: payload.read.c, "...": { rest_of: [traits] } }
  sent: { a: payload.read.a, c: payload.read.c, z: payload.read.q }
steps:
  send: { operation: send, body: sent }
"#,
    );
    let event = json!({ "type": "identify", "userId": "u1", "traits": { "x": 1 } });
    let fields = || -> Vec<String> {
        let mapper = bind(&compile(&sources), "acme", json!({ "apiKey": "key" }));
        mapper.explain(&event, NOW, &mut Scratch::new()).fields.into_iter().map(|field| field.field).collect()
    };
    let first = fields();
    (0..10).for_each(|_| assert_eq!(fields(), first));
}
