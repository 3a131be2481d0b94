//! Objects of rows, defaults, computed names, and the slips that everybody makes with them.

use mapwright_tests::{findings, mapper, preview, sources};
use serde_json::{Value, json};

fn field(row: &str, event: &Value) -> Value {
    let identify = format!(
        "message: identify\nvalues: {{ fields: traits.fields }}\npayload:\n  thing:\n    field: {row}\n    other: userId\nsteps:\n  send: {{ operation: send, body: thing }}\n"
    );
    let body = preview(&mapper(&identify, json!({})), event).body();
    body.get("field").cloned().unwrap_or(Value::Null)
}

fn of(row: &str, traits: Value) -> Value {
    field(row, &json!({ "type": "identify", "userId": "u1", "traits": traits }))
}

#[test]
fn a_map_without_a_key_of_a_row_is_an_object() {
    assert_eq!(
        of("{ city: traits.city, inner: { a: [traits.a, traits.b] } }", json!({ "city": "x", "b": 1 })),
        json!({ "city": "x", "inner": { "a": 1 } })
    );
    assert_eq!(of("{ city: traits.city }", json!({})), Value::Null);
    assert_eq!(
        of("{ object: { value: traits.a, from: traits.b } }", json!({ "a": 1, "b": 2 })),
        json!({ "value": 1, "from": 2 })
    );
    assert_eq!(of("{ values: traits.a, lists: traits.b }", json!({ "a": 1 })), json!({ "values": 1 }));
    // nearest to `concat`, and two letters off
    assert_eq!(of("{ contact: traits.a }", json!({ "a": 1 })), json!({ "contact": 1 }));
}

#[test]
fn a_default_is_a_row() {
    assert_eq!(of("{ from: traits.a, default: traits.b }", json!({ "b": 2 })), json!(2));
    assert_eq!(
        of("{ from: traits.a, as: integer, default: [traits.b, traits.c] }", json!({ "c": "x" })),
        json!("x")
    );
    assert_eq!(of("{ from: traits.a, default: { b: traits.b } }", json!({ "b": 2 })), json!({ "b": 2 }));
    assert_eq!(
        of("{ from: traits.a, as: integer, on_error: omit, default: userId }", json!({ "a": "x" })),
        json!("u1")
    );
    assert_eq!(of("{ from: traits.a, when: traits.b, default: userId }", json!({ "a": 1 })), Value::Null);
    for constant in ["1", "false", "[]", "\"\"", "{}"] {
        let expected: Value = serde_json::from_str(constant).unwrap();
        assert_eq!(of(&format!("{{ from: traits.a, default: {constant} }}"), json!({})), expected);
    }
    assert_eq!(of("{ from: traits.a, on_missing: null, default: traits.b }", json!({})), Value::Null);
}

#[test]
fn each_with_a_key_makes_an_object() {
    let row = "{ each: traits.items, where: not item.off, key: item.name, to: [item.value, traits.other] }";
    let items = json!([
        { "name": "a", "value": 1 }, { "name": "b" }, { "value": 3 }, { "name": "c", "value": 4, "off": true },
        { "name": 5, "value": 6 }, { "name": "a", "value": 7 },
    ]);
    assert_eq!(of(row, json!({ "items": items, "other": "o" })), json!({ "a": 7, "b": "o", "5": 6 }));
    assert_eq!(of(row, json!({})), Value::Null);
    let kept = "{ each: traits.items, key: item.name, to: { from: item.value, keep: null } }";
    assert_eq!(
        of(
            kept,
            json!({ "items": [{ "name": "a", "value": 1 }, { "name": "a", "value": null }, { "name": "b", "value": null }] })
        ),
        json!({ "a": 1, "b": null })
    );
    // one item: a member with a computed name
    assert_eq!(
        of("{ each: traits, key: item.kind, to: item.value }", json!({ "kind": "x", "value": 1 })),
        json!({ "x": 1 })
    );
}

