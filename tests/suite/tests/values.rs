//! Named values, and fields that read other fields.

use mapwright::{Mapper, Scratch};
use mapwright_tests::{
    Became, DESTINATION, NOW, VERSION, bind, compile, drive, findings, mapper, preview, sources,
};
use serde_json::{Value, json};

fn identify(text: &str) -> Mapper {
    mapper(&format!("message: identify\n{text}"), json!({}))
}

fn event(traits: Value) -> Value {
    json!({ "type": "identify", "userId": "u1", "traits": traits })
}

#[test]
fn a_value_is_read_wherever_a_source_stands() {
    let mapper = identify(
        r#"
values:
  email: [traits.email, context.traits.email]
  first: [traits.first, context.traits.first]
  name: [traits.name, { join: [$first, traits.last], with: " " }]
  address: { city: traits.city, street: { line: traits.street } }
  is_adult: { value: true, when: traits.age >= 18 }
order: { user: $email }
skip: [{ when: $email == "skip@example.com", reason: the email is skipped }]
payload:
  thing:
    email: $email
    name: { from: $name, as: uppercase }
    greeting: { template: "Hello {{ $name }} of {{ $address.city }}" }
    street: $address.street.line
    where: $address
    adult: { value: yes, when: $is_adult }
    both: { list: [$email, $name] }
require:
  - { any: [$email, $address.city], otherwise: an email or a city is needed }
steps:
  send: { operation: send, body: thing, unless: $email == "no@example.com" }
"#,
    );
    let traits = json!({ "email": "a@example.com", "first": "Ada", "last": "L", "city": "Oslo", "street": "x", "age": 20 });
    assert_eq!(
        preview(&mapper, &event(traits)).body(),
        json!({
            "email": "a@example.com", "name": "ADA L", "greeting": "Hello Ada L of Oslo", "street": "x",
            "where": { "city": "Oslo", "street": { "line": "x" } }, "adult": "yes", "both": ["a@example.com", "Ada L"],
        })
    );
    assert_eq!(
        preview(&mapper, &event(json!({ "name": "x" }))).rejection().message,
        "an email or a city is needed"
    );
    assert_eq!(preview(&mapper, &event(json!({ "email": "no@example.com" }))), Became::Mapped(Vec::new()));
    let Became::Skipped(skip) = preview(&mapper, &event(json!({ "email": "skip@example.com" }))) else {
        panic!()
    };
    assert_eq!(skip.reason, "the email is skipped");
    let mut scratch = Scratch::new();
    let keys = mapper.order_keys(&event(json!({ "email": "e" })), NOW, &mut scratch);
    assert_eq!(keys.iter().map(|key| key.value.as_str()).collect::<Vec<_>>(), ["e"]);
}

#[test]
fn a_value_is_made_once_and_only_if_it_is_needed() {
    let mapper = identify(
        r#"
values:
  age: { from: traits.age, as: integer, on_error: omit }
  born: { from: traits.born, as: unix_seconds }
payload:
  thing: { age: $age, again: $age, text: { template: "{{ $age }}" } }
  other: { born: $born }
steps:
  send: { operation: send, body: thing, when: $age or userId }
  more: { operation: send, body: other, when: traits.more }
"#,
    );
    let (sent, end) = drive(&mapper, &event(json!({ "age": "x", "born": "never" })), &[(200, json!({}))]);
    assert_eq!((sent.len(), end.as_str()), (1, "done"));
    let mut scratch = Scratch::new();
    let event_with = event(json!({ "age": "x", "born": "never" }));
    let explanation = mapper.explain(&event_with, NOW, &mut scratch);
    assert_eq!(explanation.warnings.len(), 1, "{:?}", explanation.warnings);
    assert_eq!(explanation.warnings[0].field.as_deref(), Some("$age"));
    let fields: Vec<&str> = explanation.fields.iter().map(|field| field.field.as_str()).collect();
    assert_eq!(fields, ["$age", "thing.age", "thing.again", "thing.text", "$born", "other.born"]);
    let rejection = preview(&mapper, &event(json!({ "age": 1, "born": "never", "more": true }))).rejection();
    assert_eq!((rejection.code.as_str(), rejection.field.as_deref()), ("invalid_value", Some("$born")));
}

