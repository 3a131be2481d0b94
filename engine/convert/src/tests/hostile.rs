//! Tests with any text, and with text that is made to cost much.

use mapwright_json::Text;
use proptest::prelude::*;
use serde_json::json;

use super::{apply, chain, example_scope, outcome};
use crate::{ExampleScope, Notes, Tables, Val};

/// Any text, with characters of every length in each unit.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "(a|é|€|\u{1F600}|\u{301}|&|<|>|\"|'|\u{0}){0,40}"]
}

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn truncated_text_fills_its_limit_and_ends_between_characters(text in any_text(), max in 0_usize..30) {
        let scope = example_scope();
        let length = |unit: &str, text: &str| match unit {
            "bytes" => text.len(),
            "utf16" => text.encode_utf16().count(),
            _ => text.chars().count(),
        };
        for (unit, widest) in [("characters", 1), ("bytes", 4), ("utf16", 2)] {
            for keep in ["start", "end"] {
                let mut notes = Notes::new(scope.settings_value());
                let call = format!("truncate: {{ max: {max}, unit: {unit}, keep: {keep} }}");
                let result = apply(&chain(&call, &scope).unwrap(), Val::Text((&text).into()), &mut notes);
                let kept = result.unwrap().and_then(|kept| kept.to_text().map(String::from)).unwrap_or_default();
                let is_part = if keep == "end" { text.ends_with(&kept) } else { text.starts_with(&kept) };
                prop_assert!(is_part, "{call}: {kept:?}");
                prop_assert!(length(unit, &kept) <= max, "{call}: {kept:?}");
                prop_assert_eq!(notes.warnings.len(), usize::from(kept != text));
                if kept != text {
                    prop_assert!(length(unit, &kept) + widest > max, "{}: {:?}", call, kept);
                }
            }
        }
    }

    #[test]
    fn escaped_text_is_read_as_it_was(text in any_text()) {
        let scope = example_scope();
        for format in ["xml", "html"] {
            let mut notes = Notes::new(scope.settings_value());
            let result =
                apply(&chain(&format!("escape: {format}"), &scope).unwrap(), Val::Text((&text).into()), &mut notes);
            let escaped = result.unwrap().unwrap().to_text().unwrap().into_owned();
            prop_assert!(!escaped.contains(['<', '>', '"', '\'']), "{escaped}");
            let read = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#39;", "'"), ("&amp;", "&")]
                .into_iter()
                .fold(escaped, |text, (from, to)| text.replace(from, to));
            let odd = |c: char| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
            let expected = if format == "xml" { text.replace(odd, "\u{fffd}") } else { text.clone() };
            prop_assert_eq!(read, expected);
        }
    }

    #[test]
    fn any_text_may_be_a_user_agent(
        text in "((Mozilla/5.0|Windows|Mac OS X|Chrome/|wv|Safari/|MSIE|DoCoMo|KDDI-|CrOS|BB10|;|\\(|\\)| |10_1|NT 10.0|Phone|[ -~]|\u{1F600}){0,12})",
    ) {
        for part in ["browser", "browser_version", "os", "os_version", "device"] {
            let found = outcome(&format!("user_agent: {part}"), &Val::Text((&text).into()));
            prop_assert!(!found.contains("UNKNOWN") && !found.starts_with("error"), "{found}");
        }
    }
}

