//! Rows: every form and modifier behaves as in the reference.

use mapwright::{Outcome, Scratch};
use mapwright_tests::{NOW, drive, findings, mapper, preview, sources};
use serde_json::{Value, json};

/// Checks one row with settings, events and the expected values of the field; `null` means that it is omitted.
fn check(row: &str, cases: &[(Value, Value)]) {
    let identify = format!(
        "message: identify\npayload:\n  thing:\n    field: {row}\n    other: traits.other\nsteps:\n  send: {{ operation: send, body: thing }}\n"
    );
    let mapper = mapper(&identify, json!({}));
    for (traits, expected) in cases {
        let body = preview(&mapper, &json!({ "type": "identify", "userId": "u1", "traits": traits })).body();
        assert_eq!(body.get("field").unwrap_or(&Value::Null), expected, "{row} of {traits}");
    }
}

#[test]
fn a_null_that_is_kept_is_not_converted() {
    let kept = [(json!({ "k": "a", "v": null }), Value::Null), (json!({ "k": "a", "v": "12" }), json!(12))];
    check(
        "{ switch: traits.k, cases: { a: { from: traits.v, keep: null } }, as: integer, keep: null, on_error: reject }",
        &kept,
    );
    check("{ from: [{ from: traits.v, keep: null }, userId], as: integer, keep: null }", &kept);
}

#[test]
fn the_first_alternative_that_has_a_value_counts() {
    check(
        "[traits.a, traits.b, userId]",
        &[
            (json!({ "a": 1, "b": 2 }), json!(1)),
            (json!({ "a": null, "b": 2 }), json!(2)),
            (json!({ "a": "", "b": 2 }), json!(2)),
            (json!({ "a": false }), json!(false)),
            (json!({ "a": 0 }), json!(0)),
            (json!({ "a": [] }), json!([])),
            (json!({}), json!("u1")),
        ],
    );
}

#[test]
fn null_and_empty_are_kept_where_a_row_says_so() {
    check(
        "{ from: traits.a, keep: [null] }",
        &[(json!({ "a": null }), json!(null)), (json!({ "a": "" }), json!(null))],
    );
    check(
        "{ from: traits.a, keep: [empty] }",
        &[(json!({ "a": "" }), json!("")), (json!({ "a": null }), json!(null))],
    );
    check("{ from: [traits.a, traits.b], keep: [empty] }", &[(json!({ "a": "", "b": 1 }), json!(""))]);
}

#[test]
fn conditions_rule_rows_and_alternatives_out() {
    check(
        "[{ from: traits.a, when: traits.ok }, { from: traits.b, unless: traits.ok }]",
        &[
            (json!({ "a": 1, "b": 2, "ok": true }), json!(1)),
            (json!({ "a": 1, "b": 2, "ok": false }), json!(2)),
            (json!({ "b": 2, "ok": true }), json!(null)),
        ],
    );
    let one_alternative =
        [(json!({ "a": " x ", "ok": true }), json!("x")), (json!({ "a": " x " }), json!("y"))];
    check(
        "{ from: [{ from: traits.a, when: traits.ok, as: trim }], default: { value: y } }",
        &one_alternative,
    );
}

#[test]
fn conditions_ask_for_kinds_and_use_filters() {
    let kinds = json!({ "a": "x", "b": 1, "c": true, "d": [1], "e": { "f": 1 }, "g": null });
    for (test, holding) in [
        ("string", ["a"].as_slice()),
        ("number", &["b"]),
        ("boolean", &["c"]),
        ("sequence", &["d"]),
        ("mapping", &["e"]),
        ("none", &["g"]),
        ("undefined", &["h"]),
        ("integer", &["b"]),
    ] {
        for name in ["a", "b", "c", "d", "e", "g", "h"] {
            let row = format!("{{ value: yes, when: traits.{name} is {test} }}");
            let expected = if holding.contains(&name) { json!("yes") } else { json!(null) };
            check(&row, &[(kinds.clone(), expected)]);
        }
    }
    for condition in [
        "traits.a | trim | lower == traits.b | trim | lower",
        "traits.b and (traits.a | trim | lower) == traits.b",
        "not (traits.n is string) and traits.a | trim | length > 1",
        "traits.n is number and traits.n + 1 > 1",
    ] {
        check(
            &format!("{{ value: yes, when: {condition:?} }}"),
            &[
                (json!({ "a": " AB ", "b": "ab", "n": 1 }), json!("yes")),
                (json!({ "a": "c", "b": "ab", "n": "x" }), json!(null)),
            ],
        );
    }
}

