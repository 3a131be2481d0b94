//! What files state, piece by piece, as they state it: so that whoever compares two versions notices what nothing else describes.

use std::collections::BTreeSet;

use mapwright_findings::{Span, Texts};
use mapwright_language::keys::row_keys;
use mapwright_language::yaml::{Data, Node};
use serde_json::{Map, Value};

use crate::data::{Place, Statement};

/// What is for readers only, or says how files belong together, or is described completely.
const LEFT_OUT: [&str; 12] = [
    "title",
    "description",
    "docs",
    "extends",
    "version",
    "message",
    "variants",
    "replace",
    "warn",
    "order",
    "require",
    "schemas",
];

/// What of an operation is described completely.
const OF_OPERATION: [&str; 10] =
    ["method", "path", "call", "encoding", "compress", "rate", "idempotent", "headers", "query", "responses"];

/// The same of its batch.
const OF_BATCH: [&str; 4] = ["most", "bytes", "item_bytes", "operation"];

const DESCRIPTION: &str = "description";

/// The statements of a file with everything that it inherits.
pub(crate) fn statements(texts: &Texts, node: &Node) -> Vec<Statement> {
    let mut all = Vec::new();
    below(texts, node, &[], &mut all);
    all
}

/// How many names lead to a piece below this key.
fn depth(path: &[&str]) -> usize {
    match path {
        ["operations", _, "batch", ..] => 4,
        ["operations", ..] => 3,
        ["payload", ..] => 3,
        [
            "values" | "settings" | "sets" | "tables" | "conversions" | "rates" | "sources" | "requirements"
            | "steps" | "order" | "headers" | "query",
            ..,
        ] => 2,
        _ => 1,
    }
}

fn below(texts: &Texts, node: &Node, path: &[&str], all: &mut Vec<Statement>) {
    for (key, value) in node.as_map().unwrap_or_default() {
        let path: Vec<&str> = path.iter().copied().chain([key.text.as_str()]).collect();
        let is_told = match path.as_slice() {
            [key] => LEFT_OUT.contains(key),
            ["operations", _, key] => OF_OPERATION.contains(key) || LEFT_OUT.contains(key),
            ["operations", _, "batch", key] => OF_BATCH.contains(key) || LEFT_OUT.contains(key),
            _ => false,
        };
        if is_told {
            continue;
        }
        if path.len() < depth(&path) && value.as_map().is_some() {
            below(texts, value, &path, all);
            continue;
        }
        let mut lines = BTreeSet::new();
        lines_of(texts, key.span, value, &mut lines);
        let place = texts.place(key.span);
        let place = Place { file: place.path, line: place.line };
        all.push(Statement { name: path.join("."), value: stated(value), place, lines });
    }
}

/// The lines on which something of it stands: what is laid over something of another file has some in both.
fn lines_of(texts: &Texts, key: Span, node: &Node, lines: &mut BTreeSet<Place>) {
    for span in [key, node.span] {
        let place = texts.place(span);
        lines.insert(Place { file: place.path, line: place.line });
    }
    match &node.data {
        Data::Map(entries) => entries.iter().for_each(|(key, node)| lines_of(texts, key.span, node, lines)),
        Data::List(items) => items.iter().for_each(|node| lines_of(texts, node.span, node, lines)),
        _ => {}
    }
}

/// The value, without what is for readers.
fn stated(node: &Node) -> Value {
    match &node.data {
        Data::List(items) => items.iter().map(stated).collect(),
        Data::Map(entries) => {
            // beside a word of rows, `description` is one too
            let is_row = entries
                .iter()
                .any(|(key, _)| key.text != DESCRIPTION && row_keys().any(|word| word == key.text));
            let counts = |key: &str| key != "replace" && !(is_row && key == DESCRIPTION);
            let members = entries.iter().filter(|(key, _)| counts(&key.text));
            Value::Object(
                members.map(|(key, value)| (key.text.clone(), stated(value))).collect::<Map<_, _>>(),
            )
        }
        _ => node.to_json(),
    }
}
