//! Tests of the table's examples, and of everything that examples cannot express.

mod hostile;
mod matching;

use insta::assert_snapshot;
use mapwright_json::Text;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// The settings, sets and tables of the examples.
fn example_scope() -> ExampleScope {
    ExampleScope::new(read(EXAMPLE_SCOPE))
}

fn read(yaml: &str) -> Value {
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(yaml, options).unwrap()
}

/// The conversions of a YAML text, or what is wrong with it.
fn chain(written: &str, scope: &dyn Scope) -> Result<Vec<Conversion>, Vec<Mistake>> {
    let written = read(written);
    let calls = written.as_array().cloned().unwrap_or_else(|| vec![written]);
    let built: Result<Vec<_>, _> =
        calls.iter().map(|call| build(&Call::from_json(call, is_first_argument).unwrap(), scope)).collect();
    Ok(built?.concat())
}

fn apply<'e>(chain: &[Conversion], value: Val<'e>, notes: &mut Notes<'_>) -> Converted<'e> {
    let mut value = Some(value);
    for conversion in chain {
        let Some(current) = value else { return Ok(None) };
        value = conversion.convert(current, notes)?;
    }
    Ok(value)
}

/// Returns the result of a value as text.
fn outcome(call: &str, value: &Val<'_>) -> String {
    let scope = example_scope();
    let mut notes = Notes::new(scope.settings_value());
    let chain = chain(call, &scope).unwrap_or_else(|reports| panic!("{call}: {reports:?}"));
    let mut text = match apply(&chain, value.clone(), &mut notes) {
        Ok(None) => "no value".to_owned(),
        Ok(Some(value)) => value.to_string(),
        Err(error) => format!("error: {error}"),
    };
    for Warning { code, message, .. } in notes.warnings {
        text += &format!("\n{code}: {message}");
    }
    text
}

fn compact(json: &str) -> String {
    serde_json::from_str::<Value>(json).unwrap().to_string()
}

#[test]
fn every_example_is_true() {
    for definition in definitions() {
        for Example { call, value, outcome: expected } in definition.examples {
            let expected = match expected {
                ExampleResult::Gives(result) => compact(result),
                ExampleResult::Nothing => "no value".to_owned(),
                ExampleResult::Fails(error) => format!("error: {error}"),
                ExampleResult::Warns(result, warnings) => {
                    let warnings = warnings.iter().map(|(code, message)| format!("\n{code}: {message}"));
                    compact(result) + &warnings.collect::<String>()
                }
            };
            let tree: Value = serde_json::from_str(value).unwrap();
            for value in
                [Val::Json(Text::parse(value).unwrap().into()), Val::Json((&tree).into()), Val::owned(&tree)]
            {
                assert_eq!(outcome(call, &value), expected, "{}: {call} of {value}", definition.name);
            }
        }
    }
}

#[test]
fn every_conversion_has_an_example_of_its_own() {
    for definition in definitions() {
        let own = |example: &Example| example.call.contains(definition.name);
        assert!(definition.examples.iter().any(own), "{}", definition.name);
    }
}

#[test]
fn the_table_is_sorted_by_group_and_name_and_names_are_unique() {
    let order: Vec<(Group, &str)> = definitions().map(|d| (d.group, d.name)).collect();
    let mut sorted = order.clone();
    sorted.sort();
    assert_eq!(order, sorted);
    let mut names: Vec<&str> = definitions().map(|d| d.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), order.len());
}

#[test]
fn the_reference_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/language/conversions.md");
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        std::fs::write(path, reference()).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == reference(),
        "docs/language/conversions.md is out of date; regenerate it with \
         `UPDATE_GENERATED=1 cargo test -p mapwright-convert`"
    );
}

#[test]
fn the_schema_of_calls_takes_every_example() {
    let validator = jsonschema::validator_for(&call_schema()).unwrap();
    for example in definitions().flat_map(|definition| definition.examples) {
        let written = read(example.call);
        let calls = written.as_array().cloned().unwrap_or_else(|| vec![written]);
        for call in calls {
            assert!(validator.is_valid(&call), "{call}");
        }
    }
    for wrong in [
        json!("truncate"),
        json!({"truncate": "long"}),
        json!({"flatten": {"seperator": "_"}}),
        json!({"md6": 1}),
    ] {
        assert!(!validator.is_valid(&wrong), "{wrong}");
    }
}

