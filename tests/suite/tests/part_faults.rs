//! A row that rejects rejects the event where what it makes is read, and nowhere else.

use mapwright::{Event, Mapper, Request, Response, Scratch};
use mapwright_tests::ends::{driven, driven_owned, explained, previewed};
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
        // whoever reads a field where an object is spread reads that object, which may have the field
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

/// Fields of a part, with what each name in it needs: whether the name's own field, what is spread, or another field rejects.
const BESIDE: [(&str, &[(&str, bool)]); 5] = [
    (
        r#""...": { from: traits, as: { pick: [more] } }, bad: { from: traits.bad, as: integer }, m: traits.good"#,
        &[("m", false), ("more", false), ("none", false), ("bad", true)],
    ),
    (
        r#"m: traits.good, bad: { from: traits.bad, as: integer }, "{{ traits.good }}": traits.more"#,
        &[("m", false), ("g", false), ("bad", true)],
    ),
    // one of its own fields reads the object, so that this is made on its own
    (
        r#""...": { from: traits, as: { pick: [more] } }, bad: { from: traits.bad, as: integer }, m: payload.c.more"#,
        &[("m", false), ("more", false), ("bad", true)],
    ),
    // the fault of another part
    (
        r#"bad: payload.other.bad, m: traits.good, "...": { object: { more: payload.other.good } }"#,
        &[("m", false), ("more", false), ("bad", true)],
    ),
    // what is spread may have any of them
    (
        r#"m: traits.nothing, "...": { object: { more: traits.more, x: { from: traits.bad, as: integer } } }"#,
        &[("m", true), ("more", true)],
    ),
];

/// Mappings that send one field of a part: at each place that reads it.
fn readers(fields: &str, name: &str) -> Vec<String> {
    let place = format!("payload.c.{name}");
    let parts = "nothing: { id: userId }";
    let payload = |more: &str| {
        format!(
            "  other: {{ good: traits.good, bad: {{ from: traits.bad, as: integer }} }}\n  c: {{ {fields} }}\n  {parts}\n{more}"
        )
    };
    let mapping = |before: &str, more: &str, step: &str| {
        let payload = payload(more);
        format!(
            "message: identify\n{before}payload:\n{payload}steps:\n  send: {{ operation: send, {step} }}\n"
        )
    };
    vec![
        mapping("", "", &format!("query: {{ q: {place} }}, body: nothing")),
        mapping("", "", &format!("body: {{ q: {place} }}")),
        mapping("", "", &format!("body: {{ q: {{ template: \"{{{{ {place} }}}}\" }} }}")),
        mapping("", "", &format!("body: nothing, when: {place} != 5")),
        mapping(
            "",
            &format!("  sent: {{ q: {place}, \"...\": {{ object: {{ r: {place} }} }} }}\n"),
            "body: sent",
        ),
        mapping(&format!("values: {{ of: {{ from: {place} }} }}\n"), "  sent: { q: $of }\n", "body: sent"),
        mapping(
            &format!("require: [{{ that: {place} != 5, otherwise: it is five }}]\n"),
            "",
            "body: nothing",
        ),
        mapping(&format!("skip: [{{ when: {place} == 5, reason: it is five }}]\n"), "", "body: nothing"),
    ]
}

#[test]
fn a_field_beside_others_and_what_is_spread_concerns_those_who_read_it() {
    for (fields, names) in BESIDE {
        for (name, rejects) in names {
            for mapping in readers(fields, name) {
                let mapper = mapper(&mapping, json!({}));
                for (bad, rejects) in [(json!(1), false), (json!("x"), *rejects)] {
                    let mut event = event(&bad);
                    event["traits"]["more"] = json!("more");
                    let text = event.to_string();
                    let (text, mut scratch) = (text.as_str(), Scratch::new());
                    let preview = previewed(&mapper, Event::from(text), &mut scratch);
                    let rejected = preview.rejection.as_ref().map(|rejection| rejection.to_string());
                    assert_eq!(rejected.is_some(), rejects, "{bad}: {rejected:?}\n{mapping}");
                    assert!(rejected.is_none_or(|rejected| rejected.contains("`traits.bad`")), "{mapping}");
                    assert_eq!(explained(&mapper, Event::from(text), &mut scratch), preview, "{mapping}");
                    let answer = |_: &Request<'_>, _| Response::new(200, [], "{}");
                    assert_eq!(
                        driven(&mapper, Event::from(text), &mut scratch, answer),
                        preview,
                        "{mapping}"
                    );
                    assert_eq!(driven_owned(&mapper, text, answer), preview, "{mapping}");
                }
            }
        }
    }
}

#[test]
fn a_condition_that_a_field_decides_needs_nothing_of_what_is_spread() {
    let fields = r#"m: traits.good, "...": { object: { x: { from: traits.bad, as: integer } } }"#;
    for (step, rejects) in [
        ("body: nothing, when: payload.c.m != 5", false),
        ("body: nothing, when: payload.c.x != 5", true),
        ("body: { q: payload.c.m }", true),
    ] {
        let mapper = mapper(
            &format!(
                "message: identify\npayload: {{ c: {{ {fields} }}, nothing: {{ id: userId }} }}\nsteps: {{ send: {{ operation: send, {step} }} }}\n"
            ),
            json!({}),
        );
        assert_eq!(matches!(preview(&mapper, &event(&json!("x"))), Became::Rejected(_)), rejects, "{step}");
    }
}