#[test]
fn kept_values_stay_as_they_are() {
    let value = json!({ "a": null, "b": "", "c": " x ", "d": {}, "e": [""] });
    for (call, expected) in [
        ("map_values: { conversions: trim, keep: empty }", "error: in `d`: expected text, found `{}`"),
        (
            "[{ only: object }, { omit: [d, e] }, { map_values: { conversions: trim, keep: [null] } }]",
            r#"{"a":null,"c":"x"}"#,
        ),
        (
            "[{ omit: [d, e] }, { map_values: { conversions: [trim, uppercase], keep: empty } }]",
            r#"{"b":"","c":"X"}"#,
        ),
        ("[{ omit: [d, e] }, { map_values: trim }]", r#"{"c":"x"}"#),
        ("scalars: { others: json, keep: [null, empty] }", r#"{"a":null,"b":"","c":" x ","e":"[\"\"]"}"#),
        ("[{ omit: [d] }, flatten: _, { scalars: { keep: empty } }]", r#"{"b":"","c":" x ","e[0]":""}"#),
        ("compact", r#"{"c":" x "}"#),
    ] {
        assert_eq!(outcome(call, &Val::owned(&value)), expected, "{call}");
    }
}

#[test]
fn whole_numbers_of_users_have_no_fraction() {
    for (written, expected) in [
        ("5.0", "5"),
        ("-0.0", "0"),
        ("-7.00", "-7"),
        ("2e2", "200"),
        ("0.5", "0.5"),
        ("9007199254740993", "9007199254740993"),
        ("9007199254740993.0", "9007199254740993.0"),
        ("1e300", "1e300"),
        ("18446744073709551615", "18446744073709551615"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
    ] {
        let text = format!(r#"{{"a":{written}}}"#);
        let value = Val::Json(Text::parse(&text).unwrap().into());
        assert_eq!(outcome("scalars", &value), format!(r#"{{"a":{expected}}}"#));
        assert_eq!(outcome("[scalars, { limit_text: 255 }]", &value), format!(r#"{{"a":{expected}}}"#));
    }
}

#[test]
fn arranged_tables_are_searched_as_others_are() {
    let settings = json!({
        "rows": [
            { "from": "a", "to": "" }, { "from": "a", "to": null }, { "from": "a", "to": { "x": 1 } }, { "from": "a", "to": "first" },
            { "from": "A", "to": "upper" }, { "from": "a", "to": "second" }, { "from": 1, "to": 1.0 }, { "from": "1", "to": "text" },
            { "to": "none" }, "a", { "from": "É", "to": true }, { "from": ["b"], "to": "b" }, { "from": "b" }, { "other": "b", "to": "c" },
        ],
        "texts": ["é", "a", "é", "z", "1"],
        "columns": [{ "from": "é" }, { "from": "b", "other": "a" }, { "from": "é" }],
        "map": { "a": "one", "A": "two", "b": null },
        "nested": { "rows": [{ "from": "a", "to": "b" }] },
        "text": "a",
    });
    let scope = ExampleScope::new(json!({ "settings": settings }));
    let tables = Tables::new(&settings);
    let values = [
        json!("a"),
        json!("A"),
        json!("b"),
        json!("é"),
        json!("É"),
        json!(1),
        json!("1"),
        json!(""),
        json!("none"),
    ];
    let object = json!({ "a": 1, "A": 2, "b": 3, "1": 4, "É": 5, "é": 6 });
    for setting in ["rows", "columns", "texts", "map", "nested.rows", "text", "missing"] {
        for column in ["from", "other"] {
            let call = |name: &str, more: &str| {
                format!("{name}: {{ table: settings.{setting}, from: {column}{more} }}")
            };
            let of_texts =
                [call("lookup", ""), call("lookup", ", case: ignore"), call("lookup", ", missing: fail")];
            let of_names =
                |name: &str, names: &str| format!("{name}: {{ names: {names}, column: {column} }}");
            let several = format!("[b, settings.texts, settings.{setting}]");
            let of_objects = [
                call("rename", ""),
                call("rename", ", others: drop"),
                of_names("pick", &format!("settings.{setting}")),
                of_names("omit", &format!("settings.{setting}")),
                format!("pick: settings.{setting}"),
                format!("pick: {several}"),
                format!("omit: {several}"),
            ];
            let cases = of_texts.iter().flat_map(|call| values.iter().map(move |value| (call, value)));
            for (call, value) in cases.chain(of_objects.iter().map(|call| (call, &object))) {
                let Ok(chain) = chain(call, &scope) else { continue };
                let result = |mut notes: Notes<'_>| {
                    let result = apply(&chain, Val::Json(value.into()), &mut notes);
                    (result.map(|value| value.map(|value| value.to_string())), notes.warnings)
                };
                let arranged = result(Notes::with_tables(&settings, &tables));
                assert_eq!(arranged, result(Notes::new(&settings)), "{call} of {value}");
            }
        }
    }
}

#[test]
fn whole_numbers_beyond_64_bits_keep_their_digits() {
    let text = "[18446744073709551616, 18446744073709551617, 18446744073709551616, -9223372036854775809]";
    let value = Val::Json(Text::parse(text).unwrap().into());
    let unique = "18446744073709551616,18446744073709551617,-9223372036854775809";
    assert_eq!(outcome("unique", &value), format!("[{unique}]"));
    assert_eq!(outcome("[unique, json_text]", &value), format!("\"[{unique}]\""));
    assert_eq!(outcome("{ join: ',' }", &value).matches("18446744073709551616").count(), 2);
}

#[test]
fn hostile_text_takes_little_time() {
    let long = Val::Text("<".repeat(1 << 20).into());
    let limit = "error: exceeds the limit `conversion_bytes` of 4194304 bytes";
    assert_eq!(outcome("escape: html", &Val::Text("<".repeat(2 << 20).into())), limit);
    assert_eq!(outcome("[{ escape: html }, { extract: '^.' }]", &long), r#""&""#);
    assert_eq!(outcome("user_agent: os", &Val::Text("Windows ".repeat(1 << 17).into())), "no value");
    assert_eq!(
        outcome("only: [email, phone, url, date, uuid]", &Val::Text("1".repeat(1 << 20).into())),
        "no value"
    );
    let nested = format!("{}\"\"{}", r#"{"a":[null,"#.repeat(60), "]}".repeat(60));
    assert_eq!(outcome("compact", &Val::Json(Text::parse(&nested).unwrap().into())), "no value");
    let lists = format!(r#"{{"a":{}1{}}}"#, "[".repeat(100), "]".repeat(100));
    assert!(
        outcome("flatten: { separator: _, arrays: join }", &Val::Json(Text::parse(&lists).unwrap().into()))
            .contains(r#"[0]":"1"#)
    );
    let list = format!(r#"{{"a":[{}]}}"#, vec![r#""xxxxxxxxxx""#; 500_000].join(","));
    assert_eq!(
        outcome("flatten: { separator: _, arrays: join }", &Val::Json(Text::parse(&list).unwrap().into())),
        limit
    );
    // each empty match may scan the rest, so their number is bounded
    let matches = outcome("replace: { pattern: 'a*', with: b }", &Val::Text("x".repeat(100_000).into()));
    assert!(matches.starts_with("error: exceeds the limit `pattern_steps`"), "{matches}");
}
