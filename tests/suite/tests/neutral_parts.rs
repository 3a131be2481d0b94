//! A condition or a template says the same when something neutral is added to it: a filter, a test, parentheses, a statement.

use mapwright::Mapper;
use mapwright_tests::{preview, preview_bytes, rows};
use proptest::prelude::*;
use serde_json::{Value, json};

/// The rows of an event with these traits, read from bytes and from a tree.
fn made(mapper: &Mapper, traits: &Value) -> Value {
    let event = json!({ "type": "identify", "userId": "u", "traits": traits });
    let made = preview(mapper, &event).body();
    assert_eq!(made, preview_bytes(mapper, event.to_string().as_bytes()).body());
    made
}

/// The same condition with something neutral, and what each row says where the condition holds and where not.
fn conditions(condition: &str) -> Vec<(Value, [Value; 2])> {
    let when = |text: String| (json!({ "value": 1, "when": text }), [json!(1), Value::Null]);
    let unless = |text: String| (json!({ "value": 1, "unless": text }), [Value::Null, json!(1)]);
    let template = |text: String| (json!({ "template": text }), [json!("1"), json!("0")]);
    vec![
        when(condition.to_owned()),
        when(format!("({condition})")),
        when(format!("({condition}) and (\"x\"|lower) == \"x\"")),
        when(format!("(\"x\"|lower) == \"x\" and ({condition})")),
        when(format!("({condition}) or \"\"|trim|length > 0")),
        when(format!("traits.nothing is defined or ({condition})")),
        when(format!("({condition})|bool")),
        when(format!("({condition})|default(false)")),
        when(format!("true if ({condition}) else false")),
        when(format!("not (not ({condition}))")),
        unless(format!("({condition}) and not (\"x\"|upper) == \"x\"")),
        template(format!("{{% if ({condition}) %}}1{{% else %}}0{{% endif %}}")),
        template(format!("{{% if not ({condition}) %}}0{{% else %}}{{{{ \" 1 \"|trim }}}}{{% endif %}}")),
        template(format!("{{{{ 1 if ({condition}) else 0 }}}}")),
        template(format!(
            "{{% for x in [0] %}}{{% if ({condition}) %}}1{{% else %}}0{{% endif %}}{{% endfor %}}"
        )),
        template(format!("{{% for x in [1] if ({condition}) %}}{{{{ x }}}}{{% else %}}0{{% endfor %}}")),
    ]
}

/// The same template with something neutral.
fn templates(template: &str) -> Vec<Value> {
    let texts = [
        template.to_owned(),
        format!("{{% if true %}}{template}{{% endif %}}"),
        format!("{{% if userId|upper == \"U\" %}}{template}{{% else %}}-{{% endif %}}"),
        format!("{{# a comment #}}{template}{{{{ \" \"|trim }}}}"),
        format!("{{{{ \"\"|default(userId) }}}}{template}"),
        format!("{{% for x in [1] %}}{template}{{% endfor %}}"),
        format!("{template}{{% for x in [] %}}-{{% endfor %}}"),
    ];
    texts.into_iter().map(|text| json!({ "template": text, "keep": ["empty"] })).collect()
}

fn check_condition(condition: &str, traits: &Value) {
    let ways = conditions(condition);
    let mapper = rows(ways.iter().enumerate().map(|(at, (row, _))| (format!("{at}"), row.clone())));
    let made = made(&mapper, traits);
    let holds = !made["0"].is_null();
    for (at, (row, [yes, no])) in ways.iter().enumerate() {
        let expected = if holds { yes } else { no };
        assert_eq!(&made[at.to_string()], expected, "{row} of {traits}, where the condition says {holds}");
    }
}

fn check_template(template: &str, traits: &Value) {
    let ways = templates(template);
    let mapper = rows(ways.iter().enumerate().map(|(at, row)| (format!("{at}"), row.clone())));
    let made = made(&mapper, traits);
    for (at, row) in ways.iter().enumerate() {
        assert_eq!(made[at.to_string()], made["0"], "{row} of {traits}");
    }
}

/// Cases that an evaluator has got wrong.
#[test]
fn kept_cases() {
    let traits = json!({
        "a": 18_446_744_073_709_551_615_u64, "b": true, "c": { "a": "x" }, "d": [1.0, null, "1"], "e": "", "f": null,
    });
    for condition in [
        "traits.z < 18",
        "traits.z <= traits.y",
        "traits.f < 1",
        "traits.b > 0",
        "traits.b == 1",
        "traits.a == 18446744073709551614",
        "traits.a in [18446744073709551614]",
        "traits.d[0] == 1",
        "1 in traits.d",
        "'x' in traits.c",
        "traits.z in traits.d",
        "traits.f in traits.d",
        "traits.z is sequence",
        "traits.b is number",
        "traits.z|length == 0",
        "traits.f == traits.z",
        "traits.c == {'a': 'x'}",
        "traits.d < [2]",
        "traits.e or traits.f",
    ] {
        check_condition(condition, &traits);
    }
    for template in [
        "{{ traits.b }}",
        "{{ traits.c }} {{ traits.d }}",
        "{{ traits.f }}",
        "{{ traits.z }}",
        "{{ traits.e }}",
        "{{ traits.a }}",
        "{{ traits.d[0] }}",
        "{{ traits.b|string }}{{ traits.d|join(',') }}",
        "{{ traits.c ~ traits.b }}",
        "{% for x in traits.d %}{{ x or 'none' }}{% endfor %}",
        "{% for x in traits.z %}{{ x }}{% else %}none{% endfor %}",
    ] {
        check_template(template, &traits);
    }
}

