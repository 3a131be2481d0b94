//! Compares the results with those of `jsonpath-rust`: the same values in the same order.

use jsonpath_rust::parser::parse_json_path;
use jsonpath_rust::query::js_path_process;
use mapwright_json::Text;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// Enough for every path and document that the strategies generate.
const STEPS: usize = 100_000;

/// Returns what a path finds in a tree, after comparing it with what it finds in the text of the tree.
fn found(path: &str, document: &Value) -> Result<Value, TooManySteps> {
    let query = parse_json_path(path).unwrap();
    let text = document.to_string();
    let in_text = Json::Text(Text::parse(&text).unwrap());
    let list = |json| {
        let found = select_within(STEPS, &query, json, json)?;
        Ok(found.into_iter().map(Json::to_value).collect())
    };
    let (of_tree, of_text): (Result<Value, _>, Result<Value, _>) =
        (list(Json::Tree(document)), list(in_text));
    assert_eq!(of_tree, of_text, "{path} in {text}");
    of_tree
}

fn documents() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3..4_i32).prop_map(Value::from),
        Just(json!(1.5)),
        "[ab1]{0,2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map("[abc]", inner, 0..4).prop_map(|members| json!(members)),
        ]
    })
}

fn paths() -> impl Strategy<Value = String> {
    let words = |words: &'static [&'static str]| prop::sample::select(words.to_vec());
    let singular = words(&["@", "@.a", "@.b[0]", "$.a", "$[1]", "1", "-2", "1.5", "'a'", "true", "null"]);
    // the library has no count of 0
    let number = words(&["length(@.a)", "length(@)", "length(@.b[0])", "1", "2"]);
    let compares = words(&["==", "!=", "<", "<=", ">", ">="]);
    let comparison = (singular, compares.clone(), words(&["@.b", "1", "'b'", "false", "@.a"]))
        .prop_map(|(left, compare, right)| format!("{left} {compare} {right}"));
    let counted = (number, compares).prop_map(|(left, compare)| format!("{left} {compare} 1"));
    let test = words(&[
        "@.a",
        "@..b",
        "!@.a",
        "$.b",
        "@.a[*]",
        "search(@.a, 'a')",
        "match(@, 'a|b.')",
        "in(@, $.a)",
        "nin(@.a, $.b)",
        "any_of(@.a, $.b)",
        "none_of(@.a, @.b)",
        "subset_of(@.a, $.b)",
    ]);
    let atom = prop_oneof![comparison, counted, test.prop_map(str::to_owned)];
    let filter = prop_oneof![
        atom.clone(),
        (atom.clone(), atom.clone()).prop_map(|(a, b)| format!("{a} && {b}")),
        (atom.clone(), atom.clone()).prop_map(|(a, b)| format!("{a} || {b}")),
        atom.prop_map(|a| format!("!({a})")),
    ];
    let segment = prop_oneof![
        words(&[
            ".a",
            ".b",
            "[0]",
            "[-1]",
            "[*]",
            ".*",
            "..a",
            "..*",
            "..[0]",
            "[1:]",
            "[:-1]",
            "[::2]",
            "[::-1]",
            "[3:0:-1]",
            "[0:9:0]",
            "['a',0,*]",
            "..['a','b']",
        ])
        .prop_map(str::to_owned),
        filter.prop_map(|filter| format!("[?{filter}]")),
    ];
    prop::collection::vec(segment, 1..4).prop_map(|segments| format!("${}", segments.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn finds_what_the_library_finds(path in paths(), document in documents()) {
        let query = parse_json_path(&path).unwrap();
        let theirs = js_path_process(&query, &document).unwrap_or_default();
        let theirs: Value = theirs.into_iter().map(|found| found.val().clone()).collect();
        prop_assert_eq!(found(&path, &document).unwrap(), theirs, "{} in {}", path, document);
    }
}

#[test]
fn finds_what_the_standard_says() {
    let document = json!({
        "a": [{ "n": 9_007_199_254_740_993_u64, "r": "a\r" }, { "n": [1, { "b": 2 }] }, { "c": 1 }],
        "n": 9_007_199_254_740_992_u64, "l": [1, { "b": 2 }],
        "s": [{ "v": 1, "w": 1.0 }, { "v": 1, "w": 2 }, { "v": true, "w": true }, { "v": "1", "w": 1 }],
        "p": [1, 2, 3, 4], "z": [null, 0, false], "t": ["a.b", "a:b", "axb", "axb\r", "axby"],
    });
    for (path, values) in [
        // numbers are compared as they are
        ("$.a[?@.n == $.n].r", json!([])),
        ("$.a[?@.n > $.n].r", json!(["a\r"])),
        ("$.a[?@.n == $.l].n[0]", json!([1])),
        ("$.a[?count(@.n) == 0].c", json!([1])),
        // a filter of a filter
        ("$[?@[?@.r]][0].r", json!(["a\r"])),
        ("$.a[?match(@.r, 'a.')]", json!([])),
        ("$.a[?search(@.r, '(')]", json!([])),
        ("$.s[?@.v == @.w].w", json!([1.0, true])),
        ("$.s[?@.v != @.w].w", json!([2, 1])),
        ("$.s[?@.v == $.s[0].w].w", json!([1.0, 2])),
        ("$.s[?length('ab') == 2 && @.w == 2].w", json!([2])),
        ("$.z[?@ == null]", json!([null])),
        ("$.z[?@ == $.z[0]]", json!([null])),
        ("$.z[?@ == $.z[2]]", json!([false])),
        // a point of a pattern is one where it is escaped or in a class
        (r"$.t[?match(@, 'a\\.b')]", json!(["a.b"])),
        ("$.t[?match(@, 'a[.]b')]", json!(["a.b"])),
        ("$.t[?match(@, 'a[x]b.')]", json!(["axby"])),
        // a slice backwards begins at the last item at most
        ("$.p[10::-3]", json!([4, 1])),
        ("$.p[::-3]", json!([4, 1])),
        ("$.p[-9::-3]", json!([])),
        ("$.p[2:-9:-2]", json!([3, 1])),
    ] {
        assert_eq!(found(path, &document).unwrap(), values, "{path}");
    }
}

/// The functions that the library has beside the standard.
#[test]
fn lists_are_held_against_lists() {
    let document = json!({
        "a": [
            { "n": "some", "l": [1, 2], "v": 1 },
            { "n": "all", "l": [3], "v": 2 },
            { "n": "none", "l": [4], "v": [3] },
            { "n": "empty", "l": [] },
            { "n": "text", "l": "1", "v": "1" },
            { "n": "missing" },
        ],
        "b": [1, 3],
    });
    for (test, names) in [
        ("any_of(@.l, $.b)", json!(["some", "all"])),
        ("none_of(@.l, $.b)", json!(["none", "empty"])),
        ("subset_of(@.l, $.b)", json!(["all", "empty"])),
        ("in(@.v, $.b)", json!(["some"])),
        ("nin(@.v, $.b)", json!(["all", "none", "text"])),
        ("any_of(@.l, @.v)", json!([])),
    ] {
        assert_eq!(found(&format!("$.a[?{test}].n"), &document).unwrap(), names, "{test}");
    }
}

/// What a path costs, by whether it stays within the steps.
#[test]
fn texts_and_values_cost_steps_by_their_size() {
    let texts =
        |count: usize, bytes: usize| json!({ "l": vec!["x".repeat(bytes); count], "p": "y".repeat(bytes) });
    let pairs = |count: usize, items: usize| {
        let list: Vec<usize> = (0..items).collect();
        json!({ "l": vec![&list; count], "m": list })
    };
    for (path, document, is_bounded) in [
        ("$.l[?search(@, $.p)]", texts(50, 1_000), true),
        ("$.l[?search(@, $.p)]", texts(100, 16_000), false),
        ("$.l[?@ == $.p]", texts(50, 1_000), true),
        ("$.l[?@ == $.p]", texts(100, 16_000), false),
        ("$.l[?@ == $.m]", pairs(100, 300), true),
        ("$.l[?@ == $.m]", pairs(300, 300), false),
    ] {
        assert_eq!(found(path, &document).is_ok(), is_bounded, "{path}");
    }
}

#[test]
fn values_are_counted_up_to_a_number() {
    let value = json!([1, [2, 3], { "a": [4], "b": { "c": null } }, [], {}, "text"]);
    let text = value.to_string();
    for json in [Json::Tree(&value), Json::Text(Text::parse(&text).unwrap())] {
        assert_eq!(values_in(json, usize::MAX), 13);
        for most in 1..20 {
            assert_eq!(values_in(json, most), most.min(13));
        }
    }
}

#[test]
fn a_comparison_reads_of_a_large_value_what_a_small_one_has() {
    let filter = "$.items[?@.a == $.w]";
    let event = |small: Value, w: Value| {
        let mut items: Vec<Value> = (0..2_000).map(|_| json!({ "a": small })).collect();
        items.push(json!({ "a": w }));
        json!({ "items": items, "w": w })
    };
    let large: Value = (0..10_000).map(|at| (at.to_string(), json!({ "n": at }))).collect();
    let document = event(json!({ "x": 1 }), large.clone());
    let query = parse_json_path(filter).unwrap();
    assert_eq!(select(&query, Json::Tree(&document), Json::Tree(&document)).unwrap().len(), 1);
    // of text, all is read each time: the limit ends that
    let text = document.to_string();
    let text = Json::Text(Text::parse(&text).unwrap());
    assert_eq!(select(&query, text, text).err(), Some(TooManySteps));
    // one of another size, however it is written
    let written = r#"{"items": [{"a": {"x": [1, "\u0061"], "y": 1}}, {"a": {"x": [1]}}], "w": {"y": 1, "x": [1, "a"]}}"#;
    assert_eq!(found(filter, &serde_json::from_str(written).unwrap()).unwrap().as_array().unwrap().len(), 1);
    // so it is with values that are as large
    let document = event(json!({ "x": "s" }), json!({ "x": "long ".repeat(20_000) }));
    assert_eq!(found(filter, &document), Err(TooManySteps));
}

#[test]
fn work_is_bounded() {
    let deep = (0..120).fold(json!(1), |inner, _| json!({ "a": inner, "b": 1 }));
    let wide: Value = (0..500).collect();
    let patterns: Value = (0..20).map(|pattern| format!("a{pattern}")).collect();
    for (path, document) in [
        ("$..*..*..*..*..*..*", &deep),
        (
            "$[*,*][*,*][*,*][*,*][*,*][*,*][*,*][*,*][*,*][*,*][*,*][*,*][*,*][*,*][*,*][*,*][*,*][*,*][*,*][*,*]",
            &deep,
        ),
        ("$..[?count(@..*) > count(@..*..*)]..[?@..a]", &deep),
        ("$[?nin(-1, $)]", &wide),
        ("$[?search('a', @)]", &patterns),
    ] {
        assert_eq!(found(path, document), Err(TooManySteps), "{path}");
    }
}