#[test]
fn names_come_from_the_event_and_its_options() {
    let traits = json!({ "a": 1, "b": 2, "c": 3, "fields": ["c", "a"] });
    let event = json!({
        "type": "identify", "userId": "u1", "traits": traits,
        "integrations": { "Acme": { "fields": ["b"], "one": "c", "types": ["email", "number"], "type": "number" } },
    });
    for (row, expected) in [
        ("{ from: traits, as: { pick: options.fields } }", json!({ "b": 2 })),
        ("{ from: traits, as: { pick: [a, options.one, options.missing] } }", json!({ "a": 1, "c": 3 })),
        ("{ from: traits, as: { pick: $fields } }", json!({ "c": 3, "a": 1 })),
        (
            "{ from: traits, as: [{ omit: [fields, traits.fields] }, { map_keys: uppercase }] }",
            json!({ "B": 2 }),
        ),
        (
            "{ from: traits, as: [{ omit: fields }, { omit: options.missing }] }",
            json!({ "a": 1, "b": 2, "c": 3 }),
        ),
        ("{ from: traits, as: { pick: options.missing } }", Value::Null),
        ("{ from: traits.a, as: { only: options.types } }", json!(1)),
        ("{ from: traits.a, as: { only: [text, options.type] } }", json!(1)),
        ("{ from: traits.a, as: { only: { kinds: [text, options.missing] } } }", Value::Null),
        ("{ from: traits.a, as: [string, { only: options.types }] }", Value::Null),
        // values that are no types
        ("{ from: traits.a, as: { only: $fields }, on_error: omit }", Value::Null),
        ("{ rest_of: traits, omit: [$fields, fields] }", json!({ "b": 2 })),
        ("{ rest_of: traits, omit: [options.fields, fields] }", json!({ "a": 1, "c": 3 })),
    ] {
        assert_eq!(field(row, &event), expected, "{row}");
    }
}

#[test]
fn the_name_of_a_member_is_computed() {
    for (row, traits, expected) in [
        ("{ \"{{ traits.kind }}\": traits.value }", json!({ "kind": "x", "value": 1 }), json!({ "x": 1 })),
        (
            "{ \"{{ traits.kind }}\": traits.value }",
            json!({ "kind": 12.50, "value": 1 }),
            json!({ "12.5": 1 }),
        ),
        // without a name or a value there is no member
        ("{ \"{{ traits.kind }}\": traits.value }", json!({ "value": 1 }), Value::Null),
        ("{ \"{{ traits.kind }}\": traits.value }", json!({ "kind": "", "value": 1 }), Value::Null),
        ("{ \"{{ traits.kind }}\": traits.value }", json!({ "kind": null, "value": 1 }), Value::Null),
        ("{ \"{{ traits.kind }}\": traits.value }", json!({ "kind": [1], "value": 1 }), Value::Null),
        ("{ \"{{ traits.kind }}\": traits.value }", json!({ "kind": { "a": 1 }, "value": 1 }), Value::Null),
        (
            "{ a: traits.value, \"{{ traits.kind }}\": traits.none }",
            json!({ "kind": "x", "value": 1 }),
            json!({ "a": 1 }),
        ),
        // text around it, named values, and conditions
        (
            "{ \"is_{{ traits.kind }}\": { value: true, when: traits.kind } }",
            json!({ "kind": "x" }),
            json!({ "is_x": true }),
        ),
        ("{ \"is_{{ traits.kind }}\": { value: true } }", json!({}), Value::Null),
        (
            "{ \"{{ $fields }}\": { inner: traits.value } }",
            json!({ "fields": "f", "value": 1 }),
            json!({ "f": { "inner": 1 } }),
        ),
        // a field takes precedence over it, and it takes precedence over what is spread; of two, the last that has a value counts
        (
            "{ a: traits.value, \"{{ traits.kind }}\": { value: 2 } }",
            json!({ "kind": "a", "value": 1 }),
            json!({ "a": 1 }),
        ),
        (
            "{ a: traits.value, \"{{ traits.kind }}\": { value: 2 } }",
            json!({ "kind": "a" }),
            json!({ "a": 2 }),
        ),
        (
            "{ \"{{ traits.kind }}\": { value: 2 }, \"...\": traits.o }",
            json!({ "kind": "a", "o": { "a": 1, "b": 1 } }),
            json!({ "a": 2, "b": 1 }),
        ),
        (
            "{ \"{{ traits.kind }}\": { value: 1 }, \"{{ traits.other }}\": { value: 2 } }",
            json!({ "kind": "a", "other": "a" }),
            json!({ "a": 2 }),
        ),
        (
            "{ \"{{ traits.kind }}\": { value: 1 }, \"{{ traits.other }}\": traits.none }",
            json!({ "kind": "a", "other": "a" }),
            json!({ "a": 1 }),
        ),
        // the item of an `each`
        (
            "{ each: traits.list, to: { \"{{ item.k }}\": item.v } }",
            json!({ "list": [{ "k": "x", "v": 1 }, { "v": 2 }] }),
            json!([{ "x": 1 }]),
        ),
    ] {
        assert_eq!(of(row, traits.clone()), expected, "{row} {traits}");
    }
}