#[test]
fn a_field_beside_one_that_warns_gives_no_warning() {
    for (name, warns) in [("m", 0), ("bad", 1), ("more", 0)] {
        let mapper = mapper(
            &format!(
                "message: identify\npayload:\n  c: {{ m: userId, bad: {{ from: traits.bad, as: integer, on_error: omit }}, \"...\": traits.in }}\n\
                 steps:\n  send: {{ operation: send, body: {{ q: payload.c.{name}, id: userId }} }}\n"
            ),
            json!({}),
        );
        let mut event = event(&json!("x"));
        event["traits"]["in"] = json!({ "more": "more" });
        let text = event.to_string();
        let preview = previewed(&mapper, Event::from(text.as_str()), &mut Scratch::new());
        assert_eq!(preview.warnings.len(), warns, "{name}: {:?}", preview.warnings);
    }
}

#[test]
fn a_field_beside_one_that_waits_for_a_response_is_known() {
    let mapper = mapper(
        r#"
message: identify
payload:
  c: { id: { from: captures.id, as: integer }, m: traits.good, "...": { from: traits, as: { pick: [more] } } }
steps:
  find: { operation: find, capture: { id: response.body.id } }
  first: { operation: send, when: payload.c.m == "g", body: { q: payload.c.m, r: payload.c.more } }
  second: { operation: send, when: payload.c.more == "other", body: { q: userId } }
  third: { operation: send, when: payload.c.id, body: c }
"#,
        json!({}),
    );
    let mut event = event(&json!(1));
    event["traits"]["more"] = json!("more");
    let sent = preview(&mapper, &event).sent();
    let shown: Vec<_> = sent.iter().map(|sent| (sent.when.as_deref(), &sent.body)).collect();
    assert_eq!(
        shown,
        [
            (None, &Value::Null),
            (None, &json!({ "q": "g", "r": "more" })),
            (Some("payload.c.id"), &json!({ "id": "{id}", "m": "g", "more": "more" })),
        ]
    );
    // what no response gives rejects where it is read, and not before
    let answers = [(200, json!({ "id": "x" })), (200, json!({})), (200, json!({}))];
    let (sent, end) = drive(&mapper, &event, &answers);
    assert_eq!(sent.len(), 2, "{end}");
    assert!(end.contains("`captures.id`"), "{end}");
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

/// Rows that read `$price` of each item, or `$total`, in conditions and templates, and whether a value that is no number rejects.
#[test]
fn a_value_that_rejects_does_so_where_a_condition_reads_it() {
    let mapping = |row: &str, step: &str| {
        format!(
            "message: identify
values:
  price: {{ from: item.price, as: number }}
  kept: {{ from: item.price, as: number, on_error: omit }}
  total: {{ from: traits.total, as: number }}
payload:
  thing:
    id: userId
    x: {row}
steps:
  send: {{ operation: send, {step} }}
"
        )
    };
    let body = "body: thing";
    for (row, step, rejects) in [
        ("{ from: traits.a, when: $total is defined }", body, true),
        ("{ each: traits.items, where: $price is defined, to: item.sku }", body, true),
        ("{ each: traits.items, where: not ($price > 5), to: item.sku }", body, true),
        ("{ each: traits.items, where: $kept is defined, to: item.sku }", body, false),
        ("{ each: traits.items, key: item.sku, where: $price is defined, to: item.sku }", body, true),
        ("{ each: traits.items, to: { a: { from: item.sku, when: $price is defined } } }", body, true),
        ("{ each: traits.items, to: { a: { from: item.sku, unless: $price is defined } } }", body, true),
        ("{ each: traits.items, to: { a: { template: \"{{ $price }}\" } } }", body, true),
        ("{ each: traits.items, to: { a: { template: \"{{ $kept }}\" } } }", body, false),
        (
            "{ each: traits.items, to: { a: [{ from: item.no }, { from: item.sku, when: $price > 1 }] } }",
            body,
            true,
        ),
        ("userId", "for_each: traits.items, where: $price is defined, body: { a: item.sku }", true),
        ("userId", "for_each: traits.items, where: $kept is defined, body: { a: item.sku }", false),
    ] {
        let mapper = mapper(&mapping(row, step), json!({}));
        let of = |price: Value| {
            json!({
                "type": "identify", "userId": "u",
                "traits": { "total": price, "a": "a", "items": [{ "sku": "s", "price": price }, { "sku": "t", "price": 7 }] },
            })
        };
        assert!(matches!(preview(&mapper, &of(json!(2))), Became::Mapped(_)), "{row} {step}");
        match preview(&mapper, &of(json!("x"))) {
            Became::Rejected(rejection) if rejects => {
                assert!(
                    rejection.message.contains("number expected a number, found `\"x\"`"),
                    "{rejection:?}"
                );
            }
            Became::Mapped(_) if !rejects => {}
            other => panic!("{row} {step}: {other:?}"),
        }
    }
}
