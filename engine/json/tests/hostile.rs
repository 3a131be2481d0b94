//! Hostile text.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests")]

use mapwright_json::{Doc, Json, Limits, NodeId, Scratch, Step, Text, Trie, TrieBuilder, scan, walk};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Returns a trie of dotted paths, whose numbers are indices and whose nodes list their members, and its nodes.
fn trie<const N: usize>(paths: [&str; N]) -> (Trie, [NodeId; N]) {
    let mut builder = TrieBuilder::new();
    let nodes = paths.map(|path| {
        let steps = path.split('.').filter(|step| !step.is_empty());
        let steps: Vec<_> = steps.map(|step| step.parse().map_or(Step::Key(step), Step::Index)).collect();
        let node = builder.path(&steps).unwrap();
        builder.members(node);
        node
    });
    (builder.build(), nodes)
}

fn values<const N: usize>(doc: &Doc<'_>, nodes: [NodeId; N]) -> [Option<Value>; N] {
    nodes.map(|node| doc.get(node).map(Json::to_value))
}

fn members(doc: &Doc<'_>, node: NodeId) -> Vec<(String, Value, Option<NodeId>)> {
    doc.members(node).map(|member| (member.key.into_owned(), member.value.to_value(), member.node)).collect()
}

/// Scans with a scratch that was used for another document.
fn check<const N: usize>(text: &str, paths: [&str; N], expected: [Option<Value>; N]) {
    let (trie, nodes) = trie(paths);
    let mut scratch = Scratch::new();
    let busy = r#"{"a": {"b": {"c": [1, 2]}, "x": 1}, "tags": [{"id": 1}, {"id": 2}], "traits": {"email": 1, "id": 2}}"#;
    scan(&trie, busy.as_bytes(), &mut scratch, &Limits::default()).unwrap();
    let doc = scan(&trie, text.as_bytes(), &mut scratch, &Limits::default()).unwrap();
    assert_eq!(values(&doc, nodes), expected, "{text}");
    let value: Value = serde_json::from_str(text).unwrap();
    let mut of_tree = Scratch::new();
    let walked = walk(&trie, &value, &mut of_tree);
    assert_eq!(values(&walked, nodes), expected, "{text}");
    for node in trie.nodes() {
        assert_eq!(members(&doc, node), members(&walked, node), "{text}");
    }
}