#[test]
fn a_part_and_a_body_have_members_with_computed_names() {
    let identify = r#"
message: identify
payload:
  thing:
    "{{ traits.kind }}": { from: traits.value, as: integer }
    other: userId
    copy: payload.thing.score
    rest: { rest_of: traits }
steps:
  send: { operation: send, body: thing }
  again: { operation: send, body: { "{{ traits.kind }}_id": traits.value } }
"#;
    let mapper = mapper(identify, json!({}));
    let event = |value: Value| json!({ "type": "identify", "userId": "u1", "traits": { "kind": "score", "value": value, "x": 1 } });
    let sent = preview(&mapper, &event(json!("5"))).sent();
    let bodies: Vec<&Value> = sent.iter().map(|sent| &sent.body).collect();
    let thing = json!({ "other": "u1", "copy": 5, "rest": { "x": 1 }, "score": 5 });
    assert_eq!(bodies, [&thing, &json!({ "score_id": "5" })]);
    let rejection = preview(&mapper, &event(json!("x"))).rejection();
    assert_eq!(rejection.field.as_deref(), Some("thing.….score"));
    insta::assert_snapshot!(findings(&sources(
        "message: identify\npayload:\n  thing:\n    \"{{ trait.kind }}\": userId\n    \"a_{{ $nme }}\": userId\n    inner: { \"{{ traits.kind \": userId }\n    more: { \"{{ traits.a|upcase }}\": traits.b }\nsteps:\n  send: { operation: send, body: thing }\n"
    )));
}

#[test]
fn null_and_the_empty_string_take_no_precedence_unless_they_are_kept() {
    let traits = || json!({ "x": { "a": 1, "b": 2, "c": null }, "y": { "a": null, "b": "", "d": "" } });
    let expected = json!({ "a": 1, "b": 2, "c": null, "d": "" });
    assert_eq!(of("{ merge: [traits.x, traits.y] }", traits()), expected);
    assert_eq!(of("{ rest_of: [traits.x, traits.y] }", traits()), expected);
    let kept = json!({ "a": null, "b": "", "c": null, "d": "" });
    assert_eq!(of("{ merge: [traits.x, traits.y], keep: [null, empty] }", traits()), kept);
    assert_eq!(of("{ rest_of: [traits.x, traits.y], keep: [null, empty] }", traits()), kept);
    assert_eq!(of("{ merge: [traits.x, traits.y], as: compact }", traits()), json!({ "a": 1, "b": 2 }));
}

