//! Differential tests against `serde_json`, on valid and invalid text.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests")]

use mapwright_json::{Json, Limits, NodeId, Scratch, Step, Text, Trie, TrieBuilder, scan, walk};
use proptest::prelude::*;
use serde_json::{Map, Value};

/// A few keys, so that random paths match random documents: short, empty, long, similar in length and ends, escaped.
const KEYS: [&str; 12] = [
    "a",
    "b",
    "ab",
    "",
    "é",
    "traits",
    "tracks",
    "with \"quote\"",
    "sixteen bytes ok",
    "sixteen bytes ok and more",
    "sixteen bytes ok and less",
    "\u{1F600}\n",
];

fn keys() -> impl Strategy<Value = String> {
    prop_oneof![8 => prop::sample::select(&KEYS[..]).prop_map(str::to_owned), 1 => ".{0,20}"]
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
        "[ -~]{0,40}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((keys(), inner), 0..8)
                .prop_map(|members| Value::from(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

struct Dice {
    rolls: Vec<u8>,
    next: usize,
}

impl Dice {
    fn roll(&mut self) -> u8 {
        self.next += 1;
        self.rolls.get((self.next - 1) % self.rolls.len().max(1)).copied().unwrap_or(0)
    }
}

/// Writes a value in random ways: with whitespace, escapes, and earlier members that a later one overrides.
fn write(value: &Value, dice: &mut Dice, out: &mut String) {
    let space =
        |out: &mut String, roll: u8| out.push_str(["", "", "", " ", "\n  ", "\t\r"][roll as usize % 6]);
    match value {
        Value::Object(members) => {
            out.push('{');
            let mut first = true;
            for (key, value) in members {
                let replaced = dice.roll().is_multiple_of(8);
                for last in [false, true] {
                    if !last && !replaced {
                        continue;
                    }
                    if !std::mem::take(&mut first) {
                        out.push(',');
                    }
                    space(out, dice.roll());
                    write_string(key, dice.roll(), out);
                    space(out, dice.roll());
                    out.push(':');
                    space(out, dice.roll());
                    if last {
                        write(value, dice, out);
                    } else {
                        out.push_str(r#"{"a":[{"b":1},{"a":2}],"traits":{"a":"x"},"ab":"y"}"#);
                    }
                    space(out, dice.roll());
                }
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                space(out, dice.roll());
                write(item, dice, out);
                space(out, dice.roll());
            }
            out.push(']');
        }
        Value::String(text) => write_string(text, dice.roll(), out),
        other => out.push_str(&other.to_string()),
    }
}

fn write_string(text: &str, roll: u8, out: &mut String) {
    if !roll.is_multiple_of(4) {
        return out.push_str(&Value::from(text).to_string());
    }
    out.push('"');
    for (place, c) in text.chars().enumerate() {
        match c {
            '/' => out.push_str("\\/"),
            c if c == '"' || c == '\\' || c < ' ' || place % 2 == 0 => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

fn documents() -> impl Strategy<Value = String> {
    (values(), prop::collection::vec(any::<u8>(), 0..200)).prop_map(|(value, dice)| {
        let mut out = String::new();
        write(&value, &mut Dice { rolls: dice, next: 0 }, &mut out);
        out
    })
}

#[derive(Debug, Clone)]
enum OwnedStep {
    Key(String),
    Index(usize),
}

impl OwnedStep {
    fn as_step(&self) -> Step<'_> {
        match self {
            OwnedStep::Key(key) => Step::Key(key),
            OwnedStep::Index(index) => Step::Index(*index),
        }
    }
}

/// What the scan records of a path's value.
#[derive(Debug, Clone, Copy)]
enum Mark {
    Nothing,
    Members,
    Items,
    Inside,
}

type Paths = Vec<(Vec<OwnedStep>, Mark)>;

fn paths() -> impl Strategy<Value = Paths> {
    let step = prop_oneof![5 => keys().prop_map(OwnedStep::Key), 1 => (0..4usize).prop_map(OwnedStep::Index)];
    let marks = [Mark::Nothing, Mark::Nothing, Mark::Members, Mark::Items, Mark::Inside];
    let mark = prop::sample::select(marks.to_vec());
    prop::collection::vec((prop::collection::vec(step, 0..4), mark), 0..40)
}

fn trie(paths: &Paths) -> (Trie, Vec<(NodeId, &[OwnedStep])>) {
    let mut builder = TrieBuilder::new();
    let mut nodes = Vec::new();
    for (path, mark) in paths {
        let steps: Vec<Step<'_>> = path.iter().map(OwnedStep::as_step).collect();
        let node = builder.path(&steps).unwrap();
        assert_eq!(builder.path(&steps), Ok(node));
        match mark {
            Mark::Nothing => {}
            Mark::Members => builder.members(node),
            Mark::Items => builder.items(node),
            Mark::Inside => builder.inside(node),
        }
        nodes.push((node, path.as_slice()));
    }
    (builder.build(), nodes)
}

fn look_up<'v>(value: &'v Value, path: &[OwnedStep]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, step| match step {
        OwnedStep::Key(key) => value.as_object()?.get(key),
        OwnedStep::Index(index) => value.as_array()?.get(*index),
    })
}

fn assert_same(json: Json<'_>, value: &Value) {
    assert_eq!(&json.to_value(), value);
    let mut out = Vec::new();
    json.write(&mut out);
    assert_eq!(&serde_json::from_slice::<Value>(&out).unwrap(), value);
    if !value.is_string() && !value.is_array() && !value.is_object() {
        assert_eq!(String::from_utf8(out).unwrap().parse::<Value>().unwrap(), *value);
    }
    let tree = Json::Tree(value);
    assert_eq!(json.kind(), tree.kind());
    assert_eq!(json.is_null(), value.is_null());
    assert_eq!(json.as_bool(), value.as_bool());
    assert_eq!(json.as_number(), tree.as_number());
    assert_eq!(json.as_str().as_deref(), value.as_str());
    assert_eq!(json.is_empty_str(), *value == "");
    assert_eq!(json.len(), tree.len());
    assert_eq!(json.is_empty(), tree.is_empty());
    let entries = |json: Json<'_>| {
        json.entries().map(|(key, value)| (key.into_owned(), value.to_value())).collect::<Vec<_>>()
    };
    assert_eq!(entries(json), entries(tree));
    let items = |json: Json<'_>| json.items().map(Json::to_value).collect::<Vec<_>>();
    assert_eq!(items(json), items(tree));
    for key in KEYS {
        assert_eq!(json.get(key).map(Json::to_value).as_ref(), value.get(key));
    }
    for index in 0..4 {
        assert_eq!(json.index(index).map(Json::to_value).as_ref(), value.get(index));
    }
    for ((_, inner), (_, expected)) in json.entries().zip(value.as_object().into_iter().flatten()) {
        assert_same(inner, expected);
    }
    for (inner, expected) in json.items().zip(value.as_array().into_iter().flatten()) {
        assert_same(inner, expected);
    }
}

/// Asserts that the records of a scan do not change how a value is written.
fn assert_written_alike(json: Json<'_>) {
    let Json::Text(text) = json else { return };
    let (mut noted, mut read) = (Vec::new(), Vec::new());
    json.write(&mut noted);
    Json::Text(Text::parse(text.as_text()).unwrap()).write(&mut read);
    assert_eq!(String::from_utf8(noted), String::from_utf8(read));
}

fn accepts(text: &[u8]) -> Result<(), TestCaseError> {
    let trie = TrieBuilder::new().build();
    let limits = Limits::default();
    let ours = scan(&trie, text, &mut Scratch::new(), &limits).map(|doc| doc.root().to_value());
    let theirs = serde_json::from_slice::<Value>(text);
    match (&ours, &theirs) {
        (Ok(ours), Ok(theirs)) => prop_assert_eq!(ours, theirs),
        (Err(error), Err(_)) => prop_assert!(error.offset() <= text.len(), "{}", error),
        _ => prop_assert!(false, "ours: {:?}\ntheirs: {:?}", ours, theirs),
    }
    if let Ok(text) = str::from_utf8(text) {
        prop_assert_eq!(Text::parse(text).is_ok(), theirs.is_ok());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn finds_what_a_look_up_finds(text in documents(), other in documents(), paths in paths()) {
        let (trie, nodes) = trie(&paths);
        let mut scratch = Scratch::new();
        for text in [text, other] {
            let value: Value = serde_json::from_str(&text).unwrap();
            let scanned = scan(&trie, text.as_bytes(), &mut scratch, &Limits::default()).unwrap();
            let mut of_tree = Scratch::new();
            let walked = walk(&trie, &value, &mut of_tree);
            assert_same(scanned.root(), &value);
            for (node, path) in &nodes {
                let expected = look_up(&value, path);
                let walked_value = walked.get(*node).map(Json::to_value);
                prop_assert_eq!(walked_value.as_ref(), expected);
                match (scanned.get(*node), expected) {
                    (Some(json), Some(value)) => {
                        assert_same(json, value);
                        assert_written_alike(json);
                    }
                    (None, None) => {}
                    (json, value) => prop_assert!(false, "{:?} {:?}", json, value),
                }
                let expected: Vec<_> = expected.and_then(Value::as_object).into_iter().flatten()
                    .map(|(key, value)| (key.clone(), value.clone(), trie.child(*node, key))).collect();
                for doc in [&scanned, &walked] {
                    let members: Vec<_> = doc.members(*node)
                        .map(|member| (member.key.into_owned(), member.value.to_value(), member.node)).collect();
                    prop_assert_eq!(&members, &expected);
                }
            }
        }
    }

    #[test]
    fn accepts_what_serde_json_accepts(text in documents(), edits in prop::collection::vec((any::<prop::sample::Index>(), 0..3u8, any::<u8>()), 0..4)) {
        const BYTES: &[u8] = b"{}[]\",:\\ \n\t0123456789-+.eEtrufalsnbd/\0\x1f\x7f\x80\xc3\xed\xa0\xf0\xff";
        let mut text = text.into_bytes();
        accepts(&text)?;
        for (place, edit, byte) in edits {
            let place = place.index(text.len() + 1);
            let byte = BYTES[byte as usize % BYTES.len()];
            match edit {
                0 => text.insert(place, byte),
                1 => if let Some(at) = text.get_mut(place) { *at = byte },
                _ => if place < text.len() { text.remove(place); },
            }
            accepts(&text)?;
        }
    }

    #[test]
    fn accepts_no_more_of_random_bytes(text in prop::collection::vec(any::<u8>(), 0..40)) {
        accepts(&text)?;
    }

    #[test]
    fn accepts_the_same_of_token_soup(text in r#"([\[\]{},:]|"a"|"\\u[0-9d][0-9a-f]{3}"|-?[0-9]{1,3}(\.[0-9]{1,3})?([eE][-+]?[0-9]{1,3})?|true|null| ){0,12}"#) {
        accepts(text.as_bytes())?;
    }

    #[test]
    fn accepts_the_same_numbers(text in r"-?[0-9]{0,25}(\.[0-9]{0,25})?([eE][-+]?[0-9]{0,5})?") {
        accepts(text.as_bytes())?;
    }

    #[test]
    fn accepts_the_same_long_numbers(text in r"-?[1-9][0-9]{280,330}(\.[0-9]{0,400})?([eE]-?[0-9]{0,3})?") {
        accepts(text.as_bytes())?;
    }

    #[test]
    fn accepts_the_same_escapes(text in r#""(\\(["\\/bfnrtux]|u[dD][89abcABC][0-9a-f]{2}|u[0-9A-Fa-f]{3,4})|[a-z"]){0,6}""#) {
        accepts(text.as_bytes())?;
    }

    #[test]
    fn writes_strings_as_serde_json_does(text in any::<String>()) {
        let mut out = Vec::new();
        mapwright_json::write_str(&mut out, &text);
        prop_assert_eq!(String::from_utf8(out).unwrap(), Value::from(text).to_string());
    }
}