fn values() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        1 => Just(Value::Null),
        2 => any::<bool>().prop_map(Value::from),
        3 => (-2..4_i64).prop_map(Value::from),
        1 => prop::sample::select(vec![u64::MAX, u64::MAX - 1, 1 << 53, (1 << 53) + 1]).prop_map(Value::from),
        1 => prop::sample::select(vec![0.0, 1.0, 1.5, 9_007_199_254_740_992.0, 1e300]).prop_map(Value::from),
        3 => prop::sample::select(vec!["", "a", "A", " a", "1", "1.0", "true", "é\n"]).prop_map(Value::from),
    ];
    scalar.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::hash_map(prop::sample::select(vec!["a", "b", "1"]), inner, 0..3).prop_map(
                |members| members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
            ),
        ]
    })
}

fn traits() -> impl Strategy<Value = Value> {
    let names = prop::sample::select(vec!["a", "b", "c", "d"]);
    prop::collection::hash_map(names, values(), 0..5)
        .prop_map(|traits| traits.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

fn expressions() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        6 => prop::sample::select(vec!["traits.a", "traits.b", "traits.c", "traits.d", "traits.z", "traits.a.a", "traits.b[0]"])
            .prop_map(str::to_owned),
        3 => prop::sample::select(vec![
            "none", "true", "false", "0", "1", "1.0", "-1", "18446744073709551615", "9007199254740993", "''", "'a'",
            "'1'", "[]", "[1, 'a']", "{'a': 1}",
        ])
        .prop_map(str::to_owned),
    ];
    let operators = prop::sample::select(vec![
        "==", "!=", "<", "<=", ">", ">=", "in", "not in", "and", "or", "and", "or", "+", "-", "~", "% 3 ==",
    ]);
    let behind = prop::sample::select(vec![
        "|lower",
        "|trim",
        "|string",
        "|int",
        "|float(0)",
        "|length",
        "|first",
        "|last",
        "|list",
        "|join('-')",
        "|abs",
        "|round(1)",
        "|default('d')",
        "|default(1, true)",
        "|bool",
        "|title",
        "|replace('a', 'b')",
        " is defined",
        " is none",
        " is string",
        " is number",
        " is not mapping",
        " is even",
        " is startingwith 'a'",
        " is matching('^a|1')",
        "[0]",
        "[1:]",
        ".a",
    ]);
    leaf.prop_recursive(4, 12, 2, move |inner| {
        prop_oneof![
            4 => (inner.clone(), operators.clone(), inner.clone()).prop_map(|(a, operator, b)| {
                // what is never a number is found when a mapping is checked
                let (a, b) = if matches!(operator, "-" | "% 3 ==") { (format!("({a})|int(2)"), format!("({b})|int")) } else { (a, b) };
                format!("({a}) {operator} ({b})")
            }),
            3 => (inner.clone(), behind.clone()).prop_map(|(a, behind)| format!("({a}){behind}")),
            1 => inner.clone().prop_map(|a| format!("not ({a})")),
            1 => (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(a, b, c)| format!("({a}) if ({b}) else ({c})")),
            1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("[{a}, {b}]")),
            1 => (inner.clone(), inner.clone(), inner).prop_map(|(a, b, c)| format!("({a}) < ({b}) <= ({c})")),
        ]
    })
}

fn whole_templates() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        4 => expressions().prop_map(|expr| format!("{{{{ {expr} }}}}")),
        2 => prop::sample::select(vec!["text ", "é", "-"]).prop_map(str::to_owned),
    ];
    let parts = part.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            1 => (expressions(), inner.clone(), inner.clone())
                .prop_map(|(test, a, b)| format!("{{% if ({test}) %}}{a}{{% else %}}{b}{{% endif %}}")),
            1 => (expressions(), inner).prop_map(|(list, each)| {
                format!("{{% for item in ({list}) %}}{{{{ loop.index }}}}{each}{{{{ item or \"\" }}}}{{% endfor %}}")
            }),
        ]
    });
    prop::collection::vec(parts, 1..3).prop_map(|parts| parts.concat())
}

/// Returns the number of cases, which `PROPTEST_CASES` overrides.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(300)
}

/// The number of tokens is bounded.
const LONGEST: usize = 300;

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_condition_says_the_same_beside_something_neutral(
        condition in expressions().prop_filter("short", |text| text.len() < LONGEST),
        traits in traits(),
    ) {
        check_condition(&condition, &traits);
    }

    #[test]
    fn a_template_prints_the_same_beside_something_neutral(
        template in whole_templates().prop_filter("short", |text| text.len() < LONGEST),
        traits in traits(),
    ) {
        check_template(&template, &traits);
    }
}