#[test]
fn what_a_value_reads_is_left_out_of_the_rest() {
    let mapper = identify(
        r#"
values:
  name: { join: [traits.first, traits.last], with: " " }
  upper: { from: $name, as: uppercase }
  rest: { id: traits.id, others: { rest_of: traits } }
payload:
  thing: { name: $upper, others: { rest_of: traits } }
  other: { all: $rest }
steps:
  send: { operation: send, body: thing }
  more: { operation: send, body: other }
"#,
    );
    let sent = preview(&mapper, &event(json!({ "first": "a", "last": "b", "id": 1, "plan": "x" }))).sent();
    assert_eq!(sent[0].body, json!({ "name": "A B", "others": { "id": 1, "plan": "x" } }));
    assert_eq!(
        sent[1].body,
        json!({ "all": { "id": 1, "others": { "first": "a", "last": "b", "plan": "x" } } })
    );
}

#[test]
fn a_value_may_read_an_item_or_a_response() {
    let mapper = identify(
        r#"
values:
  sku: [item.sku, item.id]
  is_cheap: { value: true, when: item.price < traits.limit }
  hit: { each: response.body.data, where: item.kind == traits.kind, to: item, as: first }
  refused: { value: true, when: response.body.code == "no" }
payload:
  thing:
    items: { each: traits.items, where: $is_cheap, to: { sku: $sku, text: { template: "{{ $sku }}!" } } }
steps:
  find: { operation: find, capture: { id: $hit.id }, on: [{ status: 400, when: $refused, class: done }] }
  send: { operation: send, body: thing }
  each: { operation: put, for_each: traits.items, where: $is_cheap, params: { id: $sku } }
"#,
    );
    let items = json!([{ "sku": "a", "price": 1 }, { "id": "b", "price": 2 }, { "id": "c", "price": 9 }]);
    let event = event(json!({ "items": items, "limit": 5, "kind": "x" }));
    let ok = || (200, json!({}));
    let (sent, end) = drive(&mapper, &event, &[(400, json!({ "code": "no" })), ok(), ok(), ok()]);
    assert_eq!(end, "done");
    assert_eq!(
        sent[1].body,
        json!({ "items": [{ "sku": "a", "text": "a!" }, { "sku": "b", "text": "b!" }] })
    );
    let lines: Vec<&str> = sent.iter().skip(2).map(|sent| sent.line.as_str()).collect();
    assert_eq!(
        lines,
        ["PUT https://api.acme.example.com/things/a", "PUT https://api.acme.example.com/things/b"]
    );
    let (_, end) = drive(&mapper, &event, &[(400, json!({}))]);
    assert!(end.contains("answered with 400"), "{end}");
}

#[test]
fn the_rules_of_operations_read_values_of_the_version() {
    let version = format!(
        "{VERSION}  check: {{ method: GET, path: /check, query: {{ q: $region }}, responses: [{{ when: $is_busy, class: done }}] }}\nvalues:\n  is_busy: {{ value: true, when: response.body.state == 'busy' and $region == 'us' }}\n  region: {{ from: settings.region, as: string }}\nresponses: [{{ when: $is_gone, class: give_up, code: gone }}]\n"
    );
    let version = version
        .replace("values:\n", "values:\n  is_gone: { value: true, when: response.body.state == 'gone' }\n");
    let text = "message: identify\nsteps: { check: { operation: check } }\n";
    let files = [
        ("mappings/acme/destination.yaml", DESTINATION),
        ("mappings/acme/1.0/version.yaml", version.as_str()),
        ("mappings/acme/1.0/identify.yaml", text),
    ];
    let mapper = bind(&compile(&files.into_iter().collect()), "acme", json!({}));
    let end = |state: &str| drive(&mapper, &event(json!({})), &[(500, json!({ "state": state }))]);
    let (sent, done) = end("busy");
    assert_eq!(
        (sent[0].line.as_str(), done.as_str()),
        ("GET https://api.acme.example.com/check?q=us", "done")
    );
    assert!(end("gone").1.contains("answered with 500"), "{}", end("gone").1);
}

