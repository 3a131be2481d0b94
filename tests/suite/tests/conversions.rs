//! Conversions in rows: what they calculate with other rows, and what becomes of values that they do not accept.

use mapwright::{Scratch, Sources, Spec};
use mapwright_tests::{
    Became, DESTINATION, NOW, VERSION, bind, compile, findings, list, mapper, preview, sources,
};
use serde_json::{Value, json};

fn identify(row: &str) -> String {
    format!(
        "message: identify\npayload:\n  thing:\n    field: {row}\n    other: userId\nsteps:\n  send: {{ operation: send, body: thing }}\n"
    )
}

fn field(row: &str, traits: Value) -> Became {
    preview(
        &mapper(&identify(row), json!({})),
        &json!({ "type": "identify", "userId": "u1", "traits": traits }),
    )
}

fn check(row: &str, cases: &[(Value, Value)]) {
    for (traits, expected) in cases {
        let body = field(row, traits.clone()).body();
        assert_eq!(body.get("field").unwrap_or(&Value::Null), expected, "{row} of {traits}");
    }
}

#[test]
fn numbers_are_calculated_with_other_rows() {
    check(
        "{ from: traits.price, as: { multiply: traits.quantity } }",
        &[
            (json!({ "price": 19.99, "quantity": 3 }), json!(59.97)),
            (json!({ "price": "19.99", "quantity": "100" }), json!(1999)),
            (json!({ "price": 5 }), json!(null)),
            (json!({ "quantity": 5 }), json!(null)),
            (json!({ "price": "", "quantity": 5 }), json!(null)),
        ],
    );
    check(
        "{ from: traits.price, as: [{ multiply: { from: traits.quantity, default: 1 } }, { add: [traits.tip, traits.fee] }, { round: 1 }, string] }",
        &[
            (json!({ "price": 1.25, "quantity": 2, "fee": 0.06 }), json!("2.6")),
            (json!({ "price": 1.25, "tip": 1, "fee": 7 }), json!("2.3")),
            (json!({ "price": 1.25 }), json!(null)),
        ],
    );
    check(
        "{ from: traits.price, as: [trim, { add: { by: { from: traits.fee, as: { multiply: 2 } } } }], default: 0 }",
        &[(json!({ "price": " 1 ", "fee": "2" }), json!(5)), (json!({ "price": " 1 " }), json!(0))],
    );
    check(
        "{ each: traits.items, to: { from: item.price, as: { multiply: item.quantity } }, as: sum }",
        &[(
            json!({ "items": [{ "price": 0.1, "quantity": 3 }, { "price": 2, "quantity": 1 }, { "price": 9 }] }),
            json!(2.3),
        )],
    );
    check(
        "{ list: [traits.a, traits.b], as: largest }",
        &[(json!({ "a": 1, "b": "2.5" }), json!(2.5)), (json!({ "b": -1 }), json!(-1))],
    );
    check(
        "{ from: traits.a, keep: [null], as: { add: traits.b } }",
        &[(json!({ "a": null, "b": 1 }), json!(null))],
    );
}

#[test]
fn what_cannot_be_calculated_is_an_error_of_the_row() {
    let message = |row: &str, traits: Value| field(row, traits).rejection().message;
    let row = "{ from: traits.price, as: { multiply: traits.quantity } }";
    assert_eq!(
        message(row, json!({ "price": 1, "quantity": "two" })),
        "`traits.price`: multiply expected a number in `by`, found `\"two\"`"
    );
    assert_eq!(
        message(row, json!({ "price": "one", "quantity": 2 })),
        "`traits.price`: multiply expected a number, found `\"one\"`"
    );
    assert_eq!(
        message(row, json!({ "price": i64::MAX, "quantity": i64::MAX })),
        "`traits.price`: multiply `9223372036854775807` is out of range: numbers have 64 bits"
    );
    assert_eq!(
        message(
            "{ from: traits.price, as: { multiply: traits.quantity }, error: no amount }",
            json!({ "price": [], "quantity": 2 })
        ),
        "no amount"
    );
    check(
        "{ from: traits.price, as: [number, { multiply: traits.quantity }], on_error: omit, default: 0 }",
        &[
            (json!({ "price": 1, "quantity": "two" }), json!(0)),
            (json!({ "price": "one", "quantity": 2 }), json!(0)),
            (json!({ "price": 3, "quantity": 2 }), json!(6)),
        ],
    );
}

#[test]
fn a_number_from_a_response_is_known_when_it_is_there() {
    let identify = "message: identify
payload:
  thing:
    total: { from: traits.price, as: { multiply: captures.rate } }
    rate: { from: captures.rate, as: { add: traits.price } }
steps:
  find: { operation: find, capture: { rate: response.body.rate } }
  send: { operation: send, body: thing }
";
    let mapper = mapper(identify, json!({}));
    let event = json!({ "type": "identify", "traits": { "price": 3 } });
    assert_eq!(preview(&mapper, &event).sent()[1].body, json!({ "total": "{rate}", "rate": "{rate}" }));
    let (sent, _) =
        mapwright_tests::drive(&mapper, &event, &[(200, json!({ "rate": 1.5 })), (200, json!({}))]);
    assert_eq!(sent[1].body, json!({ "total": 4.5, "rate": 4.5 }));
}

