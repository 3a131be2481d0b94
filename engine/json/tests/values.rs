//! The methods of a single value, as text and as a node of a tree.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::cmp::Ordering;

use mapwright_json::{Json, Kind, Limits, NodeId, Number, Scratch, Step, Text, TrieBuilder, scan, walk};
use serde_json::{Value, json};

fn text(text: &str) -> Json<'_> {
    Json::Text(Text::parse(text).unwrap())
}

#[test]
fn numbers_keep_their_value_and_their_spelling() {
    for (spelling, number, in_tree) in [
        ("0", Number::Int(0), "0"),
        ("-0", Number::Float(-0.0), "-0.0"),
        ("42", Number::Int(42), "42"),
        ("-7", Number::Int(-7), "-7"),
        ("999999999999999999", Number::Int(999_999_999_999_999_999), "999999999999999999"),
        ("9223372036854775807", Number::Int(i64::MAX), "9223372036854775807"),
        ("-9223372036854775808", Number::Int(i64::MIN), "-9223372036854775808"),
        ("9223372036854775808", Number::UInt(1 << 63), "9223372036854775808"),
        ("18446744073709551615", Number::UInt(u64::MAX), "18446744073709551615"),
        ("18446744073709551616", Number::Float(18_446_744_073_709_551_616.0), "1.8446744073709552e+19"),
        ("-9223372036854775809", Number::Float(-9_223_372_036_854_775_808.0), "-9.223372036854776e+18"),
        ("1.0", Number::Float(1.0), "1.0"),
        ("1e2", Number::Float(100.0), "100.0"),
        ("1E+2", Number::Float(100.0), "100.0"),
        ("-2.50", Number::Float(-2.5), "-2.5"),
        ("1e-400", Number::Float(0.0), "0.0"),
        ("0e999", Number::Float(0.0), "0.0"),
    ] {
        let value: Value = serde_json::from_str(spelling).unwrap();
        for (json, written) in [(text(spelling), spelling), (Json::Tree(&value), in_tree)] {
            // compared as text, which distinguishes -0.0 from 0.0
            assert_eq!(format!("{:?}", json.as_number().unwrap()), format!("{number:?}"), "{spelling}");
            assert_eq!(json.number_text().unwrap(), written);
            assert_eq!((json.kind(), json.as_str(), json.as_bool()), (Kind::Number, None, None));
            let mut out = Vec::new();
            json.write(&mut out);
            assert_eq!(out, written.as_bytes());
        }
    }
    for other in ["\"42\"", "null", "true", "[1]", "{}"] {
        let value: Value = serde_json::from_str(other).unwrap();
        for json in [text(other), Json::Tree(&value)] {
            assert_eq!((json.as_number(), json.number_text()), (None, None));
        }
    }
}

/// Groups of equal numbers, from the least to the greatest.
const IN_ORDER: [&[&str]; 20] = [
    &["-1e300"],
    &["-9223372036854777856.0"],
    &["-9223372036854775808", "-9223372036854775808.0", "-9223372036854775809"],
    &["-9223372036854775807"],
    &["-1.5"],
    &["-1", "-1.0"],
    &["-0.5"],
    &["0", "-0", "0.0", "-0.0", "1e-400"],
    &["5e-324"],
    &["0.5"],
    &["1", "1.0", "1e0"],
    &["9007199254740992", "9007199254740992.0", "9007199254740993.0"],
    &["9007199254740993"],
    &["9223372036854775807"],
    &["9223372036854775808", "9223372036854775808.0"],
    &["18446744073709549568", "18446744073709549568.0"],
    &["18446744073709551614"],
    &["18446744073709551615"],
    &["18446744073709551616", "18446744073709551616.0", "18446744073709551617"],
    &["1e300"],
];

#[test]
fn numbers_compare_by_value_and_exactly() {
    for (a_place, a_group) in IN_ORDER.iter().enumerate() {
        for (b_place, b_group) in IN_ORDER.iter().enumerate() {
            for (a, b) in a_group.iter().flat_map(|a| b_group.iter().map(move |b| (a, b))) {
                let (one, other) = (text(a).as_number().unwrap(), text(b).as_number().unwrap());
                assert_eq!(one.compare(other), Some(a_place.cmp(&b_place)), "{a} and {b}");
            }
        }
    }
    for number in [Number::Int(0), Number::UInt(u64::MAX), Number::Float(1.0), Number::Float(f64::NAN)] {
        assert_eq!(number.compare(Number::Float(f64::NAN)), None);
        assert_eq!(Number::Float(f64::NAN).compare(number), None);
    }
    assert_eq!(Number::Int(i64::MAX).compare(Number::Float(f64::INFINITY)), Some(Ordering::Less));
    assert_eq!(Number::UInt(u64::MAX).compare(Number::Float(f64::NEG_INFINITY)), Some(Ordering::Greater));
}