#[test]
fn the_values_of_a_mapping_are_laid_over_those_of_its_version() {
    let version =
        format!("{VERSION}values:\n  id: {{ from: [userId, traits.id], as: string }}\n  plan: traits.plan\n");
    let text = "message: identify
values:
  id: { from: { last: [anonymousId] } }
payload: { thing: { id: $id, plan: $plan } }
steps: { send: { operation: send, body: thing } }
variants:
  b:
    when: $plan == 'b'
    values: { id: { from: traits.id, as: uppercase }, plan: { value: other } }
";
    let files = [
        ("mappings/acme/destination.yaml", DESTINATION),
        ("mappings/acme/1.0/version.yaml", version.as_str()),
        ("mappings/acme/1.0/identify.yaml", text),
    ];
    let mapper = bind(&compile(&files.into_iter().collect()), "acme", json!({}));
    let body = |event: Value| preview(&mapper, &event).body();
    assert_eq!(body(json!({ "type": "identify", "anonymousId": 5 })), json!({ "id": "5" }));
    let of_variant = json!({ "type": "identify", "traits": { "id": "a", "plan": "b" } });
    assert_eq!(body(of_variant), json!({ "id": "A", "plan": "other" }));
}

#[test]
fn a_field_reads_any_other_field() {
    let mapper = identify(
        r#"
payload:
  contact:
    key: { from: payload.contact.email, as: md5 }
    email: { from: traits.email, as: lowercase }
    nickname: { from: traits.nickname, keep: empty, default: { value: none } }
    label: { template: "{{ payload.contact.nickname }} ({{ payload.account.owner }})" }
    others: { rest_of: traits }
  account: { owner: payload.contact.email }
steps:
  send: { operation: send, body: contact }
"#,
    );
    assert_eq!(
        preview(&mapper, &event(json!({ "email": "A", "nickname": "", "plan": 1 }))).body(),
        json!({
            "key": "0cc175b9c0f1b6a831c399e269772661", "email": "a", "nickname": "", "label": " (a)",
            "others": { "plan": 1 },
        })
    );
}

#[test]
fn a_field_of_a_part_that_spreads_an_object_may_be_a_member_of_that() {
    let mapper = identify(
        r#"
payload:
  contact:
    "...": { from: traits, as: { pick: [a, b] } }
    a: { from: traits.c, as: uppercase }
    x: payload.contact.a
    y: payload.contact.b
steps:
  send: { operation: send, body: contact }
"#,
    );
    let body = |traits: Value| preview(&mapper, &event(traits)).body();
    assert_eq!(body(json!({ "a": 1, "b": 2, "c": "c" })), json!({ "a": "C", "x": "C", "y": 2, "b": 2 }));
    assert_eq!(body(json!({ "a": 1 })), json!({ "x": 1, "a": 1 }));
}

#[test]
fn others_find_a_field_of_a_part_that_spreads_an_object_wherever_that_is_written() {
    let spread = r#""...": { from: traits, as: { pick: [a, d] } }"#;
    // one of these reads the object that is spread, so that it is made on its own
    for third in ["z: payload.contact.d", "z: traits.z"] {
        for fields in
            [[spread, "a: traits.b", third], ["a: traits.b", spread, third], ["a: traits.b", third, spread]]
        {
            let mapper = identify(&format!(
                "payload:\n  contact:\n    {}\n  other: {{ a: payload.contact.a, d: payload.contact.d, z: payload.contact.z }}\n\
                 require: [{{ any: [payload.contact.a], otherwise: no a }}]\nsteps:\n  send: {{ operation: send, body: other }}\n",
                fields.join("\n    ")
            ));
            let body = |traits: Value| preview(&mapper, &event(traits)).body();
            let z = if third.contains("payload") { 4 } else { 3 };
            assert_eq!(
                body(json!({ "b": 1, "z": 3, "d": 4 })),
                json!({ "a": 1, "d": 4, "z": z }),
                "{fields:?}"
            );
            assert_eq!(
                body(json!({ "a": 2, "z": 3, "d": 4 })),
                json!({ "a": 2, "d": 4, "z": z }),
                "{fields:?}"
            );
            let missing = preview(&mapper, &event(json!({ "z": 3, "d": 4 }))).rejection();
            assert_eq!(missing.message, "no a", "{fields:?}");
        }
    }
}

