//! What operators say of every two kinds of values, and what every kind is.

use mapwright::Mapper;
use mapwright_tests::{drive, findings, preview_bytes, sources};
use serde_json::{Map, Value, json};

use crate::harness::{hold, made, name_of, rows, template, texts, when};

#[test]
fn a_filter_does_not_change_what_is_beside_it() {
    assert_eq!(
        hold(
            [
                "traits.age < 18",
                "traits.age < 18 and traits.country|lower == \"uk\"",
                "traits.country|lower == \"uk\"",
            ],
            r#"{"country":"UK"}"#
        ),
        [false, false, true]
    );
    let traits = r#"{"vip":true,"o":{"a":"x"}}"#;
    let expected = Some(r#"true {"a":"x"}"#.to_owned());
    let written = [
        "{{ traits.vip }} {{ traits.o }}",
        "{% if true %}{{ traits.vip }} {{ traits.o }}{% endif %}",
        "{{ traits.vip }} {{ traits.o | trim }}",
        "{{ traits.vip | string }} {{ traits.o }}{{ \"\" | trim }}",
        "{% for o in [traits.o] %}{{ traits.vip }} {{ o }}{% endfor %}",
        "{{ traits.vip ~ \" \" ~ traits.o }}",
    ];
    assert_eq!(texts(written, traits), [(); 6].map(|()| expected.clone()));
    assert_eq!(
        hold(
            [
                "18446744073709551615 == 18446744073709551614",
                "18446744073709551615 == 18446744073709551614 or (\"x\"|upper) == \"x\"",
                "18446744073709551615 == 18446744073709551615",
                "traits.n == 18446744073709551614",
                "traits.n == 18446744073709551615",
                "traits.n in [18446744073709551614]",
            ],
            r#"{"n":18446744073709551615}"#
        ),
        [false, false, true, false, true, false]
    );
}

#[test]
fn a_number_beyond_64_bits_is_compared_by_its_digits() {
    let conditions =
        ["traits.n|string == \"18446744073709551617\"", "traits.n|string == \"18446744073709551616\""];
    let mapper = rows(conditions.map(|condition| (condition.to_owned(), when(condition))));
    let event = r#"{"type":"identify","userId":"u","traits":{"n":18446744073709551617}}"#;
    assert_eq!(
        preview_bytes(&mapper, event.as_bytes()).body(),
        json!({ conditions[0]: true, "always": true })
    );
}

#[test]
fn a_mapping_states_no_number_beyond_64_bits() {
    let found = |row: &str| {
        let steps = r#""steps": { "send": { "operation": "send", "body": "thing" } }"#;
        findings(&sources(&format!(
            r#"{{ "message": "identify", "payload": {{ "thing": {{ "a": {row} }} }}, {steps} }}"#
        )))
    };
    for condition in [
        "traits.n == 18446744073709551617",
        "traits.n|upper == 'x' and traits.n in [1, -9223372036854775809]",
        "traits.n < 340282366920938463463374607431768211455",
    ] {
        let said = found(&when(condition).to_string());
        assert!(said.contains("the number is out of range"), "{condition}: {said}");
    }
    for row in [
        r#"{ "value": 18446744073709551617 }"#,
        r#"{ "value": { "ids": [1, -9223372036854775809] } }"#,
        r#"{ "from": "traits.n", "default": 18446744073709551616 }"#,
        r#"{ "from": "traits.n", "as": { "add": 18446744073709551616 } }"#,
    ] {
        let said = found(row);
        assert!(said.contains("` is out of range"), "{row}: {said}");
    }
    for right in
        [when("traits.n > -9223372036854775808").to_string(), r#"{ "value": 18446744073709551615 }"#.into()]
    {
        assert_eq!(found(&right), "", "{right}");
    }
    assert_eq!(found(r#"{ "value": 1e30 }"#), "");
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Missing,
    Null,
    Boolean,
    Number,
    Text,
    List,
    Object,
}

/// A value, and what is to be known of it: equal values have the same kind and rank, and greater ones of a kind with an order a greater rank.
#[derive(Debug)]
struct Case {
    /// As JSON; nothing for a value that is missing.
    json: &'static str,
    kind: Kind,
    rank: u32,
    is_true: bool,
    printed: Option<&'static str>,
    /// What a list holds, by kind and rank.
    items: &'static [(Kind, u32)],
    /// The names of an object's members.
    names: &'static [&'static str],
}

const fn case(
    json: &'static str,
    kind: Kind,
    rank: u32,
    is_true: bool,
    printed: Option<&'static str>,
) -> Case {
    Case { json, kind, rank, is_true, printed, items: &[], names: &[] }
}

const fn list(json: &'static str, rank: u32, items: &'static [(Kind, u32)]) -> Case {
    Case { json, kind: Kind::List, rank, is_true: !items.is_empty(), printed: Some(json), items, names: &[] }
}

const fn object(json: &'static str, rank: u32, names: &'static [&'static str]) -> Case {
    Case {
        json,
        kind: Kind::Object,
        rank,
        is_true: !names.is_empty(),
        printed: Some(json),
        items: &[],
        names,
    }
}

const CASES: [Case; 37] = [
    case("", Kind::Missing, 0, false, None),
    case("null", Kind::Null, 0, false, None),
    case("false", Kind::Boolean, 0, false, Some("false")),
    case("true", Kind::Boolean, 1, true, Some("true")),
    case("-3", Kind::Number, 0, true, Some("-3")),
    case("0", Kind::Number, 1, false, Some("0")),
    case("0.0", Kind::Number, 1, false, Some("0")),
    case("1", Kind::Number, 2, true, Some("1")),
    case("1.50", Kind::Number, 3, true, Some("1.5")),
    case("7", Kind::Number, 4, true, Some("7")),
    case("7.0", Kind::Number, 4, true, Some("7")),
    case("9007199254740992.0", Kind::Number, 5, true, Some("9007199254740992")),
    case("9007199254740993", Kind::Number, 6, true, Some("9007199254740993")),
    case("9223372036854775807", Kind::Number, 7, true, Some("9223372036854775807")),
    case("9223372036854775808", Kind::Number, 8, true, Some("9223372036854775808")),
    case("18446744073709551614", Kind::Number, 9, true, Some("18446744073709551614")),
    case("18446744073709551615", Kind::Number, 10, true, Some("18446744073709551615")),
    case("18446744073709551616.0", Kind::Number, 11, true, Some("18446744073709551616")),
    case("1e300", Kind::Number, 12, true, Some("1e+300")),
    case(r#""""#, Kind::Text, 0, false, Some("")),
    case(r#""1""#, Kind::Text, 1, true, Some("1")),
    case(r#""7""#, Kind::Text, 2, true, Some("7")),
    case(r#""A""#, Kind::Text, 3, true, Some("A")),
    case(r#""a""#, Kind::Text, 4, true, Some("a")),
    case(r#""a true b""#, Kind::Text, 5, true, Some("a true b")),
    case(r#""true""#, Kind::Text, 6, true, Some("true")),
    case(r#""é""#, Kind::Text, 7, true, Some("é")),
    list("[]", 0, &[]),
    list("[7]", 1, &[(Kind::Number, 4)]),
    list("[7,18446744073709551615]", 2, &[(Kind::Number, 4), (Kind::Number, 10)]),
    list(r#"["7",null,true]"#, 3, &[(Kind::Text, 2), (Kind::Null, 0), (Kind::Boolean, 1)]),
    list(r#"[[7],{"b":[1],"a":"x"}]"#, 4, &[(Kind::List, 1), (Kind::Object, 2)]),
    object("{}", 0, &[]),
    object(r#"{"a":7}"#, 1, &["a"]),
    object(r#"{"a":"x","b":[1]}"#, 2, &["a", "b"]),
    object(r#"{"b":[1],"a":"x"}"#, 2, &["a", "b"]),
    object(r#"{"a":"x","b":[2]}"#, 3, &["a", "b"]),
];

const EVEN: [&str; 7] = [
    "0",
    "0.0",
    "9007199254740992.0",
    "9223372036854775808",
    "18446744073709551614",
    "18446744073709551616.0",
    "1e300",
];

const OPERATORS: [&str; 8] = ["==", "!=", "<", "<=", ">", ">=", "in", "not in"];

fn expected(a: &Case, operator: &str, b: &Case) -> bool {
    let equal = (a.kind, a.rank) == (b.kind, b.rank);
    let in_order = a.kind == b.kind && matches!(a.kind, Kind::Boolean | Kind::Number | Kind::Text);
    match operator {
        "==" => equal,
        "!=" => !equal,
        "<" => in_order && a.rank < b.rank,
        "<=" => equal || in_order && a.rank < b.rank,
        ">" => in_order && a.rank > b.rank,
        ">=" => equal || in_order && a.rank > b.rank,
        "in" => match b.kind {
            Kind::List => b.items.contains(&(a.kind, a.rank)),
            Kind::Object => a.kind == Kind::Text && b.names.contains(&a.printed.unwrap()),
            Kind::Text => a.printed.is_some_and(|text| b.printed.unwrap().contains(text)),
            _ => false,
        },
        "not in" => !expected(a, "in", b),
        other => panic!("{other}"),
    }
}

/// The same condition in several surroundings, each with what it says if the condition does not hold.
fn surrounded(condition: &str) -> Vec<(Value, bool)> {
    let plain = [
        (condition.to_owned(), false),
        (format!("({condition})"), false),
        (format!("not ({condition})"), true),
        (format!("not (not ({condition}))"), false),
        (format!("{condition} and true"), false),
        (format!("true and ({condition})"), false),
        (format!("({condition}) or false"), false),
        (format!("traits.nothing or {condition}"), false),
        (format!("({condition}) and (\"X\"|lower) == \"x\""), false),
        (format!("\"X\"|lower == \"X\" or ({condition})"), false),
        (format!("({condition})|bool"), false),
        (format!("({condition}) is true"), false),
        (format!("({condition}) == true"), false),
        (format!("true if {condition} else false"), false),
        (format!("[{condition}][0]"), false),
        (format!("userId|length > 0 and {condition}"), false),
    ];
    plain.into_iter().map(|(text, otherwise)| (when(&text), otherwise)).collect()
}

/// The same inside of templates that print 1 or 0.
fn inside_templates(condition: &str) -> Vec<Value> {
    let texts = [
        format!("{{% if {condition} %}}1{{% else %}}0{{% endif %}}"),
        format!("{{{{ 1 if {condition} else 0 }}}}"),
        format!("{{{{ ({condition})|int }}}}"),
        format!("{{% for x in [1] %}}{{% if {condition} %}}1{{% else %}}0{{% endif %}}{{% endfor %}}"),
        format!("{{% for x in [1] if {condition} %}}1{{% else %}}0{{% endfor %}}"),
    ];
    texts.iter().map(|text| template(text)).collect()
}

/// Rows for a condition in all surroundings.
fn everywhere(conditions: &[String]) -> Mapper {
    rows(conditions.iter().enumerate().flat_map(|(at, condition)| {
        let plain = surrounded(condition).into_iter().map(|(row, _)| row);
        plain
            .chain(inside_templates(condition))
            .enumerate()
            .map(move |(way, row)| (format!("c{at} {way}"), row))
    }))
}

/// Asserts that a condition says the same everywhere, and what.
fn says(made: &Map<String, Value>, at: usize, condition: &str, expected: bool, of: &str) {
    for (way, (row, otherwise)) in surrounded(condition).into_iter().enumerate() {
        let holds = made.contains_key(&format!("c{at} {way}"));
        assert_eq!(holds, expected != otherwise, "{} of {of}", row["when"]);
    }
    for (way, row) in inside_templates(condition).into_iter().enumerate() {
        let text = &made[&format!("c{at} {}", way + surrounded(condition).len())];
        assert_eq!(text, if expected { "1" } else { "0" }, "{} of {of}", row["template"]);
    }
}

fn traits(members: &[(&str, &str)]) -> String {
    let members = members.iter().filter(|(_, json)| !json.is_empty());
    let members: Vec<String> = members.map(|(name, json)| format!("{name:?}:{json}")).collect();
    format!("{{{}}}", members.join(","))
}

#[test]
fn every_operator_says_of_every_two_kinds_what_the_reference_says() {
    let conditions: Vec<String> =
        OPERATORS.iter().map(|operator| format!("traits.a {operator} traits.b")).collect();
    let mapper = everywhere(&conditions);
    for a in &CASES {
        for b in &CASES {
            let traits = traits(&[("a", a.json), ("b", b.json)]);
            let made = made(&mapper, &traits);
            for (at, operator) in OPERATORS.iter().enumerate() {
                says(&made, at, &conditions[at], expected(a, operator, b), &traits);
            }
        }
    }
}

#[test]
fn a_constant_is_compared_as_a_value_of_the_event_is() {
    for b in CASES.iter().filter(|b| b.kind != Kind::Missing) {
        let constant = b.json.replace("null", "none");
        let conditions = OPERATORS.map(|operator| format!("traits.a {operator} {constant}"));
        let turned = OPERATORS.map(|operator| format!("{constant} {operator} traits.a"));
        let conditions = [conditions, turned].concat();
        let mapper = rows(conditions.iter().map(|condition| (condition.clone(), when(condition))));
        for a in &CASES {
            let made = made(&mapper, &traits(&[("a", a.json)]));
            for (at, operator) in OPERATORS.iter().enumerate() {
                let holds = |at: usize| made.contains_key(&conditions[at]);
                assert_eq!(holds(at), expected(a, operator, b), "{a:?}: {}", conditions[at]);
                let turned = at + OPERATORS.len();
                assert_eq!(holds(turned), expected(b, operator, a), "{a:?}: {}", conditions[turned]);
            }
        }
    }
}

#[test]
fn every_kind_is_true_or_not_tested_and_printed_as_the_reference_says() {
    let tests = [
        "defined",
        "undefined",
        "none",
        "boolean",
        "number",
        "string",
        "sequence",
        "mapping",
        "integer",
        "float",
        "even",
        "true",
        "false",
    ];
    let conditions: Vec<String> = std::iter::once("not not traits.a".to_owned())
        .chain(tests.iter().map(|test| format!("traits.a is {test}")))
        .collect();
    let mapper = everywhere(&conditions);
    let [yes, no] = [true, false].map(Value::from);
    let plain = rows([
        ("when".into(), json!({ "value": yes, "when": "traits.a" })),
        ("unless".into(), json!({ "value": no, "unless": "traits.a" })),
        ("not".into(), json!({ "value": no, "when": "not traits.a" })),
        ("and".into(), json!({ "value": yes, "when": "traits.a and 1" })),
        ("or".into(), json!({ "value": yes, "when": "none or traits.a" })),
        ("bool".into(), json!({ "value": yes, "when": "traits.a|bool" })),
        ("filter".into(), json!({ "value": yes, "when": "traits.a and 'x'|upper" })),
        ("if".into(), json!({ "template": "{% if traits.a %}true{% endif %}" })),
        ("choice".into(), json!({ "template": "{{ 'true' if traits.a else 'false' }}" })),
    ]);
    let printing = rows(
        [
            "{{ traits.a }}",
            "{{ traits.a|string }}",
            "{{ traits.a ~ '' }}",
            "{% if true %}{{ traits.a }}{% endif %}",
            "{% for x in [0] %}{{ traits.a }}{% endfor %}",
            "{% for a in [traits.a] %}{{ a }}{% else %}{{ traits.a }}{% endfor %}",
            "{{ traits.a or traits.a }}",
            "{{ traits['a'] if true }}",
            "{{ (traits.a) }}{# a comment #}",
            "{{ [traits.a, 1]|first if traits.a is defined else traits.a }}",
            "{{ {'x': traits.a}.x }}",
        ]
        .into_iter()
        .map(|text| (name_of(text), template(text))),
    );
    for a in &CASES {
        let traits = traits(&[("a", a.json)]);
        let made_conditions = made(&mapper, &traits);
        says(&made_conditions, 0, &conditions[0], a.is_true, &traits);
        let mut plain = made(&plain, &traits);
        plain.remove("always");
        let expected = match a.is_true {
            true => {
                json!({ "when": true, "and": true, "or": true, "bool": true, "filter": true, "if": "true", "choice": "true" })
            }
            false => json!({ "unless": false, "not": false, "choice": "false" }),
        };
        assert_eq!(Value::from(plain), expected, "{traits}");
        for (at, test) in tests.iter().enumerate() {
            let expected = match *test {
                "defined" => a.kind != Kind::Missing,
                "undefined" => a.kind == Kind::Missing,
                "none" => a.kind == Kind::Null,
                "boolean" => a.kind == Kind::Boolean,
                "number" => a.kind == Kind::Number,
                "string" => a.kind == Kind::Text,
                "sequence" => a.kind == Kind::List,
                "mapping" => a.kind == Kind::Object,
                "integer" => a.kind == Kind::Number && !a.json.contains(['.', 'e']),
                "float" => a.kind == Kind::Number && a.json.contains(['.', 'e']),
                "even" => EVEN.contains(&a.json),
                "true" => a.json == "true",
                "false" => a.json == "false",
                other => panic!("{other}"),
            };
            says(&made_conditions, at + 1, &conditions[at + 1], expected, &traits);
        }
        for (text, printed) in made(&printing, &traits) {
            if text != "always" {
                assert_eq!(Some(printed.as_str().unwrap()), a.printed, "{text} of {traits}");
            }
        }
        let printed = made(&printing, &traits).len() - 1;
        assert_eq!(printed, if a.printed.is_some() { 11 } else { 0 }, "{traits}");
    }
}

#[test]
fn a_field_of_a_part_is_defined_if_it_has_a_value() {
    let row = |test: &str, field: &str| when(&format!("payload.part.{field} is {test}")).to_string();
    let rows: Vec<String> = ["kept", "plain", "kept.b"]
        .into_iter()
        .flat_map(|field| {
            ["defined", "undefined"].map(|test| format!("{field} {test}: {}", row(test, field)))
        })
        .collect();
    let mapper = mapwright_tests::mapper(
        &format!(
            "message: identify\npayload:\n  part: {{ first: userId, kept: {{ from: traits.a, keep: [null, empty] }}, plain: traits.a, last: userId }}\n  \
             thing: {{ {} }}\nsteps: {{ send: {{ operation: send, body: thing }} }}\n",
            rows.join(", ")
        ),
        json!({}),
    );
    for a in &CASES {
        let traits = traits(&[("a", a.json)]);
        let (kept, plain) =
            (a.kind != Kind::Missing, a.kind != Kind::Missing && !["null", r#""""#].contains(&a.json));
        let member = a.names.contains(&"b");
        let says = |field: &str, is: bool| format!("{field} {}", if is { "defined" } else { "undefined" });
        let made = made(&mapper, &traits);
        // a run knows more of its parts than a preview
        let event = json!({ "type": "identify", "userId": "u", "traits": serde_json::from_str::<Value>(&traits).unwrap() });
        let (sent, _) = drive(&mapper, &event, &[(200, json!({}))]);
        assert_eq!(sent[0].body, Value::from(made.clone()), "{traits}");
        let made: Vec<String> = made.into_iter().map(|(name, _)| name).collect();
        assert_eq!(made, [says("kept", kept), says("plain", plain), says("kept.b", member)], "{traits}");
    }
}