#[test]
fn a_secret_that_is_no_number_is_not_shown() {
    let destination = DESTINATION.replace("flag:", "token: { type: string, secret: true }\n  flag:");
    let files = [
        ("mappings/acme/destination.yaml", destination.as_str()),
        ("mappings/acme/1.0/version.yaml", VERSION),
        (
            "mappings/acme/1.0/identify.yaml",
            &identify("{ from: traits.price, as: { multiply: settings.token } }"),
        ),
    ];
    let mapper = bind(&compile(&files.into_iter().collect()), "acme", json!({ "token": "s3cret-token" }));
    let rejection =
        preview(&mapper, &json!({ "type": "identify", "userId": "u", "traits": { "price": 1 } })).rejection();
    assert!(!rejection.message.contains("s3cret"), "{}", rejection.message);
    let redacted =
        mapper.explain(&json!({ "type": "identify", "traits": { "price": 1 } }), NOW, &mut Scratch::new());
    assert!(!format!("{redacted:?}").contains("s3cret"));
}

#[test]
fn what_a_conversion_reads_is_checked_as_any_source_is() {
    for (row, expected) in [
        ("{ from: traits.price, as: { multiply: payload.thing.price } }", "price"),
        ("{ from: traits.price, as: { multiply: settings.rat } }", "unknown setting `rat`"),
        ("{ from: traits.price, as: { add: captures.rate } }", "`rate`"),
        ("{ from: traits.price, as: { add: 'traits.items[*]' } }", "traits.items[*]"),
        ("{ from: traits.price, as: { add: \"5\" } }", "expected a number"),
        (
            "{ from: traits, as: { map_values: { add: traits.fee } } }",
            "a source can be used only in the `as` of a row",
        ),
        (
            "{ from: traits.price, as: { add: { by: traits.a, from: traits.b } } }",
            "`from` is not an argument of `add`",
        ),
        ("{ from: traits.date, as: { date_format: YYYY-MM-DD } }", "did you mean `%Y-%m-%d`?"),
    ] {
        let found = Spec::load(&sources(&identify(row))).check().unwrap_err().findings;
        assert_eq!(found.len(), 1, "{row}: {}", list(&found));
        let text = format!("{}; {}", found[0].message, found[0].help.as_deref().unwrap_or_default());
        assert!(text.contains(expected), "{row}: {text}");
    }
}

