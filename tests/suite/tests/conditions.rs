//! Conditions and templates have one semantics, whatever stands beside a part of them.

use mapwright::Mapper;
use mapwright_tests::{Became, findings, mapper, preview, preview_bytes, sources};
use serde_json::{Map, Value, json};

/// A mapper that makes these rows, by name.
fn rows(fields: impl IntoIterator<Item = (String, Value)>) -> Mapper {
    let mut thing: Map<String, Value> = fields.into_iter().collect();
    thing.insert("always".into(), json!({ "value": true }));
    let identify = json!({
        "message": "identify",
        "payload": { "thing": thing },
        "steps": { "send": { "operation": "send", "body": "thing" } },
    });
    mapper(&identify.to_string(), json!({}))
}

fn when(condition: &str) -> Value {
    json!({ "value": true, "when": condition })
}

fn template(text: &str) -> Value {
    json!({ "template": text, "keep": ["empty"] })
}

/// The rows of an event with these traits, read from bytes and from a tree.
fn made(mapper: &Mapper, traits: &str) -> Map<String, Value> {
    let event = format!(r#"{{"type":"identify","userId":"u","traits":{traits}}}"#);
    let of_bytes = preview_bytes(mapper, event.as_bytes()).body();
    let tree: Value = serde_json::from_str(&event).unwrap();
    assert_eq!(of_bytes, preview(mapper, &tree).body(), "{event}");
    of_bytes.as_object().unwrap().clone()
}

/// Which of these conditions hold.
fn hold<const N: usize>(conditions: [&str; N], traits: &str) -> [bool; N] {
    let mapper = rows(conditions.iter().enumerate().map(|(at, text)| (format!("c{at}"), when(text))));
    let made = made(&mapper, traits);
    std::array::from_fn(|at| made.contains_key(&format!("c{at}")))
}

/// The texts of these templates.
fn texts<const N: usize>(templates: [&str; N], traits: &str) -> [Option<String>; N] {
    let mapper = rows(templates.iter().enumerate().map(|(at, text)| (format!("t{at}"), template(text))));
    let made = made(&mapper, traits);
    std::array::from_fn(|at| made.get(&format!("t{at}")).map(|text| text.as_str().unwrap().to_owned()))
}

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
        .map(|text| (text.to_owned(), template(text))),
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

/// Expressions and what a template prints of them; nothing where they have no value.
fn check_texts(traits: &str, cases: &[(&str, Option<&str>)]) {
    let rows = rows(cases.iter().map(|(expr, _)| (expr.to_string(), template(&format!("{{{{ {expr} }}}}")))));
    let made = made(&rows, traits);
    for (expr, expected) in cases {
        assert_eq!(made.get(*expr).and_then(Value::as_str), *expected, "{expr}");
    }
}

#[test]
fn arithmetic_is_exact_on_integers_and_takes_numbers_only() {
    check_texts(
        r#"{"n":7,"f":2.5,"big":18446744073709551615,"t":"7","l":[1],"b":true,"z":0,"nil":null}"#,
        &[
            ("traits.n + 1", Some("8")),
            ("1 + traits.n * 2", Some("15")),
            ("(1 + traits.n) * 2", Some("16")),
            ("traits.n - 10", Some("-3")),
            ("traits.n / 2", Some("3.5")),
            ("traits.n // 2", Some("3")),
            ("-traits.n // 2", Some("-4")),
            ("-6 // 2", Some("-3")),
            ("traits.n % 4", Some("3")),
            ("-traits.n % 4", Some("1")),
            ("traits.n % -4", Some("-1")),
            ("8 % 4", Some("0")),
            ("traits.f // 1", Some("2")),
            ("-traits.f % 2", Some("1.5")),
            ("-4.0 % 2", Some("0")),
            ("traits.n ** 2", Some("49")),
            ("2 ** -1", Some("0.5")),
            ("2 ** 0.5 > 1.414", Some("true")),
            ("traits.big - 1", Some("18446744073709551614")),
            ("traits.big + 1", Some("18446744073709551616")),
            ("traits.big * traits.big > 1e38", Some("true")),
            ("2 ** 63", Some("9223372036854775808")),
            ("9007199254740993 + traits.z", Some("9007199254740993")),
            ("-9223372036854775808", Some("-9223372036854775808")),
            ("-(9223372036854775807 + 1)", Some("-9223372036854775808")),
            ("-traits.big", Some("-18446744073709551616")),
            ("traits.n / 0", None),
            ("traits.n // traits.z", None),
            ("traits.n % 0", None),
            ("0.0 / 0", None),
            ("1e300 * 1e300", None),
            ("traits.n + traits.t", None),
            ("traits.n + traits.b", None),
            ("traits.n + traits.missing", None),
            ("traits.n + traits.nil", None),
            ("traits.t * 2", None),
            ("-traits.t", None),
            ("-traits.missing", None),
            ("traits.t + traits.t", Some("77")),
            ("traits.l + [traits.n]", Some("[1,7]")),
            ("traits.l + traits.t", None),
            ("traits.t ~ traits.n ~ traits.b ~ traits.l", Some("77true[1]")),
            ("traits.t ~ traits.missing", None),
            ("traits.t ~ traits.nil", None),
        ],
    );
}

#[test]
fn filters_take_what_the_reference_says() {
    check_texts(
        r#"{"t":" Ab-cD ","n":-7,"f":2.567,"digits":"42","hex":"x","nil":null,"b":true,"l":[3,"x",null,true],
            "o":{"k":1,"l":[2]},"people":[{"n":{"f":"A"}},{},{"n":{"f":"B"}}],"e":"","u":"éa","big":18446744073709551615}"#,
        &[
            ("traits.n|abs", Some("7")),
            ("traits.f|abs", Some("2.567")),
            ("(0 - traits.f)|abs", Some("2.567")),
            ("traits.big|abs", Some("18446744073709551615")),
            ("(0 - 9223372036854775807 - 1)|abs", Some("9223372036854775808")),
            ("traits.digits|abs", None),
            ("traits.n|bool", Some("true")),
            ("traits.e|bool", Some("false")),
            ("traits.missing|bool", Some("false")),
            ("traits.t|trim|capitalize", Some("Ab-cd")),
            ("traits.u|capitalize", Some("Éa")),
            ("traits.t|title", Some(" Ab-Cd ")),
            ("traits.t|lower", Some(" ab-cd ")),
            ("traits.t|upper", Some(" AB-CD ")),
            ("traits.b|upper", Some("TRUE")),
            ("traits.o|upper", Some(r#"{"K":1,"L":[2]}"#)),
            ("traits.nil|upper", None),
            ("traits.missing|upper", None),
            ("traits.t|trim", Some("Ab-cD")),
            ("'xyaxyx'|trim('yx')", Some("a")),
            ("traits.missing|default('d')", Some("d")),
            ("traits.nil|default('d')", Some("d")),
            ("traits.e|default('d')", Some("")),
            ("traits.e|default('d', true)", Some("d")),
            ("traits.e|default('d', boolean=true)", Some("d")),
            ("traits.n|default('d', true)", Some("-7")),
            ("traits.missing|default(traits.nil)", None),
            ("traits.missing|default", Some("")),
            ("traits.missing|default(traits.n)|abs", Some("7")),
            ("traits.l|first", Some("3")),
            ("traits.l|last", Some("true")),
            ("[]|first", None),
            ("traits.o|first", Some("k")),
            ("traits.o|last", Some("l")),
            ("traits.u|first", Some("é")),
            ("traits.u|last", Some("a")),
            ("traits.n|first", None),
            ("traits.digits|int + 1", Some("43")),
            ("'-2.9'|int", Some("-2")),
            ("traits.f|int", Some("2")),
            ("traits.big|int", Some("18446744073709551615")),
            ("1e300|int == 1e300", Some("true")),
            ("traits.b|int", Some("1")),
            ("traits.hex|int", None),
            ("traits.hex|int(0)", Some("0")),
            ("traits.missing|int", None),
            ("traits.missing|int(default=5)", Some("5")),
            ("traits.nil|int", None),
            ("traits.l|int", None),
            ("traits.digits|float / 4", Some("10.5")),
            ("'inf'|float", None),
            ("'nan'|float", None),
            ("traits.hex|float(1.5)", Some("1.5")),
            ("traits.b|float is float", Some("true")),
            ("traits.l|join(',')", Some("3,x,true")),
            ("traits.l|join", Some("3xtrue")),
            ("traits.people|join('+', attribute='n.f')", Some("A+B")),
            ("traits.o|join(' ')", Some("k l")),
            ("traits.u|join('-')", Some("é-a")),
            ("traits.n|join(',')", None),
            ("traits.l|length", Some("4")),
            ("traits.o|length", Some("2")),
            ("traits.u|length", Some("2")),
            ("traits.n|length", None),
            ("traits.missing|length", None),
            ("traits.o|list", Some(r#"["k","l"]"#)),
            ("traits.u|list", Some(r#"["é","a"]"#)),
            ("traits.n|list", None),
            ("traits.t|replace('b', '')", Some(" A-cD ")),
            ("'aaa'|replace('a', 'b', 2)", Some("bba")),
            ("'aaa'|replace('a', 'b', count=-1)", Some("bbb")),
            ("'ab'|replace('', '.')", Some(".a.b.")),
            ("'a1'|replace(1, true)", Some("atrue")),
            ("'a'|replace('a', traits.missing)", None),
            ("traits.f|round", Some("3")),
            ("traits.f|round(1)", Some("2.6")),
            ("traits.f|round(precision=2, method='floor')", Some("2.56")),
            ("traits.f|round(1, 'ceil')", Some("2.6")),
            ("traits.f|round(2000, 'ceil')", Some("2.567")),
            ("traits.big|round", Some("18446744073709551615")),
            ("traits.f|round(method='up')", None),
            ("traits.f|round(-1)", None),
            ("traits.digits|round", None),
            ("traits.l|string|length", Some("17")),
            ("traits.n|string ~ ''", Some("-7")),
            ("traits.nil|string", None),
            ("traits.t is startingwith ' A'", Some("true")),
            ("traits.t is endingwith('x')", Some("false")),
            ("traits.n is startingwith '-'", Some("true")),
            ("traits.missing is startingwith ''", Some("false")),
            ("traits.t is startingwith traits.missing", Some("false")),
        ],
    );
}

#[test]
fn parts_of_values_are_picked_by_name_place_and_slice() {
    check_texts(
        r#"{"l":[1,2,3,4],"s":"héllo","o":{"a":{"b":"x"}},"key":"a","at":1,"nil":null}"#,
        &[
            ("traits.l[0]", Some("1")),
            ("traits.l[-1]", Some("4")),
            ("traits.l[-5]", None),
            ("traits.l[traits.at]", Some("2")),
            ("traits.l[1.0]", Some("2")),
            ("traits.l[4]", None),
            ("traits.l['a']", None),
            ("traits.o[traits.key].b", Some("x")),
            ("traits.o[traits.missing]", None),
            ("traits.o[traits.nil]", None),
            ("traits.o[0]", None),
            ("(traits.o or 1).a.b", Some("x")),
            ("traits.s[-traits.at]", Some("o")),
            ("traits.s[traits.at]", Some("é")),
            ("traits.nil.a", None),
            ("traits.l[1:3]", Some("[2,3]")),
            ("traits.l[:-1]", Some("[1,2,3]")),
            ("traits.l[-2:]", Some("[3,4]")),
            ("traits.l[::2]", Some("[1,3]")),
            ("traits.l[::-1]", Some("[4,3,2,1]")),
            ("traits.l[2:0:-1]", Some("[3,2]")),
            ("traits.l[10:]", Some("[]")),
            ("traits.l[::0]", None),
            ("traits.l[:traits.nil]", None),
            ("traits.s[1:3]", Some("él")),
            ("traits.s[:100000000000000000000]", Some("héllo")),
            ("traits.o[1:]", None),
            ("[traits.l[0], traits.missing, traits.nil, 'x']", Some(r#"[1,null,"x"]"#)),
            ("{'a': traits.missing, 'b': traits.at, traits.key: 1, 'b': 2}", Some(r#"{"a":1,"b":2}"#)),
            ("{traits.nil: 1}", None),
            ("'a' if traits.missing", None),
            ("'a' if traits.missing else 'b'", Some("b")),
            ("traits.missing or traits.nil or 'x'", Some("x")),
            ("traits.at and traits.s", Some("héllo")),
            ("traits.nil and traits.s", None),
            ("1 < traits.l[1] < 3", Some("true")),
            ("1 < traits.l[1] < 2", Some("false")),
            ("3 > traits.l[1] > 1 != 0", Some("true")),
            ("1 in traits.l in [traits.l]", Some("true")),
            ("9 not in traits.l == traits.l", Some("true")),
        ],
    );
}

#[test]
fn loops_go_through_items_names_and_characters() {
    let cases = [
        (
            "{% for x in traits.l %}{{ loop.index }}/{{ loop.length }}={{ x }} {% endfor %}",
            Some("1/2=a 2/2=b "),
        ),
        (
            "{% for x in traits.l %}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.depth }}{{ loop.depth0 }} {% endfor %}",
            Some("021truefalse10 110falsetrue10 "),
        ),
        ("{% for x in traits.o %}{{ x }}{{ traits.o[x] }}{% endfor %}", Some("k1m2")),
        ("{% for x in traits.s %}{{ x }}.{% endfor %}", Some("h.é.")),
        (
            "{% for x in traits.people if x.ok %}{{ loop.index }}{{ x.n }}{% else %}none{% endfor %}",
            Some("1B"),
        ),
        ("{% for x in traits.people if x.no %}{{ x.n }}{% else %}none{% endfor %}", Some("none")),
        ("{% for x in [] %}x{% else %}none{% endfor %}", Some("none")),
        ("{% for x in traits.missing %}x{% else %}none{% endfor %}", None),
        ("{% for x in traits.nil %}x{% endfor %}", None),
        ("{% for x in 7 %}x{% endfor %}", None),
        ("{% for x in traits.people %}{{ x.missing }}{% endfor %}", None),
        (
            "{% for x in traits.l %}{% for y in traits.l %}{{ x }}{{ y }}{{ loop.depth }} {% endfor %}{% endfor %}",
            Some("aa2 ab2 ba2 bb2 "),
        ),
        ("{% for traits in [1] %}{{ traits }}{% endfor %}{{ traits.s }}", Some("1hé")),
        ("{% for x in traits.l -%}  {{ x }}  {%- endfor %}", Some("ab")),
        ("{% raw %}{{ x }}{% endraw %}", Some("{{ x }}")),
        ("{% if traits.no %}a{% elif traits.s %}b{% else %}c{% endif %}", Some("b")),
    ];
    let traits =
        r#"{"l":["a","b"],"o":{"k":1,"m":2},"s":"hé","nil":null,"people":[{"n":"A"},{"n":"B","ok":1}]}"#;
    let rows = rows(cases.iter().map(|(text, _)| (text.to_string(), template(text))));
    let made = made(&rows, traits);
    for (text, expected) in cases {
        assert_eq!(made.get(text).and_then(Value::as_str), expected, "{text}");
    }
}

#[test]
fn what_waits_for_a_response_is_not_known_in_any_expression() {
    let cases = [
        ("captures.c", None),
        ("not captures.c", None),
        ("captures.c|lower == 'x'", None),
        ("'x' in captures.c|string", None),
        ("captures.c|default('x') == 'x'", None),
        ("captures.c is defined", None),
        ("captures.c + 1 > 1", None),
        ("[captures.c]|length > 0", None),
        ("traits.yes and captures.c|trim", None),
        ("traits.no and captures.c|trim", Some(false)),
        ("captures.c|trim and traits.no", Some(false)),
        ("traits.yes or captures.c|trim", Some(true)),
        ("captures.c|trim or traits.yes", Some(true)),
        ("captures.c|trim or traits.no", None),
        ("not (captures.c|trim and traits.no)", Some(true)),
        ("1 if captures.c else 2", Some(true)),
        ("1 if captures.c else 0", None),
        ("1 < captures.c < 0", None),
        ("captures.c < 1 < 0", Some(false)),
        ("traits.yes|default(captures.c)", Some(true)),
        ("traits.missing|default(captures.c)", None),
        ("traits.yes|lower == 'true'", Some(true)),
        ("traits.yes|lower == 'false'", Some(false)),
    ];
    for (condition, expected) in cases {
        let identify = json!({
            "message": "identify",
            "payload": { "thing": { "a": "userId" } },
            "steps": {
                "find": { "operation": "find", "capture": { "c": "response.body.id" } },
                "send": { "operation": "send", "when": condition, "body": "thing" },
            },
        });
        let event = json!({ "type": "identify", "userId": "u", "traits": { "yes": true, "no": false } });
        let sent = preview(&mapper(&identify.to_string(), json!({})), &event).sent();
        let says = sent.get(1).map(|request| request.when.as_deref());
        let expected = match expected {
            Some(true) => Some(None),
            Some(false) => None,
            None => Some(Some(condition)),
        };
        assert_eq!(says, expected, "{condition}");
    }
}

#[test]
fn a_preview_prints_what_a_template_waits_for() {
    let cases = [
        ("{{ captures.c }}", "{c}"),
        ("a {{ captures.c|upper }} {{ userId }}", "a {c} u"),
        ("{% if captures.c %}a{% endif %}", "{c}"),
        ("{% for x in captures.c %}a{% endfor %}", "{c}"),
        ("{% for x in [1] if captures.c %}a{% endfor %}", "{c}"),
        ("{% if true %}a{{ captures.c }}{% endif %}", "a{c}"),
        ("{{ captures.c if traits.no else userId }}", "u"),
    ];
    for (text, expected) in cases {
        let identify = json!({
            "message": "identify",
            "payload": { "thing": { "a": { "template": text } } },
            "steps": {
                "find": { "operation": "find", "capture": { "c": "response.body.id" } },
                "send": { "operation": "send", "body": "thing" },
            },
        });
        let event = json!({ "type": "identify", "userId": "u" });
        let sent = preview(&mapper(&identify.to_string(), json!({})), &event).sent();
        assert_eq!(sent[1].body, json!({ "a": expected }), "{text}");
    }
}

/// What an event with these traits is rejected for.
fn rejection(text: &str, traits: &Value) -> Option<String> {
    let event = json!({ "type": "identify", "userId": "u", "traits": traits });
    match preview(&rows([("t".into(), template(text))]), &event) {
        Became::Rejected(rejection) => Some(rejection.message),
        Became::Mapped(_) => None,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_work_of_a_template_is_bounded() {
    let numbers: Vec<u32> = (0..1_000).collect();
    let long = "x".repeat(300_000);
    let traits = json!({ "l": numbers, "s": long, "big": vec![1; 20_001], "o": { "s": long } });
    for text in [
        "{% for a in traits.l %}{% for b in traits.l %}{% endfor %}{% endfor %}",
        "{% for a in traits.l %}{% if a in traits.l %}{% endif %}{% endfor %}",
        "{% for a in traits.l %}{{ traits.s }}{% endfor %}",
        "{% for a in traits.l %}{% if traits.o.a %}{% endif %}{% if traits.o == a %}{% endif %}{% endfor %}",
        "{% for a in traits.big %}{% endfor %}",
        "{% for a in traits.s %}{% endfor %}",
        "{{ traits.s|replace('x', traits.s) }}",
        "{{ traits.l|join(traits.s) }}",
        "{{ traits.s ~ traits.s ~ traits.s }}",
        "{{ traits.s + traits.s + traits.s }}",
        "{{ traits.big|list }}",
        "{{ traits.big[1:] }}",
        "{{ (traits.big + traits.big)|length }}",
    ] {
        assert_eq!(
            rejection(text, &traits).as_deref(),
            Some("the template cannot be filled in: it exceeds the limit `template_fuel` of 20000"),
            "{text}"
        );
    }
    for text in [
        "{% for a in traits.l %}{{ a }};{% endfor %}",
        "{{ traits.s }}{{ traits.s }}{{ traits.s }}{{ traits.s }}{{ traits.s }}",
        "{{ traits.s|lower|upper|trim|title }}{{ traits.s|upper }}{{ traits.s|string }}{{ traits.s }}",
        "{{ traits.s|replace('x', '') }}",
        "{{ traits.big|length }}{{ traits.big|last }}{{ traits.big|string }}",
        "{% if 7 in traits.big %}{{ traits.s }}{% endif %}",
    ] {
        assert_eq!(rejection(text, &traits), None, "{text}");
    }
}

/// Held against every item anew, the objects of each of these events would be read some ten thousand times: that takes minutes.
#[test]
fn membership_is_linear_in_the_size_of_the_list() {
    let wide: Map<String, Value> = (0..20_000).map(|at| (format!("k{at}"), at.into())).collect();
    let mut last: Map<String, Value> =
        wide.iter().rev().map(|(key, value)| (key.clone(), value.clone())).collect();
    let long = "\u{e9}\n".repeat(100_000);
    let texts: Vec<String> = (0..20_000).map(|at| format!("\n{at}")).collect();
    let conditions =
        ["traits.x in traits.l", "traits.x not in traits.l", "traits.x in traits.l and (\"x\"|lower)"];
    let holds = |x: Value, l: Value| hold(conditions, &json!({ "x": x, "l": l }).to_string());
    let small = vec![json!({ "k0": 0 }); 20_000];
    assert_eq!(holds(json!(wide), json!(small)), [false, true, false]);
    let mut with_last = small.clone();
    with_last.push(json!(last));
    assert_eq!(holds(json!(wide), json!(with_last)), [true, false, true]);
    last.insert("k0".into(), json!(1));
    with_last.push(json!(last));
    assert_eq!(holds(json!(last), json!(with_last)), [true, false, true]);
    assert_eq!(holds(json!(long), json!(texts)), [false, true, false]);
    assert_eq!(holds(json!(texts), json!([texts, small])), [true, false, true]);
}

#[test]
fn what_cannot_be_evaluated_is_found_when_a_mapping_is_checked() {
    let found = |key: &str, text: &str| {
        let mapping = json!({
            "message": "identify",
            "payload": { "thing": { "a": { key: text, if key == "when" { "value" } else { "description" }: "x" } } },
            "steps": { "send": { "operation": "send", "body": "thing" } },
        });
        findings(&sources(&mapping.to_string()))
    };
    for (text, problem) in [
        ("traits.a|uper", "unknown filter `uper` (did you mean `upper`?)"),
        ("traits.a is strin", "unknown test `strin` (did you mean `string`?)"),
        ("traits.a|lower(1)", "too many arguments of `lower` (`lower` takes no arguments)"),
        ("traits.a|replace('x')", "missing argument of `replace` (write `replace(old, new, count)`)"),
        (
            "traits.a|round(1, precision=2)",
            "duplicate argument of `round` (write `round(precision, method)`)",
        ),
        ("traits.a|round(digits=2)", "too many arguments of `round` (write `round(precision, method)`)"),
        ("traits.a is startingwith", "missing argument of `startingwith` (write `startingwith(other)`)"),
        ("traits.a is number(1)", "too many arguments of `number` (`number` takes no arguments)"),
        ("traits.a|join(*traits.b)", "unpacking of arguments is not supported (state them one by one)"),
        ("traits.a == 1e999", "the number is out of range (numbers have up to 64 bits)"),
        (
            "traits.a|lower - 1 > 0",
            "`-` takes numbers, and one operand is never a number (convert a string with `|float` or `|int`)",
        ),
    ] {
        let found = found("when", text);
        assert!(found.ends_with(&format!("invalid-condition: {problem}")), "{text}: {found}");
        assert_eq!(found.lines().count(), 1, "{found}");
    }
    for (text, problem) in [
        (
            "{% for a, b in traits.a %}{% endfor %}",
            "a loop takes one variable (write `{% for item in list %}`)",
        ),
        (
            "{% for a in traits.a recursive %}{% endfor %}",
            "recursive loops are not supported (nest a loop inside the loop)",
        ),
        (
            "{% for a in traits.a %}{{ loop.idx }}{% endfor %}",
            "unknown loop variable `loop.idx` (expected one of `loop.index`, `loop.index0`, `loop.revindex`, `loop.revindex0`, `loop.first`, `loop.last`, `loop.length`, `loop.depth`, `loop.depth0`)",
        ),
        (
            "{% set a = 1 %}",
            "this statement is not supported (templates support only `{{ … }}`, `{% if %}` and `{% for %}`)",
        ),
        ("{{ traits.a|uper }}", "unknown filter `uper` (did you mean `upper`?)"),
    ] {
        let found = found("template", text);
        assert!(found.ends_with(&format!("invalid-template: {problem}")), "{text}: {found}");
    }
    let unknown = found("template", "{% for a in traits.a %}{{ a }}{% else %}{{ a }}{% endfor %}");
    assert!(unknown.contains("unknown-name"), "{unknown}");
    let unknown = found("template", "{% for a in traits.a if loop.first %}{{ a }}{% endfor %}");
    assert!(unknown.contains("unknown-name"), "{unknown}");
}