#[test]
fn a_default_stands_in_for_what_is_absent() {
    check(
        "{ from: traits.a, default: { value: none } }",
        &[(json!({}), json!("none")), (json!({ "a": "x" }), json!("x"))],
    );
    check("{ from: traits.a, default: { value: { b: 1 } } }", &[(json!({}), json!({ "b": 1 }))]);
    check("{ from: traits.a, on_missing: null }", &[(json!({}), json!(null))]);
}

#[test]
fn templates_print_names_and_are_absent_without_them() {
    check(
        r#"{ template: "{{ traits.a }}-{{ traits.b }}" }"#,
        &[
            (json!({ "a": "x", "b": 1 }), json!("x-1")),
            (json!({ "a": "x" }), json!(null)),
            (json!({ "a": [1], "b": true }), json!("[1]-true")),
        ],
    );
    check(
        r#"{ template: "{% if traits.a %}{{ traits.a | upper }}{% else %}none{% endif %}" }"#,
        &[(json!({ "a": "x" }), json!("X")), (json!({}), json!("none"))],
    );
    check(r#"{ template: "{{ traits.a | upper }}" }"#, &[(json!({}), json!(null))]);
    check(
        r#"{ template: "{% for tag in traits.tags %}{{ tag }};{% endfor %}" }"#,
        &[(json!({ "tags": ["a", "b"] }), json!("a;b;"))],
    );
}

#[test]
fn join_leaves_out_what_is_absent() {
    check(
        r#"{ join: [traits.a, traits.b], with: " " }"#,
        &[
            (json!({ "a": "x", "b": "y" }), json!("x y")),
            (json!({ "b": "y" }), json!("y")),
            (json!({ "a": ["p", "q"], "b": 3 }), json!("p q 3")),
            (json!({}), json!(null)),
        ],
    );
}

#[test]
fn lists_and_objects_are_put_together() {
    check(
        "{ concat: [traits.a, traits.b] }",
        &[(json!({ "a": [1, 2], "b": 3 }), json!([1, 2, 3])), (json!({ "b": [] }), json!(null))],
    );
    check(
        "{ merge: [traits.a, traits.b] }",
        &[
            (json!({ "a": { "x": 1, "y": 1 }, "b": { "y": 2 } }), json!({ "x": 1, "y": 2 })),
            (json!({}), json!(null)),
        ],
    );
    check(
        "{ x: traits.a, y: { z: traits.b } }",
        &[
            (json!({ "a": 1 }), json!({ "x": 1 })),
            (json!({ "b": 2 }), json!({ "y": { "z": 2 } })),
            (json!({}), json!(null)),
        ],
    );
    check("{ list: [traits.a, traits.b] }", &[(json!({ "b": 2 }), json!([2])), (json!({}), json!(null))]);
}

#[test]
fn each_maps_items_with_the_scope_around_them() {
    check(
        "{ each: traits.items, where: item.ok, to: { n: item.n, other: traits.other } }",
        &[
            (
                json!({ "items": [{ "n": 1, "ok": true }, { "n": 2 }, { "n": 3, "ok": 1 }], "other": "o" }),
                json!([{ "n": 1, "other": "o" }, { "n": 3, "other": "o" }]),
            ),
            (json!({ "items": { "n": 1, "ok": true } }), json!([{ "n": 1 }])),
            (json!({ "items": [] }), json!(null)),
        ],
    );
    check(
        "{ each: '$.traits.items[*].n', to: item }",
        &[(json!({ "items": [{ "n": 1 }, {}, { "n": 2 }] }), json!([1, 2]))],
    );
    // a path that finds nothing has no value, not an empty list
    check(
        "{ from: 'traits.items[*].n', as: count, default: { value: none } }",
        &[
            (json!({ "items": [{ "n": 1 }, {}, { "n": 2 }] }), json!(2)),
            (json!({ "items": [{}] }), json!("none")),
            (json!({}), json!("none")),
        ],
    );
}

#[test]
fn switch_picks_by_text() {
    check(
        "{ switch: traits.kind, cases: { a: { value: 1 }, '2': traits.b }, else: { value: other } }",
        &[
            (json!({ "kind": "a" }), json!(1)),
            (json!({ "kind": 2, "b": "b" }), json!("b")),
            (json!({ "kind": "x" }), json!("other")),
            (json!({}), json!("other")),
        ],
    );
}

#[test]
fn a_computed_key_looks_up_a_member() {
    check(
        "{ from: [traits.a, traits.b], key: traits.name }",
        &[
            (json!({ "name": "x", "a": { "y": 1 }, "b": { "x": 2 } }), json!(2)),
            (json!({ "a": { "x": 1 } }), json!(null)),
        ],
    );
}

#[test]
fn the_rest_is_what_no_other_row_has_read() {
    let rest = "{ rest_of: [context.traits, traits], omit: [secret, traits.drop] }";
    let identify = format!(
        "message: identify\npayload:\n  thing:\n    city: traits.address.city\n    name: [traits.name, context.traits.name]\n    field: {}\nsteps:\n  send: {{ operation: send, body: thing }}\n",
        rest.replace("traits.drop", "options.drop")
    );
    let mapper = mapper(&identify, json!({}));
    let event = |traits: Value, more: Value| json!({ "type": "identify", "traits": traits, "context": { "traits": more }, "integrations": { "Acme": { "drop": "d" } } });
    let field = |traits: Value, more: Value| preview(&mapper, &event(traits, more)).body()["field"].clone();
    assert_eq!(
        field(
            json!({ "name": "n", "secret": 1, "d": 2, "x": 3, "address": { "city": "c", "zip": "z" } }),
            json!({})
        ),
        json!({ "x": 3, "address": { "zip": "z" } })
    );
    assert_eq!(field(json!({ "x": 1 }), json!({ "x": 2, "y": 3, "name": "n" })), json!({ "x": 1, "y": 3 }));
    assert_eq!(
        field(json!({ "address": "plain" }), json!({ "address": { "city": 1 } })),
        json!({ "address": "plain" })
    );
    assert_eq!(field(json!({ "name": "n" }), json!({})), Value::Null);
}

#[test]
fn what_another_part_reads_stays_in_a_rest_as_it_is() {
    let identify = "message: identify\npayload:\n  thing: { field: { rest_of: [traits] } }\n  other: { id: userId, city: traits.a.b }\nsteps:\n  \
                    send: { operation: send, body: thing }\n  again: { operation: send, body: other }\n";
    let mapper = mapper(identify, json!({}));
    for a in [json!({}), json!({ "b": 1 }), json!({ "b": {}, "c": [] }), json!([]), json!(7), Value::Null] {
        let event = json!({ "type": "identify", "userId": "u", "traits": { "a": a, "x": 1 } });
        let sent = preview(&mapper, &event).sent();
        assert_eq!(sent[0].body, json!({ "field": { "a": a, "x": 1 } }));
    }
}

#[test]
fn a_member_of_several_objects_is_written_once() {
    let written = |row: &str, event: &Value| {
        let identify = format!(
            "message: identify\npayload:\n  thing:\n    field: {row}\nsteps:\n  send: {{ operation: send, body: thing }}\n"
        );
        let mapper = mapper(&identify, json!({}));
        let mut scratch = Scratch::new();
        let Outcome::Mapped(mut run) = mapper.map(event, NOW, &mut scratch) else { panic!("not mapped") };
        let request = run.request().unwrap().unwrap();
        String::from_utf8(request.body.unwrap().into_bytes()).unwrap()
    };
    let event = json!({
        "type": "identify", "userId": "u", "traits": { "a": 1, "b": "x" }, "context": { "traits": { "c": 0, "b": "y", "a": 2 } },
    });
    for row in [
        "{ rest_of: [context.traits, traits] }",
        "{ rest_of: [context.traits, traits], as: { map_values: string } }",
        "{ rest_of: [context.traits, traits], as: [{ omit: [d] }, { map_values: string }] }",
        "{ merge: [context.traits, traits] }",
    ] {
        let of_tree = written(row, &event);
        let text = of_tree.replace(['"', ' '], "");
        assert_eq!(text, "{field:{c:0,b:x,a:1}}", "{row}: {of_tree}");
    }
}

#[test]
fn a_spread_gives_way_to_fields_that_are_stated() {
    let identify = "message: identify\npayload:\n  thing:\n    \"...\": traits\n    a: userId\n    b: traits.nothing\nsteps:\n  send: { operation: send, body: thing }\n";
    let mapper = mapper(identify, json!({}));
    let body =
        preview(&mapper, &json!({ "type": "identify", "userId": "u", "traits": { "a": 1, "b": 2, "c": 3 } }))
            .body();
    assert_eq!(body, json!({ "a": "u", "b": 2, "c": 3 }));
}

#[test]
fn of_a_key_that_stands_twice_the_last_counts() {
    let identify = "message: identify\npayload:\n  thing:\n    all: traits\n    rest: { rest_of: [traits] }\nsteps:\n  send: { operation: send, body: thing }\n";
    let mapper = mapper(identify, json!({}));
    let event = br#"{"type":"identify","traits":{"a":1},"traits":{"b":1,"b":{"c":1,"c":2}}}"#;
    let sent = mapwright_tests::preview_bytes(&mapper, event).sent();
    assert_eq!(sent[0].body, json!({ "all": { "b": { "c": 2 } }, "rest": { "b": { "c": 2 } } }));
}

#[test]
fn an_alternative_that_cannot_be_converted_gives_way_to_the_next() {
    let cases = [
        (json!({ "a": "yesterday", "b": "7" }), json!(7)),
        (json!({ "a": "5", "b": "7" }), json!(5)),
        (json!({ "a": [1], "b": null, "c": 9.0 }), json!(9)),
        (json!({ "a": "x", "b": "y", "c": "z" }), json!(null)),
        (json!({}), json!(null)),
    ];
    check("{ from: [traits.a, traits.b, { from: traits.c }], as: integer, on_error: next }", &cases);
    check("{ from: [{ from: [traits.a, traits.b] }, traits.c], as: [integer], on_error: next }", &cases);
    check(
        "{ from: [{ from: traits.a, when: traits.ok }, traits.b], as: integer, on_error: next, default: 1 }",
        &[
            (json!({ "a": "5", "b": "7" }), json!(7)),
            (json!({ "a": "x", "b": "y", "ok": true }), json!(1)),
            (json!({ "a": "5", "b": "y", "ok": true }), json!(5)),
        ],
    );
}

#[test]
fn only_alternatives_have_a_next_one() {
    for row in
        ["{ value: x, as: integer, on_error: next }", "{ join: [traits.a], as: integer, on_error: next }"]
    {
        let identify = format!(
            "message: identify\npayload:\n  thing:\n    field: {row}\nsteps:\n  send: {{ operation: send, body: thing }}\n"
        );
        let found = findings(&sources(&identify));
        assert!(found.contains("`on_error: next` has no effect: only `from` has alternatives"), "{found}");
    }
}

#[test]
fn without_an_alternative_that_can_be_converted_the_row_is_missing() {
    let identify = "message: identify\npayload:\n  thing:\n    field: { from: [traits.a, traits.b], as: integer, on_error: next, on_missing: reject, error: no number }\nsteps:\n  send: { operation: send, body: thing }\n";
    let event = json!({ "type": "identify", "traits": { "a": "x", "b": "y" } });
    let rejection = preview(&mapper(identify, json!({})), &event).rejection();
    assert_eq!((rejection.code.as_str(), rejection.message.as_str()), ("missing_required", "no number"));
}

/// A row that is not a field of a payload part leaves out what it reads itself, as a part does.
#[test]
fn a_rest_leaves_out_what_is_read_beside_it_wherever_it_stands() {
    let row =
        "{ from: [{ email: traits.email, city: $city, others: { rest_of: [traits] } }], as: json_text }";
    let text = format!(
        r#"
message: identify
values: {{ city: traits.city }}
order: {{ key: {row} }}
payload: {{ thing: {{ all: {row} }}, other: {{ captured: captures.all, stays: traits }} }}
steps:
  send: {{ operation: send, body: thing }}
  put: {{ operation: put, params: {{ id: {row} }}, capture: {{ all: {row} }}, body: {{ always: {{ value: true }} }} }}
  more: {{ operation: send, body: other }}
"#
    );
    let mapper = mapper(&text, json!({}));
    let event = json!({ "type": "identify", "traits": { "email": "a@b.c", "city": "Oslo", "plan": "pro" } });
    let expected = r#"{"email":"a@b.c","city":"Oslo","others":{"plan":"pro"}}"#;
    let (sent, _) = drive(&mapper, &event, &[(200, json!({})), (200, json!({})), (200, json!({}))]);
    assert_eq!(sent[0].body["all"], expected);
    let path = sent[1].line.rsplit('/').next().unwrap();
    let path = percent_decoded(path);
    assert_eq!(path, expected);
    assert_eq!(sent[2].body["captured"], expected);
    let keys = mapper.order_keys(&event, NOW, &mut Scratch::new());
    assert_eq!(keys.iter().map(|key| key.value.as_str()).collect::<Vec<_>>(), [expected]);
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let mut digit = || u8::try_from(char::from(rest.next().unwrap()).to_digit(16).unwrap()).unwrap();
        bytes.push(if byte == b'%' { digit() * 16 + digit() } else { byte });
    }
    String::from_utf8(bytes).unwrap()
}