#[test]
fn without_settings_a_table_is_empty_and_a_key_is_an_error() {
    let scope = example_scope();
    let settings = json!({ "secret": ["a"], "customMappings": "x", "setOnce": [{ "property": 1 }] });
    let mut text = String::new();
    for (settings, call) in [
        (&Value::Null, "lookup: settings.customMappings"),
        (&Value::Null, "hmac_sha256: settings.secret"),
        (&Value::Null, "[{ wrap: a }, { omit: settings.setOnce }]"),
        (&settings, "lookup: settings.customMappings"),
        (&settings, "hmac_sha256: settings.secret"),
        (&settings, "[{ wrap: a }, { omit: { names: settings.setOnce, column: property } }]"),
    ] {
        let mut notes = Notes::new(settings);
        let result = apply(&chain(call, &scope).unwrap(), Val::Text("x".into()), &mut notes);
        text += &match result {
            Ok(None) => format!("{call}: no value\n"),
            Ok(Some(value)) => format!("{call}: {value}\n"),
            Err(error) => format!("{call}: error: {error}\n"),
        };
    }
    assert_snapshot!(text);
}

#[test]
fn the_first_row_with_a_value_counts() {
    let settings = json!({
        "customMappings": [{ "from": "a" }, { "to": "b" }, 5, { "from": "a", "to": "" }, { "from": "A", "to": 7 }, { "from": "a", "to": "x" }],
        "columns": { "a": "b" },
    });
    let table = "settings.customMappings";
    for (call, value, expected) in [
        (format!("lookup: {table}"), json!("a"), r#""x""#),
        (format!("lookup: {{ table: {table}, case: ignore }}"), json!("a"), "7"),
        (format!("rename: {{ table: {table} }}"), json!({"a": 1, "A": 2, "c": 3}), r#"{"x":1,"7":2,"c":3}"#),
        ("lookup: settings.columns".to_owned(), json!("a"), r#""b""#),
        ("rename: settings.columns".to_owned(), json!({"a": 1}), r#"{"b":1}"#),
    ] {
        let mut notes = Notes::new(&settings);
        let result = apply(&chain(&call, &example_scope()).unwrap(), Val::owned(&value), &mut notes);
        assert_eq!(result.unwrap().unwrap().to_string(), expected, "{call}");
    }
}

#[test]
fn dates() {
    let at = |value: Value| outcome("unix_micros", &Val::owned(&value));
    let second = |text: &str| outcome("unix_seconds", &Val::Text(text.into()));
    for (text, expected) in [
        // ISO 8601
        ("2019-05-19T18:34:24Z", "1558290864"),
        ("2019-05-19t18:34:24z", "1558290864"),
        ("2019-05-19T18:34:24", "1558290864"),
        ("2019-05-19 18:34:24", "1558290864"),
        ("2019-05-19 18:34:24 UTC", "1558290864"),
        ("2019-05-19 20:34:24 +0200", "1558290864"),
        ("2019-05-19T18:34:24.999999999Z", "1558290864"),
        ("2019-05-19T18:34:24,5Z", "1558290864"),
        ("2019-05-19T18:34Z", "1558290840"),
        ("2019-05-20T00:04:24+05:30", "1558290864"),
        ("2019-05-20T00:04:24+0530", "1558290864"),
        ("2019-05-19T20:34:24+02", "1558290864"),
        ("2019-05-19T20:34:24+02:00[Europe/Berlin]", "1558290864"),
        ("20190519T183424Z", "1558290864"),
        ("2019-05-19", "1558224000"),
        ("  2019-05-19\n", "1558224000"),
        ("1969-12-31T23:59:59.5Z", "-1"),
        ("1969-12-31T23:59:59Z", "-1"),
        ("1583-01-01", "-12212553600"),
        ("0001-01-01T00:00:00Z", "-62135596800"),
        ("0000-01-01T00:00:00Z", "-62167219200"),
        ("9999-12-31T23:59:59Z", "253402300799"),
        ("9999-12-31T23:59:59-05:00", "253402318799"),
        ("2016-12-31T23:59:60Z", "1483228799"),
        ("2020-02-29", "1582934400"),
        // RFC 2822 and HTTP
        ("Sun, 19 May 2019 18:34:24 +0000", "1558290864"),
        ("Mon, 19 May 2019 18:34:24 +0000", "1558290864"),
        ("19 May 2019 20:34:24 +0200", "1558290864"),
        ("Sun, 19 May 2019 18:34:24 GMT", "1558290864"),
        ("Sun, 19 May 2019 13:34:24 CDT", "1558290864"),
        ("Sun, 19 May 2019 18:34:24 UTC", "1558290864"),
        ("Sun, 19 May 19 18:34:24 +0000", "1558290864"),
        ("2019-05-19T18:34:24-00:00", "1558290864"),
        // JavaScript
        ("Sun May 19 2019 18:34:24 GMT+0000 (Coordinated Universal Time)", "1558290864"),
        ("Mon May 19 2019 18:34:24 GMT+0000 (UTC)", "1558290864"),
        ("Sun May 19 2019 20:34:24 GMT+0200 (Central European Summer Time)", "1558290864"),
        ("Sun May 19 2019 20:34:24 GMT+0200 (Восточная Европа, летнее время)", "1558290864"),
        ("Sun May 19 2019 20:34:24 GMT+0200", "1558290864"),
        ("Sun May 19 2019 18:34:24 GMT", "1558290864"),
        ("Sun May 19 2019 18:34:24", "1558290864"),
        ("Sun May 19 2019", "1558224000"),
        // epochs
        ("1558290864", "1558290864"),
        ("1558290864.75", "1558290864"),
        ("1558290864000", "1558290864"),
        ("1558290864000000", "1558290864"),
        ("-1558290864", "-1558290864"),
        ("99999999999", "99999999999"),
        ("100000000000", "100000000"),
        ("99999999999999", "99999999999"),
        ("100000000000000", "100000000"),
        ("99999999999999999", "99999999999"),
        ("0", "0"),
        ("2019051918", "2019051918"),
    ] {
        assert_eq!(second(text), expected, "{text}");
    }
    for (value, expected) in [
        (json!(1558290864.123456), "1558290864123456"),
        (json!(-0.5), "-500000"),
        (json!(1.558290864e9), "1558290864000000"),
        (json!(1558290864123i64), "1558290864123000"),
        (json!(1558290864123.5), "1558290864123500"),
        (json!("1969-12-31T23:59:59.25Z"), "-750000"),
    ] {
        assert_eq!(at(value.clone()), expected, "{value}");
    }
    for text in [
        "",
        " ",
        "now",
        "last summer",
        "Sunday",
        "May 2019",
        "5/19/2019",
        "19.05.2019",
        "2019-13-01",
        "2019-02-29",
        "2019-05-19T25:00:00Z",
        "2019-05-19T18:34:24+99:00",
        "2019-05-19T18:34:24[Europe/Berlin]",
        "2019-05-19T18:34:24 CEST",
        "2019-05-19T18:34:24Zx",
        "Sun, 19 May 2019 18:34:24 CEST",
        "Sun, 19 May 2019 18:34:24 A",
        "Sun, 19 May 2019 18:34:24",
        "Foo May 19 2019 18:34:24 GMT+0000",
        "Sun May 32 2019 18:34:24 GMT+0000",
        "Sun May 19 2019 18:34:24 GMT+0000 (UTC",
        "Sun May 19 2019 18:34:24 PST",
        "Invalid Date",
        "NaN",
        "2019-05",
        "2019-W20-7",
        "05-19",
        "2019-05-19T",
        "2019-05-19T18:34:24.Z",
        "2019-05-19T18:34:24+02:60",
        "2019-05-19T18:34:24 +",
        "2019-05-19T18:34:24ZZ",
        "2019-05-19 18:34:24 PM",
        "Sun, 19 May 2019 18:34:24 GMT+0200",
        "inf",
        "-",
        ".",
        "1e9",
        "1558290864 s",
        "2019",
        "201905",
        "20190519",
        "201905191834",
        "20190519183424",
        "--1",
        "١٥٥٨٢٩٠٨٦٤",
    ] {
        assert!(second(text).starts_with("error: expected a date"), "{text}: {}", second(text));
    }
    for number in [
        json!(1e30),
        json!(-1e30),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(100_000_000_000_000_000i64),
        json!(1e17),
    ] {
        assert!(at(number.clone()).contains("is out of range"), "{number}: {}", at(number.clone()));
    }
    for value in [json!(true), json!([1558290864]), json!({"$date": 1})] {
        assert!(at(value.clone()).starts_with("error: expected a date"), "{value}");
    }
}

#[test]
fn a_date_beyond_the_last_year_is_no_date() {
    let text = |call: &str, value: &str| outcome(call, &Val::Text(value.to_owned().into()));
    assert_eq!(text("iso8601", "9999-12-31T23:59:59Z"), r#""9999-12-31T23:59:59Z""#);
    assert!(text("iso8601", "9999-12-31T23:59:59-05:00").contains("is out of range"));
    assert_eq!(text("iso8601", "-000001-01-01T00:00:00Z"), r#""-000001-01-01T00:00:00Z""#);
    assert_eq!(text("iso8601", "0000-01-01"), r#""0000-01-01T00:00:00Z""#);
}

#[test]
fn warnings_are_summed_up_when_there_are_many() {
    let members: serde_json::Map<String, Value> = (0..1_000).map(|i| (format!("a.{i}"), i.into())).collect();
    let value = Value::Object(members);
    let settings = Value::Null;
    let mut notes = Notes::new(&settings);
    let chain = chain(r#"limit_names: { max: 9, without: "." }"#, &example_scope()).unwrap();
    assert!(apply(&chain, Val::Json((&value).into()), &mut notes).unwrap().is_none());
    assert_eq!(notes.warnings.len(), 101);
    assert_eq!(notes.warnings.last().unwrap().code, "more_warnings");
}

#[test]
fn results_are_bounded() {
    // names repeat the names of their parents: 300 kB would become 3 GB
    let long = "k".repeat(100_000);
    let leaves = (0..30_000).map(|i| format!(r#""{i}":1"#)).collect::<Vec<_>>().join(",");
    let text = format!(r#"{{"{long}":{{{leaves}}}}}"#);
    let limit = "error: exceeds the limit `conversion_bytes` of 4194304 bytes";
    assert_eq!(outcome("flatten: _", &Val::Json(Text::parse(&text).unwrap().into())), limit);
    let with = "x".repeat(1_000);
    let a = Val::Text("a".repeat(10_000).into());
    assert_eq!(outcome(&format!("replace: {{ text: a, with: {with} }}"), &a), limit);
    assert_eq!(outcome(&format!("replace: {{ pattern: a, with: {with} }}"), &a), limit);
    assert_eq!(
        outcome(&format!("[split: a, join: {with}]"), &Val::Text("b a ".repeat(10_000).into())),
        limit
    );
}

#[test]
fn many_members_keep_the_last_of_a_name_too() {
    let mut value = json!({});
    for i in 0..100 {
        value[format!("a_{i}")] = json!(i);
    }
    value["a"] = json!({ "7": "later", "new": 1 });
    let result = outcome("flatten: _", &Val::owned(&value));
    let (result, warning) = result.split_once('\n').unwrap();
    assert!(warning.starts_with("value_dropped: a value of `a_7` was dropped"), "{warning}");
    let result: Value = serde_json::from_str(result).unwrap();
    assert_eq!(result["a_7"], "later");
    assert_eq!(result.as_object().unwrap().len(), 101);
    assert_eq!(result.as_object().unwrap().keys().nth(7).unwrap(), "a_7");
}

/// Any JSON, with keys and strings that matter to conversions.
fn any_json() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        "[a-c_.$ \\[\\]0-9]{0,6}",
        any::<String>(),
        Just("2019-05-19T18:34:24Z".to_owned()),
        Just("https://example.com/?a=b".to_owned()),
        Just("ada@example.com".to_owned()),
        "[+-]?[0-9]{0,25}(\\.[0-9]{0,20})?",
        "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.,Z+-]{0,20}",
        "(Sun|Mon),? (May )?[0-9]{1,2} (May )?[0-9]{1,5} [0-9:]{0,9} (GMT)?[+-]?[0-9]{0,5}( \\([a-z]*\\))?",
        "(a|\u{0}|\u{1F600}|\u{301}|\"|\\\\){0,300}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-3000i64..3000).prop_map(|n| Value::from(n as f64 / 2.0)),
        text.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(8, 64, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            prop::collection::vec((text.clone(), inner), 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Returns whether every object, at any depth, has unique names.
fn names_are_unique(value: &Val<'_>) -> bool {
    match value {
        Val::List(items) => items.iter().all(names_are_unique),
        Val::Object(members) => {
            let mut names: Vec<&str> = members.iter().map(|(name, _)| name.as_ref()).collect();
            names.sort_unstable();
            names.windows(2).all(|pair| pair[0] != pair[1])
                && members.iter().all(|(_, value)| names_are_unique(value))
        }
        _ => true,
    }
}

#[test]
fn any_value_ends_in_valid_json_or_an_error() {
    let scope = example_scope();
    let calls = definitions().flat_map(|definition| definition.examples).map(|example| example.call);
    let chains: Vec<_> = calls.map(|call| (call, chain(call, &scope).unwrap())).collect();
    let config = ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() };
    let run = proptest::test_runner::TestRunner::new(config).run(&any_json(), |value| {
        let text = value.to_string();
        for (call, chain) in &chains {
            let mut written = Vec::new();
            for value in [
                Val::Json(Text::parse(&text).unwrap().into()),
                Val::Json((&value).into()),
                Val::owned(&value),
            ] {
                let mut notes = Notes::new(scope.settings_value());
                let result = apply(chain, value, &mut notes);
                if let Ok(Some(result)) = &result {
                    prop_assert!(
                        serde_json::from_str::<Value>(&result.to_string()).is_ok(),
                        "{call}: {result}"
                    );
                    prop_assert!(names_are_unique(result), "{call}: {result}");
                }
                let result = result.map(|value| value.map(|value| value.to_json().to_string()));
                written.push((result, notes.warnings));
            }
            prop_assert_eq!(&written[0], &written[1], "{} of the text and of the tree", call);
            prop_assert_eq!(&written[1], &written[2], "{} of the tree and of a copy", call);
        }
        Ok(())
    });
    run.unwrap();
}

#[test]
fn deep_values_end_too() {
    let scope = example_scope();
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
        let text = format!("{}1{}", open.repeat(127), close.repeat(127));
        let value = Val::Json(Text::parse(&text).unwrap().into());
        for example in definitions().flat_map(|definition| definition.examples) {
            let mut notes = Notes::new(scope.settings_value());
            if let Ok(Some(result)) = apply(&chain(example.call, &scope).unwrap(), value.clone(), &mut notes)
            {
                assert!(!result.to_string().is_empty());
            }
        }
    }
}

#[test]
fn shapes_name_parameters() {
    for definition in definitions() {
        let names: Vec<&str> = match definition.shape {
            Shape::Items(name) => name.into_iter().collect(),
            Shape::Between(least, most) => vec![least, most],
            Shape::Kinds(name)
            | Shape::Formatted(name)
            | Shape::AtMost(name)
            | Shape::WholeWithout(name)
            | Shape::Looked(name)
            | Shape::TextsAtMost(name)
            | Shape::NamesAtMost(name)
            | Shape::KeysAtMost(name) => vec![name],
            _ => Vec::new(),
        };
        for name in names {
            assert!(definition.params.iter().any(|param| param.name == name), "{}: {name}", definition.name);
        }
    }
}