#[test]
fn the_last_of_repeated_keys_replaces_all_of_the_earlier() {
    let paths = ["traits", "traits.email", "traits.address.city"];
    let cases = [
        (
            r#"{"traits": {"email": "a", "address": {"city": "b"}}, "traits": {"name": "c"}}"#,
            [Some(json!({"name": "c"})), None, None],
        ),
        (r#"{"traits": {"email": "a"}, "traits": null}"#, [Some(json!(null)), None, None]),
        (r#"{"traits": 1, "traits": {"email": "a"}}"#, [Some(json!({"email": "a"})), Some(json!("a")), None]),
        (
            r#"{"traits": {"email": "a", "email": "b"}}"#,
            [Some(json!({"email": "b"})), Some(json!("b")), None],
        ),
        (
            r#"{"traits": {"email": "a", "x": 1, "\u0065mail": "b", "x": 2}, "tr\u0061its": {"e\u006dail": "c", "y": 1, "y": 3}}"#,
            [Some(json!({"email": "c", "y": 3})), Some(json!("c")), None],
        ),
        (
            r#"{"traits": {"address": {"city": "a"}, "address": {"zip": "b"}}}"#,
            [Some(json!({"address": {"zip": "b"}})), None, None],
        ),
        (
            r#"{"traits": {"address": {"city": "a"}}, "traits": {"address": []}, "traits": {"address": {"city": "z"}}}"#,
            [Some(json!({"address": {"city": "z"}})), None, Some(json!("z"))],
        ),
    ];
    for (text, expected) in cases {
        check(text, paths, expected);
    }
    let text = r#"{"tags": [{"id": 1}, {"id": 2}], "tags": [{"x": 1}], "a": {"b": 1}, "a": []}"#;
    let expected = [None, None, Some(json!({"x": 1})), None];
    check(text, ["tags.0.id", "tags.1", "tags.0", "a.b"], expected);
}

#[test]
fn wrong_types_on_the_way_give_nothing() {
    let paths = ["a.b", "a.0", "a"];
    for (text, expected) in [
        (r#"{"a": "b"}"#, [None, None, Some(json!("b"))]),
        (r#"{"a": ["b"]}"#, [None, Some(json!("b")), Some(json!(["b"]))]),
        (r#"{"a": {"0": 1}}"#, [None, None, Some(json!({"0": 1}))]),
        (r#"{"a": {"b": null}}"#, [Some(json!(null)), None, Some(json!({"b": null}))]),
        (r#"{"a": []}"#, [None, None, Some(json!([]))]),
        (r#"{"A": {"b": 1}}"#, [None, None, None]),
        ("[]", [None, None, None]),
        ("3", [None, None, None]),
    ] {
        check(text, paths, expected);
    }
}

#[test]
fn members_come_once_each_in_order() {
    let (trie, [root, a]) = trie(["", "a"]);
    let text =
        r#"{"z": 1, "a": {"b": 1, "\u0062": 2, "c": 3}, "z": 4, "\u007a": 5, "y": {"z": 6}, "": 7, "": 8}"#;
    let mut scratch = Scratch::new();
    let doc = scan(&trie, text.as_bytes(), &mut scratch, &Limits::default()).unwrap();
    let expected = [
        ("z".to_owned(), json!(5), None),
        ("a".to_owned(), json!({"b": 2, "c": 3}), Some(a)),
        ("y".to_owned(), json!({"z": 6}), None),
        (String::new(), json!(8), None),
    ];
    assert_eq!(members(&doc, root), expected);
    assert_eq!(members(&doc, a), [("b".to_owned(), json!(2), None), ("c".to_owned(), json!(3), None)]);
    let mut out = Vec::new();
    doc.root().write(&mut out);
    let written = r#"{"\u007a":5,"a":{"\u0062":2,"c":3},"y":{"z":6},"":8}"#;
    assert_eq!(String::from_utf8(out).unwrap(), written);
}

#[test]
fn many_members_are_no_trouble() {
    let (trie, [root, wanted]) = trie(["", "k7777"]);
    // different keys, three times each; keys with the same length and start; and a single key, repeated
    let different = (0..30_000).map(|n| format!(r#""k{}":{n}"#, n % 10_000));
    let alike = (0..30_000).map(|n| format!(r#""all of these keys start alike {}":{n}"#, n % 10_000));
    let same = (0..30_000).map(|n| format!(r#""k7777":{{"a":{n}}}"#));
    for members in [different.collect::<Vec<_>>(), alike.collect(), same.collect()] {
        let text = format!("{{{}}}", members.join(","));
        let mut scratch = Scratch::new();
        let doc = scan(&trie, text.as_bytes(), &mut scratch, &Limits::default()).unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        let expected = value.as_object().unwrap();
        assert_eq!(doc.members(root).count(), expected.len());
        assert!(doc.members(root).map(|m| m.value.to_value()).eq(expected.values().cloned()));
        assert_eq!(doc.get(wanted).map(Json::to_value).as_ref(), expected.get("k7777"));
        assert_eq!(doc.root().len(), Some(expected.len()));
        let mut out = Vec::new();
        doc.root().write(&mut out);
        assert_eq!(out, value.to_string().into_bytes());
    }
}

/// Compares the records of a scan about a value, at every level, with a tree.
fn assert_inside(json: Json<'_>, value: &Value) {
    let mut out = Vec::new();
    json.write(&mut out);
    assert_eq!(String::from_utf8(out).unwrap(), value.to_string());
    let (entries, items) = (json.entries(), json.items());
    assert_eq!(entries.clone().count(), value.as_object().map_or(0, |members| members.len()));
    assert_eq!(items.clone().count(), value.as_array().map_or(0, Vec::len));
    for ((key, inner), (expected_key, expected)) in entries.zip(value.as_object().into_iter().flatten()) {
        assert_eq!(key, *expected_key);
        assert_inside(inner, expected);
    }
    for (inner, expected) in items.zip(value.as_array().into_iter().flatten()) {
        assert_inside(inner, expected);
    }
}

#[test]
fn all_that_is_inside_is_noted_with_each_key_once() {
    let mut builder = TrieBuilder::new();
    let all = builder.path(&[Step::Key("all")]).unwrap();
    let wanted = builder.path(&[Step::Key("all"), Step::Key("a"), Step::Key("b")]).unwrap();
    builder.inside(all);
    let trie = builder.build();
    let repeated = (0..40).fold(r#"{"x":1,"x":2}"#.to_owned(), |inner, _| {
        format!(
            r#"{{ "a":[1], "b":[{inner}, {{"b":3,"b":{{}}}}], "c":"", "a":{{"b":{inner_2},"b":4}} }}"#,
            inner_2 = r#"[{"y":0,"y":[]}]"#
        )
    });
    let texts = [
        r#"{"all":{"a":{"b":1,"b":{"c":2,"c":3}},"a":{"b":{"d":[{"e":1,"e":[{}]}]}}}}"#.to_owned(),
        format!(r#"{{"all":{repeated}}}"#),
        format!(r#"{{"all":[{repeated},[]],"all":{repeated},"other":{repeated}}}"#),
    ];
    let mut scratch = Scratch::new();
    for text in &texts {
        let value: Value = serde_json::from_str(text).unwrap();
        let doc = scan(&trie, text.as_bytes(), &mut scratch, &Limits::default()).unwrap();
        assert_inside(doc.get(all).unwrap(), &value["all"]);
        assert_eq!(values(&doc, [wanted]), [value["all"].get("a").and_then(|a| a.get("b")).cloned()]);
        assert_eq!(members(&doc, all), members(&walk(&trie, &value, &mut Scratch::new()), all));
    }
}

#[test]
fn what_is_beyond_the_notes_is_found_all_the_same() {
    let mut builder = TrieBuilder::new();
    let all = builder.path(&[Step::Key("all")]).unwrap();
    let last = builder.path(&[Step::Key("all"), Step::Key("last"), Step::Key("k1")]).unwrap();
    builder.inside(all);
    let trie = builder.build();
    let mut scratch = Scratch::new();
    // members and items around the limit of 65,536 records, in few objects and in many, with some duplicates
    for count in [65_534, 65_535, 65_536, 65_537, 70_000] {
        let members: Vec<String> = (0..count).map(|n| format!(r#""k{}":{n}"#, n % (count - 3))).collect();
        let flat = format!(r#"{{{},"last":{{"k1":1,"k1":2}}}}"#, members.join(","));
        let items: Vec<String> = (0..count / 3).map(|n| format!(r#"{{"k1":{n},"k1":[{n}]}}"#)).collect();
        let nested =
            format!(r#"{{"many":[{}],"last":{{"k1":{{"k2":1}},"k1":{{"k2":2}}}}}}"#, items.join(","));
        for inner in [flat, nested] {
            let text = format!(r#"{{"all":{inner},"end":1}}"#);
            let value: Value = serde_json::from_str(&text).unwrap();
            let doc = scan(&trie, text.as_bytes(), &mut scratch, &Limits::default()).unwrap();
            assert_inside(doc.get(all).unwrap(), &value["all"]);
            assert_eq!(values(&doc, [last]), [Some(value["all"]["last"]["k1"].clone())]);
        }
    }
}

#[test]
fn repeated_keys_at_every_depth_are_written_in_one_go() {
    let text = (0..100).fold("1".to_owned(), |inner, _| format!(r#"{{"a":0,"b":[2],"a":{inner}}}"#));
    let mut out = Vec::new();
    Json::Text(Text::parse(&text).unwrap()).write(&mut out);
    assert_eq!(out, serde_json::from_str::<Value>(&text).unwrap().to_string().into_bytes());
}

#[test]
fn deep_nesting_is_refused_where_it_is_wanted_and_where_not() {
    let path = vec!["a"; 200].join(".");
    let (trie, _) = trie([&path, "a.0.a"]);
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}"), (r#"{"b":"#, "}"), (r#"[{"a":["#, "]}]")] {
        for depth in [1, 42, 43, 63, 64, 126, 127, 128, 129, 100_000] {
            let text = [open.repeat(depth), "1".to_owned(), close.repeat(depth)].concat();
            let scanned = scan(&trie, text.as_bytes(), &mut Scratch::new(), &Limits::default()).is_ok();
            assert_eq!(scanned, serde_json::from_str::<Value>(&text).is_ok(), "{depth} times {open}");
            let open = open.repeat(depth);
            assert!(scan(&trie, open.as_bytes(), &mut Scratch::new(), &Limits::default()).is_err());
        }
    }
}

#[test]
fn strings_end_where_they_end() {
    let (trie, [a]) = trie(["a"]);
    let mut scratch = Scratch::new();
    for len in (0..200).chain([1000, 4095, 4096, 100_000]) {
        for (content, end) in
            [("", ""), ("\\\"", "\\\\"), ("", "\\u00e9"), ("é", "é"), ("\\ud83d\\ude00", "\u{1F600}")]
        {
            let string = format!("\"{content}{}{end}\"", "x".repeat(len));
            for text in
                [format!("{{\"a\":{string}}}"), format!("{{ {string} : 1,\"a\":{string}, \"b\" :{string} }}")]
            {
                let doc = scan(&trie, text.as_bytes(), &mut scratch, &Limits::default()).unwrap();
                let expected: String = serde_json::from_str(&string).unwrap();
                assert_eq!(doc.get(a).unwrap().as_str().unwrap(), expected);
            }
        }
    }
}

#[test]
fn long_and_short_keys_are_told_apart() {
    let names: Vec<String> =
        (0..40).map(|len| "k".repeat(len)).chain((0..40).map(|n| format!("{n:040}"))).collect();
    let mut builder = TrieBuilder::new();
    let nodes: Vec<NodeId> = names.iter().map(|name| builder.path(&[Step::Key(name)]).unwrap()).collect();
    let trie = builder.build();
    let mut scratch = Scratch::new();
    for (name, node) in names.iter().zip(&nodes) {
        let text = format!("{{\"{name}\":1}}");
        let doc = scan(&trie, text.as_bytes(), &mut scratch, &Limits::default()).unwrap();
        let found: Vec<_> = nodes.iter().filter(|node| doc.get(**node).is_some()).collect();
        assert_eq!(found, [node]);
    }
}

const SAMPLE: &str = r#" {"userId": "u-1", "traits": {"email": "ada@example.com", "tags": ["a", {"b": [1, -2.5e3, 0]}], "tr\u0061it": "\ud83d\ude00\n", "café": true}, "context": {"ip": "2001:db8::1", "null": null, "no": false}} "#;

#[test]
fn no_part_of_a_document_is_a_document() {
    let (trie, _) = trie(["userId", "traits.email", "traits.tags.1.b.2", "context"]);
    let text = SAMPLE.trim_end().as_bytes();
    for end in 0..text.len() {
        assert!(scan(&trie, &text[..end], &mut Scratch::new(), &Limits::default()).is_err(), "cut at {end}");
    }
    assert!(scan(&trie, text, &mut Scratch::new(), &Limits::default()).is_ok());
}

#[test]
fn any_wrong_byte_is_judged_as_serde_json_judges_it() {
    let (trie, _) = trie(["userId", "traits.email", "traits.tags.1.b.2", "context"]);
    let mut scratch = Scratch::new();
    for at in 0..SAMPLE.len() {
        for byte in 0..=255 {
            let mut text = SAMPLE.as_bytes().to_vec();
            text[at] = byte;
            let ours = scan(&trie, &text, &mut scratch, &Limits::default());
            assert_eq!(ours.is_ok(), serde_json::from_slice::<Value>(&text).is_ok(), "{byte} at {at}");
        }
    }
}

#[test]
fn a_scratch_serves_any_trie_and_survives_errors() {
    let mut scratch = Scratch::new();
    let (large, [_, email]) = trie(["context.traits.email", "traits.email"]);
    let (small, [root]) = trie([""]);
    let text = br#"{"traits": {"email": "a"}}"#;
    for _ in 0..2 {
        let doc = scan(&large, text, &mut scratch, &Limits::default()).unwrap();
        assert_eq!(values(&doc, [email]), [Some(json!("a"))]);
        assert!(scan(&large, &text[..20], &mut scratch, &Limits::default()).is_err());
        assert!(scan(&large, b"\xff", &mut scratch, &Limits::default()).is_err());
        let doc = scan(&small, b"{}", &mut scratch, &Limits::default()).unwrap();
        assert_eq!(doc.members(root).count(), 0);
        assert_eq!(values(&doc, [email]), [None], "a node of another trie");
    }
}

#[test]
fn a_trie_has_a_size_that_is_not_exceeded() {
    let mut builder = TrieBuilder::new();
    for index in 1..TrieBuilder::MAX_NODES {
        builder.path(&[Step::Index(index)]).unwrap();
    }
    assert!(builder.path(&[Step::Key("one"), Step::Key("too many")]).is_err());
    let known = builder.path(&[Step::Index(1)]).unwrap();
    let trie = builder.build();
    assert_eq!((trie.len(), known.index()), (TrieBuilder::MAX_NODES, 1));
    let value = json!([0, 1]);
    assert_eq!(values(&walk(&trie, &value, &mut Scratch::new()), [known]), [Some(json!(1))]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Trusted text that is not JSON gives meaningless values, but no panic.
    #[test]
    fn trusted_nonsense_does_no_harm(text in prop_oneof![".{0,20}", r#"["\\{}\[\]:,a0\-ud8]{0,12}"#]) {
        let json = Json::Text(Text::trusted(&text));
        let mut out = Vec::new();
        json.write(&mut out);
        let _ = (json.kind(), json.is_null(), json.as_bool(), json.as_number(), json.number_text(), json.as_str());
        let _ = (json.is_empty(), json.is_empty_str(), json.len(), json.get("a"), json.index(1), json.to_value());
        let _ = (json.entries().count(), json.items().count());
    }
}