#[test]
fn a_whole_number_is_an_integer_however_it_is_written() {
    for (written, integer) in [
        ("-7", Some(-7)),
        ("2.0", Some(2)),
        ("-0.0", Some(0)),
        ("1e2", Some(100)),
        ("18446744073709551615", Some(u64::MAX.into())),
        ("1e38", None),
        ("1e300", None),
        ("0.5", None),
    ] {
        assert_eq!(text(written).as_number().unwrap().as_integer(), integer, "{written}");
    }
    assert_eq!(Number::Float(f64::NAN).as_integer(), None);
    assert_eq!(Number::Float(f64::INFINITY).as_integer(), None);
}

#[test]
fn strings_come_without_escapes_and_are_copied_only_for_them() {
    for (written, expected, borrowed) in [
        (r#""""#, "", true),
        (r#""plain""#, "plain", true),
        (r#""café 😀""#, "café 😀", true),
        (r#""exactly 16 bytes""#, "exactly 16 bytes", true),
        (r#""a\"b\\c\/d\b\f\n\r\te""#, "a\"b\\c/d\u{8}\u{c}\n\r\te", false),
        (r#""\u0041\u00e9\u20ac\ud83d\ude00""#, "Aé€😀", false),
        (r#""\uD83D\uDE00\u0000""#, "😀\0", false),
        (
            r#""the escape comes late, after more than 16 bytes\n""#,
            "the escape comes late, after more than 16 bytes\n",
            false,
        ),
    ] {
        let json = text(written);
        let string = json.as_str().unwrap();
        assert_eq!(string, expected);
        assert_eq!(matches!(string, std::borrow::Cow::Borrowed(_)), borrowed, "{written}");
        assert_eq!(json.is_empty_str(), expected.is_empty());
        assert_eq!(json.kind(), Kind::String);
        let mut out = Vec::new();
        json.write(&mut out);
        assert_eq!(out, written.as_bytes(), "strings stay as they are written");
    }
}

#[test]
fn containers_are_looked_into_and_written_without_space() {
    let written =
        " { \"a\" : [ 1 , \"x y\" , { } ] , \"b\" : { \"c\" : null , \"c\" : false } , \"\" : [ ] } ";
    let value = json!({"a": [1, "x y", {}], "b": {"c": false}, "": []});
    for json in [text(written), Json::Tree(&value)] {
        assert_eq!((json.kind(), json.len(), json.is_empty()), (Kind::Object, Some(3), false));
        let a = json.get("a").unwrap();
        assert_eq!((a.kind(), a.len(), a.is_empty()), (Kind::Array, Some(3), false));
        assert_eq!(a.index(1).unwrap().as_str().unwrap(), "x y");
        assert!(a.index(2).unwrap().is_empty() && a.index(3).is_none() && a.get("a").is_none());
        let b = json.get("b").unwrap();
        assert_eq!((b.len(), b.get("c").unwrap().as_bool()), (Some(1), Some(false)));
        assert!(b.index(0).is_none() && json.get("c").is_none());
        assert!(json.get("").unwrap().is_empty());
        let keys: Vec<_> = json.entries().map(|(key, _)| key).collect();
        assert_eq!(keys, ["a", "b", ""]);
        assert_eq!(json.items().count() + a.entries().count(), 0);
        let mut out = b"before ".to_vec();
        json.write(&mut out);
        assert_eq!(String::from_utf8(out).unwrap(), r#"before {"a":[1,"x y",{}],"b":{"c":false},"":[]}"#);
        assert_eq!(json.to_value(), value);
    }
}

#[test]
fn null_and_bool_are_told_from_the_rest() {
    for (written, kind, bool) in [
        ("null", Kind::Null, None),
        ("true", Kind::Bool, Some(true)),
        ("false", Kind::Bool, Some(false)),
        ("\"true\"", Kind::String, None),
    ] {
        let value: Value = serde_json::from_str(written).unwrap();
        for json in [text(written), Json::Tree(&value)] {
            assert_eq!((json.kind(), json.as_bool(), json.is_null()), (kind, bool, written == "null"));
            assert_eq!((json.len(), json.is_empty(), json.is_empty_str()), (None, false, false));
        }
    }
    assert!(Json::NULL.is_null());
}

#[test]
fn a_trie_knows_its_nodes() {
    let mut builder = TrieBuilder::new();
    let path = [Step::Key("a"), Step::Index(2), Step::Key("b")];
    let b = builder.path(&path).unwrap();
    let other = builder.path(&["c".into()]).unwrap();
    let late = builder.path(&["a".into(), 2.into(), "d".into()]).unwrap();
    assert_eq!(builder.path(&path).unwrap(), b);
    assert_eq!(builder.path(&[]).unwrap(), NodeId::ROOT);
    let trie = builder.build();
    let a = trie.child(NodeId::ROOT, "a").unwrap();
    let item = trie.item(a, 2).unwrap();
    assert_eq!((trie.len(), trie.nodes().count()), (6, 6));
    assert_eq!(trie.path(b), path);
    assert_eq!(trie.path(NodeId::ROOT), []);
    assert_eq!(
        (trie.parent(b), trie.parent(item), trie.parent(a)),
        (Some(item), Some(a), Some(NodeId::ROOT))
    );
    assert_eq!((trie.parent(NodeId::ROOT), trie.step(NodeId::ROOT)), (None, None));
    assert_eq!(trie.step(item), Some(Step::Index(2)));
    assert_eq!(
        (trie.child(item, "b"), trie.child(item, "d"), trie.child(item, "c")),
        (Some(b), Some(late), None)
    );
    assert_eq!((trie.child(a, "2"), trie.item(a, 1), trie.item(NodeId::ROOT, 2)), (None, None, None));
    let below_a: Vec<_> = trie.nodes().filter(|node| trie.is_within(*node, a)).collect();
    assert_eq!(below_a, [a, item, b, late]);
    assert!(trie.nodes().all(|node| trie.is_within(node, NodeId::ROOT)));
    assert!(trie.is_within(other, other) && !trie.is_within(a, b) && !trie.is_within(other, a));
}

#[test]
fn an_unlisted_object_lists_its_members_too() {
    let mut builder = TrieBuilder::new();
    let b = builder.path(&["a".into(), "b".into()]).unwrap();
    let trie = builder.build();
    let value = json!({"a": {"x": 1, "b": 2}, "c": 3});
    let mut of_tree = Scratch::new();
    let doc = walk(&trie, &value, &mut of_tree);
    let a = trie.parent(b).unwrap();
    let nodes: Vec<_> = doc.members(a).map(|member| (member.key.into_owned(), member.node)).collect();
    assert_eq!(nodes, [("x".to_owned(), None), ("b".to_owned(), Some(b))]);
    assert_eq!(doc.members(b).count(), 0);
    assert_eq!(doc.trie().len(), 3);
}

#[test]
fn pieces_of_a_document_are_found_again_and_nothing_else_is() {
    let mut paths = TrieBuilder::new();
    let data = paths.path(&[Step::Key("data")]).unwrap();
    paths.inside(data);
    let trie = paths.build();
    let (mut scratch, mut other) = (Scratch::new(), Scratch::new());
    let written = br#" {"data": [{"id": 1, "id": 2}, "a\u0062"], "end": 7}"#;
    let copy = written.to_vec();
    let doc = scan(&trie, written, &mut scratch, &Limits::default()).unwrap();
    let same = scan(&trie, &copy, &mut other, &Limits::default()).unwrap();
    let list = doc.get(data).unwrap();
    for value in [doc.root(), list, list.index(0).unwrap(), list.index(1).unwrap()] {
        let again = doc.at(doc.piece(value).unwrap()).unwrap();
        assert_eq!(again.to_value(), value.to_value());
        assert!(same.piece(value).is_none(), "another text with the same content");
    }
    let item = doc.at(doc.piece(list.index(0).unwrap()).unwrap()).unwrap();
    assert_eq!(item.get("id").unwrap().as_number(), Some(Number::Int(2)));
    assert!(doc.piece(Json::NULL).is_none());
    let tree = json!({ "data": [1] });
    assert!(doc.piece(Json::Tree(&tree)).is_none());
    let mut walked = Scratch::new();
    let walked = walk(&trie, &tree, &mut walked);
    assert!(walked.piece(walked.root()).is_none());
    assert!(walked.at(doc.piece(list).unwrap()).is_none());
}