#[test]
fn what_a_conversion_reads_is_no_longer_a_part_of_the_rest() {
    let identify = "message: identify
payload:
  thing:
    total: { from: traits.price, as: { multiply: traits.quantity } }
    custom: { rest_of: [traits], as: [flatten: _, scalars: { keep: empty }] }
steps:
  send: { operation: send, body: thing }
";
    let event =
        json!({ "type": "identify", "traits": { "price": 3, "quantity": 2, "a": 5.0, "b": "", "c": null } });
    let body = preview(&mapper(identify, json!({})), &event).body();
    assert_eq!(body.to_string(), r#"{"total":6,"custom":{"a":5,"b":""}}"#);
}

const CHAINS: &str = "conversions:
  email_address: [clean, { only: email }]
  clean: [trim, lowercase]
  ids: [unique, join: \",\"]
  names: { map_keys: [clean, { prefix: x_ }] }
";

fn with(version: &str, identify: &str) -> Sources {
    let version = format!("{VERSION}{version}");
    let files = [
        ("mappings/acme/destination.yaml", DESTINATION),
        ("mappings/acme/1.0/version.yaml", version.as_str()),
        ("mappings/acme/1.0/identify.yaml", identify),
    ];
    files.into_iter().collect()
}

#[test]
fn a_version_defines_conversions_by_name() {
    let identify = "message: identify
payload:
  thing:
    email: { from: traits.email, as: email_address, default: { value: none } }
    ids: { from: 'traits.items[*].id', as: ids }
    custom: { from: traits.custom, as: [names, { map_values: [string, clean] }] }
steps:
  send: { operation: send, body: thing }
";
    let mapper = bind(&compile(&with(CHAINS, identify)), "acme", json!({}));
    let traits = json!({ "email": " Ada@Example.com", "items": [{ "id": 1 }, { "id": 1 }, { "id": 2 }], "custom": { " A": " B " } });
    let body = preview(&mapper, &json!({ "type": "identify", "traits": traits })).body();
    assert_eq!(body, json!({ "email": "ada@example.com", "ids": "1,2", "custom": { "x_a": "b" } }));
    let body = preview(&mapper, &json!({ "type": "identify", "traits": { "email": "ada" } })).body();
    assert_eq!(body, json!({ "email": "none" }));
}

#[test]
fn a_version_inherits_conversions_and_replaces_them_by_name() {
    let version = format!("{VERSION}{CHAINS}");
    let identify = identify("{ from: traits.a, as: email_address }");
    let destination = DESTINATION.replace("versions: { default: \"1.0\" }", "versions: { default: \"2.0\" }");
    for (later, expected) in [
        ("", json!("ada@example.com")),
        ("conversions: { clean: trim }", json!("Ada@Example.com")),
        ("conversions: { email_address: [trim, truncate: 3] }", json!("Ada")),
    ] {
        let later = format!("version: \"2.0\"\nextends: \"1.0\"\n{later}\n");
        let files = [
            ("mappings/acme/destination.yaml", destination.as_str()),
            ("mappings/acme/1.0/version.yaml", version.as_str()),
            ("mappings/acme/1.0/identify.yaml", identify.as_str()),
            ("mappings/acme/2.0/version.yaml", later.as_str()),
        ];
        let mapper = bind(&compile(&files.into_iter().collect()), "acme", json!({}));
        let event = json!({ "type": "identify", "userId": "u", "traits": { "a": " Ada@Example.com" } });
        assert_eq!(preview(&mapper, &event).body()["field"], expected, "{later}");
    }
}

#[test]
fn a_wrong_definition_has_one_finding() {
    for (chains, row, expected) in [
        (
            "conversions: { a: [trim, lowercas] }",
            "{ from: traits.a, as: a }",
            "unknown conversion `lowercas`; did you mean `lowercase`?",
        ),
        (
            "conversions: { a: trim }",
            "{ from: traits.a, as: [a, { map_values: b }] }",
            "unknown conversion `b`",
        ),
        (
            "conversions: { email_address: trim }",
            "{ from: traits.a, as: [email_address, email_adress] }",
            "did you mean `email_address`?",
        ),
        (
            "conversions: { a: [trim, b], b: [{ map_keys: c }], c: [a] }",
            "{ from: traits.a, as: [a, b, c] }",
            "the conversion `a` contains itself",
        ),
        ("conversions: { a: a }", "{ from: traits.a, as: a }", "the conversion `a` contains itself"),
        (
            "conversions: { trim: lowercase }",
            "{ from: traits.a, as: trim }",
            "`trim` is the name of a conversion of the engine",
        ),
        (
            "conversions: { a: { truncate: x } }",
            "[{ from: traits.a, as: a }, { from: traits.b, as: [a, a] }]",
            "`max` of `truncate`",
        ),
        (
            "conversions: { a: { multiply: traits.b } }",
            "{ from: traits.a, as: a }",
            "a source can be used only in the `as` of a row",
        ),
        ("conversions: { a: trim }", "{ from: traits.a, as: { a: 5 } }", "`a` takes no arguments, found `5`"),
        ("conversions: { a: 5 }", "{ from: traits.a, as: a }", "expected a conversion"),
        ("conversions: { a: { pick: $b } }", "{ from: traits.a, as: a }", "unknown value set `$b`"),
    ] {
        let spec = Spec::load(&with(chains, &identify(row)));
        let found = match spec.check() {
            Ok(valid) => valid.warnings().to_vec(),
            Err(found) => found.findings,
        };
        assert_eq!(found.len(), 1, "{chains} {row}: {}", list(&found));
        let text = format!("{}; {}", found[0].message, found[0].help.as_deref().unwrap_or_default());
        assert!(text.contains(expected), "{chains} {row}: {text}");
    }
}

#[test]
fn a_named_conversion_has_a_bounded_number_of_conversions() {
    let doubling = |inner: fn(usize) -> String| {
        let names: String = (0..60).map(|at| format!("  a{at}: {}\n", inner(at + 1))).collect();
        format!("conversions:\n{names}  a60: trim\n")
    };
    let with_row = |chains: &str| {
        let identify = "message: identify\npayload: { thing: { a: { from: traits.a, as: a0 } } }\nsteps: { send: { operation: send, body: thing } }\n";
        findings(&with(chains, identify))
    };
    for chains in [
        doubling(|next| format!("[a{next}, a{next}]")),
        doubling(|next| format!("{{ map_values: [a{next}, a{next}] }}")),
    ] {
        let found = with_row(&chains);
        assert!(
            found.ends_with("has more than 100 conversions, including those of the names in it (limit `chain`) (write a shorter chain)"),
            "{found}"
        );
        assert_eq!(found.lines().count(), 1, "{found}");
    }
    // names that stand for one conversion may follow each other
    let deep: String = (0..3_000).map(|at| format!("  a{at}: a{}\n", at + 1)).collect();
    assert_eq!(with_row(&format!("conversions:\n{deep}  a3000: trim\n")), "");
}