#[test]
fn pick_leaves_out_null_and_the_empty_string_unless_they_are_kept() {
    let traits = || json!({ "a": null, "b": "", "c": 1, "names": ["a", "b", "c"] });
    let (all, null) = (json!({ "a": null, "b": "", "c": 1 }), json!({ "a": null, "c": 1 }));
    for (row, expected) in [
        ("{ from: traits, as: { pick: [a, b, c] } }", json!({ "c": 1 })),
        ("{ from: traits, as: { pick: traits.names } }", json!({ "c": 1 })),
        ("{ from: traits, as: { pick: [a, b] } }", Value::Null),
        ("{ from: traits, as: { pick: [a, b, c] }, keep: [null, empty] }", all.clone()),
        ("{ from: traits, as: { pick: traits.names }, keep: [null, empty] }", all),
        ("{ from: traits, as: { pick: { names: [a, b, c], keep: null } } }", null.clone()),
        ("{ from: traits, as: { pick: { names: traits.names, keep: null } } }", null.clone()),
        // its own takes precedence over that of the row
        ("{ from: traits, as: { pick: { names: traits.names, keep: null } }, keep: empty }", null),
    ] {
        assert_eq!(of(row, traits()), expected, "{row}");
    }
    let wrong = "message: identify\npayload: { thing: { a: { from: traits, as: { pick: { names: traits.names, keep: nul } } } } }\nsteps: { send: { operation: send, body: thing } }\n";
    insta::assert_snapshot!(findings(&sources(wrong)));
}

#[test]
fn slips_have_one_finding_that_says_what_to_write() {
    let mut text = String::new();
    for row in [
        "{ form: traits.a }",
        "{ form: traits.a, as: integer }",
        "{ as: integer }",
        "{ from: traits.a, city: traits.city }",
        "{ description: where, city: traits.city, region: traits.region }",
        "{ from: traits.a, as: lower }",
        "{ from: traits.a, default: USD }",
        "$traits.email",
        "$missing",
        "payload.thing.$fields",
        "{ value: settings.region }",
        "{ value: $fields }",
        "{ value: traits.email }",
        "[context.externalId[1].id]",
        "{ first: [traits.a] }",
        "{ without: traits.a }",
        "{ value: a, when: traits.$fields }",
        "{ template: \"{{ $fieds }}\" }",
        "{ key: traits.a, join: [traits.b] }",
        "{ from: traits.a, as: { only: [txt, options.types] } }",
        "{ from: traits.a, as: { only: [text, settings.types] } }",
        "{ from: traits.a, as: { only: $type } }",
    ] {
        let identify = format!(
            "message: identify\nvalues: {{ fields: traits.fields }}\npayload:\n  thing:\n    field: {row}\nsteps:\n  send: {{ operation: send, body: thing }}\n"
        );
        text += &format!("{row}\n    {}\n", findings(&sources(&identify)).replace('\n', "\n    "));
    }
    let early = "message: identify\norder: { user: payload.thing.a }\npayload: { thing: { a: userId } }\nsteps: { send: { operation: send, body: thing } }\n";
    text += &format!("order\n    {}\n", findings(&sources(early)));
    insta::assert_snapshot!(text);
}

#[test]
fn the_names_of_computed_members_count_like_their_values() {
    // their sum is far below the limit, their product far above it
    let item = |at: usize| json!({ "name": format!("{at:03000}"), "value": "v".repeat(3_000) });
    let event = json!({ "type": "identify", "traits": { "list": (0..60).map(item).collect::<Vec<_>>() } });
    let made = field("{ each: traits.list, key: item.name, to: item.value }", &event);
    assert_eq!(made.as_object().map(serde_json::Map::len), Some(60));
}

/// The examples of the reference.
#[test]
fn a_list_becomes_an_object_and_the_reverse() {
    let plan = json!({ "plan": { "a": 1, "b": "x" } });
    let rows = [
        ("{ each: traits.list, key: item.name, to: item.value }", json!({ "a": 1, "b": "x" })),
        (
            "{ from: traits.plan, as: entries }",
            json!([{ "name": "a", "value": 1 }, { "name": "b", "value": "x" }]),
        ),
        (
            "{ each: { from: traits.plan, as: entries }, key: { template: \"trait_{{ item.name }}\" }, to: item.value }",
            json!({ "trait_a": 1, "trait_b": "x" }),
        ),
        (
            "{ each: { from: traits.plan, as: entries }, to: { join: [item.name, item.value], with: \"=\" } }",
            json!(["a=1", "b=x"]),
        ),
    ];
    for (row, expected) in rows {
        let traits = json!({ "plan": plan["plan"], "list": [{ "name": "a", "value": 1 }, { "name": "b", "value": "x" }] });
        assert_eq!(of(row, traits), expected, "{row}");
    }
}