#[test]
fn of_a_field_with_a_value_no_member_of_what_is_spread_is_a_part() {
    for third in ["z: payload.contact.d", "z: traits.z"] {
        let mapper = identify(&format!(
            r#"
payload:
  contact:
    "...": {{ from: traits, as: {{ pick: [a, d] }} }}
    a: {{ object: {{ y: traits.y }} }}
    {third}
  other: {{ x: payload.contact.a.x, y: payload.contact.a.y, z: payload.contact.z }}
steps:
  send: {{ operation: send, body: other }}
"#
        ));
        let body = |traits: Value| preview(&mapper, &event(traits)).body();
        assert_eq!(
            body(json!({ "a": { "x": 1 }, "y": 2, "z": 3, "d": 3 })),
            json!({ "y": 2, "z": 3 }),
            "{third}"
        );
        assert_eq!(body(json!({ "a": { "x": 1 }, "z": 3, "d": 3 })), json!({ "x": 1, "z": 3 }), "{third}");
    }
}

#[test]
fn a_field_of_its_own_part_that_cannot_be_made_rejects_as_itself() {
    let mapper = identify(
        "payload:\n  contact: { key: payload.contact.age, age: { from: traits.age, as: integer } }\nsteps:\n  send: { operation: send, body: contact }\n",
    );
    let rejection = preview(&mapper, &event(json!({ "age": "x" }))).rejection();
    assert_eq!(rejection.field.as_deref(), Some("contact.age"));
}

#[test]
fn fields_and_values_that_read_each_other_are_a_finding_with_their_names() {
    let found = |text: &str| findings(&sources(&format!("message: identify\n{text}")));
    let steps = "steps: { send: { operation: send, body: a } }\n";
    for (text, expected) in [
        ("payload: { a: { x: payload.a.x } }\n", "`payload.a.x` reads itself"),
        (
            "payload: { a: { x: payload.b.y }, b: { y: payload.a.x } }\n",
            "fields read each other: `payload.a.x` → `payload.b.y` → `payload.a.x`",
        ),
        (
            "payload: { a: { x: payload.b }, b: { y: payload.a.x } }\n",
            "fields read each other: `payload.a.x` → `payload.b.y` → `payload.a.x`",
        ),
        (
            "values: { v: [$w], w: { template: '{{ $v }}' } }\npayload: { a: { x: $v } }\n",
            "fields read each other: `$v` → `$w` → `$v`",
        ),
        (
            "values: { v: payload.a.x }\npayload: { a: { x: { value: 1, when: $v } } }\n",
            "fields read each other: `payload.a.x` → `$v` → `payload.a.x`",
        ),
    ] {
        let found = found(&format!("{text}{steps}"));
        assert!(found.contains(expected) && found.lines().count() == 1, "{text}: {found}");
    }
}

#[test]
fn null_and_the_empty_text_meet_no_requirement_wherever_they_are_read() {
    for place in ["traits.a", "$kept", "$kept.b", "payload.thing.kept", "payload.thing.kept.b"] {
        let kept = "{ from: traits.a, keep: [null, empty] }";
        let mapper = identify(&format!(
            "values: {{ kept: {kept} }}\npayload: {{ thing: {{ id: userId, kept: {kept} }} }}\n\
             require: [{{ any: [{place}], otherwise: nothing }}]\nsteps: {{ send: {{ operation: send, body: thing }} }}\n"
        ));
        for (a, is_something) in [
            (json!(0), true),
            (json!(false), true),
            (json!([]), true),
            (json!("a"), true),
            (Value::Null, false),
            (json!(""), false),
        ] {
            let of_member = place.ends_with(".b");
            let traits = if of_member { json!({ "a": { "b": a } }) } else { json!({ "a": a }) };
            let became = preview(&mapper, &event(traits));
            assert_eq!(matches!(became, Became::Mapped(_)), is_something, "{place} of {a}: {became:?}");
        }
        let became = preview(&mapper, &event(json!({})));
        assert!(matches!(became, Became::Rejected(_)), "{place}: {became:?}");
    }
}
