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
        // a field of its own decides; whoever reads another one reads the object that is spread, which may have it
        ("payload.spread.a", false),
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
fn a_field_that_has_a_value_needs_nothing_of_what_is_spread() {
    let fields = r#"m: traits.good, "...": { object: { x: { from: traits.bad, as: integer } } }"#;
    for (step, rejects) in [
        ("body: nothing, when: payload.c.m != 5", false),
        ("body: nothing, when: payload.c.x != 5", true),
        ("body: { q: payload.c.m }", false),
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

/// Rows that read `$n` for one event and not for another: the row, traits with which they do not read it, and traits with which they do.
const PERHAPS: [(&str, &str, &str); 13] = [
    ("[traits.w, VALUE]", r#"{ "w": 1 }"#, "{}"),
    ("[traits.w, { from: VALUE, as: string }]", r#"{ "w": 1 }"#, "{}"),
    ("{ value: 1, when: traits.go and VALUE > 3 }", "{}", r#"{ "go": 1 }"#),
    ("{ value: 1, unless: traits.w or VALUE > 3 }", r#"{ "w": 1 }"#, "{}"),
    ("{ from: VALUE, when: traits.go }", "{}", r#"{ "go": 1 }"#),
    ("{ switch: traits.w, cases: { \"2\": VALUE }, else: userId }", r#"{ "w": 1 }"#, r#"{ "w": 2 }"#),
    ("{ switch: traits.w, cases: { \"1\": userId }, else: VALUE }", r#"{ "w": 1 }"#, r#"{ "w": 2 }"#),
    ("{ template: \"{{ 1 if traits.w else VALUE }}\" }", r#"{ "w": 1 }"#, "{}"),
    ("{ template: \"{% if traits.w %}1{% else %}{{ VALUE }}{% endif %}\" }", r#"{ "w": 1 }"#, "{}"),
    (
        "{ template: \"-{% for l in traits.l %}{{ VALUE }}{% endfor %}\" }",
        r#"{ "l": [] }"#,
        r#"{ "l": [1] }"#,
    ),
    ("{ each: traits.l, to: VALUE }", r#"{ "l": [] }"#, r#"{ "l": [1] }"#),
    ("{ each: traits.l, where: VALUE, to: item }", r#"{ "l": [] }"#, r#"{ "l": [1] }"#),
    ("{ from: traits.q, as: { multiply: VALUE } }", "{}", r#"{ "q": 2 }"#),
];

/// What becomes of an event: its rejection, and its warnings. A preview, an explanation and runs say the same.
fn became(mapping: &str, traits: &str) -> (Option<String>, usize) {
    let mapper = mapper(mapping, json!({}));
    let mut traits: Value = serde_json::from_str(traits).unwrap();
    traits["n"] = json!("zz");
    let text = json!({ "type": "identify", "userId": "u", "traits": traits }).to_string();
    let mut scratch = Scratch::new();
    let preview = previewed(&mapper, Event::from(text.as_str()), &mut scratch);
    assert_eq!(explained(&mapper, Event::from(text.as_str()), &mut scratch), preview, "{mapping}");
    let answer = |_: &Request<'_>, _| Response::new(200, [], "{}");
    assert_eq!(driven(&mapper, Event::from(text.as_str()), &mut scratch, answer), preview, "{mapping}");
    assert_eq!(driven_owned(&mapper, &text, answer), preview, "{mapping}");
    let rejection = preview
        .rejection
        .map(|rejection| format!("{}: {rejection}", rejection.field.clone().unwrap_or_default()));
    (rejection, preview.warnings.len())
}

#[test]
fn what_is_not_read_neither_rejects_nor_warns() {
    for (row, unread, read) in PERHAPS {
        for (value, names) in [("$n", "$n"), ("payload.o.n", "o.n"), ("$m", "$n")] {
            for (on_error, is_refused) in [("", true), (", on_error: omit", false)] {
                let mapping = |place: &str, step: &str| {
                    format!(
                        "message: identify\nvalues:\n  n: {{ from: traits.n, as: integer{on_error} }}\n  m: {{ join: [$n, userId] }}\n\
                         payload:\n  o: {{ n: {{ from: traits.n, as: integer{on_error} }}, f: traits.w }}\n\
                         \x20 other: {{ n: {value}, f: traits.w }}\n  nothing: {{ id: userId, f: payload.other.f }}\n  thing: {{ id: userId, {place} }}\n\
                         steps:\n  send: {{ operation: send, {step} }}\n"
                    )
                };
                let row = row.replace("VALUE", value);
                for mapping in [
                    mapping(&format!("x: {row}"), "body: thing"),
                    mapping("y: userId", &format!("body: nothing, query: {{ x: {row} }}")),
                    mapping("y: userId", &format!("body: nothing, headers: {{ X-Row: {row} }}")),
                ] {
                    // a header is no list
                    if row.starts_with("{ each") && mapping.contains("headers:") {
                        continue;
                    }
                    assert_eq!(became(&mapping, unread), (None, 0), "{mapping}");
                    if value == "$m" && !mapping.contains("on_error: omit") {
                        let (rejection, _) = became(&mapping, read);
                        assert!(rejection.is_some_and(|why| why.contains(names)), "{mapping}");
                    } else if value != "$m" {
                        let (rejection, warnings) = became(&mapping, read);
                        assert_eq!(
                            (rejection.is_some(), warnings),
                            (is_refused, usize::from(!is_refused)),
                            "{rejection:?} {mapping}"
                        );
                        assert!(rejection.is_none_or(|why| why.contains(names)), "{mapping}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_value_of_an_item_that_is_not_read_rejects_nothing() {
    for row in [
        "{ each: traits.items, where: item.go and $price > 5, to: item.sku }",
        "{ each: traits.items, to: { a: { from: item.sku, when: item.go and $price > 5 } } }",
        "{ each: traits.items, to: { a: { template: \"{% if item.go %}{{ $price }}{% endif %}\" } } }",
        "{ each: traits.items, key: item.sku, where: item.go and $price > 5, to: item.sku }",
    ] {
        let mapping = format!(
            "message: identify\nvalues: {{ price: {{ from: item.price, as: number }} }}\npayload: {{ thing: {{ id: userId, x: {row} }} }}\n\
             steps: {{ send: {{ operation: send, body: thing }} }}\n"
        );
        let items = |go: bool| json!({ "items": [{ "sku": "s", "price": "x", "go": go }] }).to_string();
        assert_eq!(became(&mapping, &items(false)), (None, 0), "{row}");
        assert!(became(&mapping, &items(true)).0.is_some_and(|why| why.contains("number expected")), "{row}");
    }
}

#[test]
fn a_loop_whose_fallback_is_not_read_is_not_rejected() {
    let mapping =
        "message: identify\nvalues: { n: { from: traits.n, as: { split: \",\" } , when: traits.w } }\n\
                   steps: { send: { for_each: [traits.l, $bad], operation: send, body: { a: item } } }\n"
            .replace("values: {", "values: { bad: { from: traits.n, as: integer },");
    assert_eq!(became(&mapping, r#"{ "l": [1, 2] }"#), (None, 0));
    assert!(became(&mapping, "{}").0.is_some_and(|why| why.contains("$bad")));
}

#[test]
fn what_only_the_event_decides_is_decided_before_the_first_request() {
    let long = "x".repeat(9_000);
    let traits = |more: Value| json!({ "type": "identify", "userId": "u", "traits": more });
    for (step, event, rejects) in [
        ("query: { q: traits.q }, body: { id: userId }", traits(json!({ "q": long })), "url_bytes"),
        ("query: { q: [traits.w, $n] }, body: { id: userId }", traits(json!({ "n": "zz" })), "`traits.n`"),
        (
            "query: { id: captures.id, q: [traits.w, $n] }, body: { id: userId }",
            traits(json!({ "n": "zz" })),
            "`traits.n`",
        ),
        (
            "headers: { X-N: [traits.w, $n] }, body: { id: captures.id }",
            traits(json!({ "n": "zz" })),
            "`traits.n`",
        ),
        ("body: { id: { join: [$n, captures.id] } }", traits(json!({ "n": "zz" })), "`traits.n`"),
    ] {
        let mapper = mapper(
            &format!(
                "message: identify\nvalues: {{ n: {{ from: traits.n, as: integer }} }}\nsteps:\n  find: {{ operation: find, capture: {{ id: response.body.id }} }}\n  send: {{ operation: send, {step} }}\n"
            ),
            json!({}),
        );
        let (sent, end) = drive(&mapper, &event, &[(200, json!({ "id": "x" })), (200, json!({}))]);
        assert_eq!(sent.len(), 0, "{step}: {end}");
        assert!(end.contains(rejects), "{step}: {end}");
    }
}
