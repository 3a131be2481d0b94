//! What files state, piece by piece, as they state it: so that a comparison of two versions also notices what no other description covers.

use std::collections::BTreeSet;

use mapwright_findings::{Reports, Span, Texts};
use mapwright_language::decode::Decode as _;
use mapwright_language::keys::row_keys;
use mapwright_language::spec::{Expression, Template};
use mapwright_language::yaml::{Data, Node};
use serde_json::{Map, Value};

use crate::place::{Place, Statement};
use crate::reader::place;

/// What is for readers only, or says how files belong together, or is described completely.
const LEFT_OUT: [&str; 14] = [
    "title",
    "description",
    "docs",
    "extends",
    "version",
    "message",
    "variants",
    "replace",
    "remove",
    "warn",
    "require",
    "requirements",
    "schemas",
    "unsupported",
];

/// What of a setting is described completely.
const OF_SETTING: [&str; 7] = ["type", "required", "when", "default", "one_of", "pattern", "description"];

/// What of an operation is.
const OF_OPERATION: [&str; 10] = [
    "method",
    "path",
    "call",
    "encoding",
    "compress",
    "rate",
    "idempotent",
    "declared",
    "description",
    "replace",
];

/// The same of its batch.
const OF_BATCH: [&str; 5] = ["most", "lists", "bytes", "item_bytes", "operation"];

/// The same of a step.
const OF_STEP: [&str; 13] = [
    "description",
    "use",
    "remove",
    "replace",
    "before",
    "after",
    "when",
    "unless",
    "for_each",
    "where",
    "on_failure",
    "operation",
    "warn",
];

/// Keys of rows and rules that have a condition.
const CONDITIONS: [&str; 6] = ["when", "unless", "where", "that", "among", "renew"];

const DESCRIPTION: &str = "description";

/// The statements of a file with everything that it inherits.
pub(crate) fn statements(texts: &Texts, node: &Node) -> Vec<Statement> {
    let mut all = Vec::new();
    below(texts, node, &[], &mut all);
    all
}

/// How something that stands at a key is described.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    /// Other data describe it.
    Elsewhere,
    /// By what stands in it.
    Inside,
    /// As a whole.
    Whole,
}

fn told(path: &[&str], value: &Node) -> Told {
    let unless = |known: &[&str], key: &str| if known.contains(&key) { Told::Elsewhere } else { Told::Whole };
    let told = match path {
        [key] if LEFT_OUT.contains(key) => Told::Elsewhere,
        ["settings", _, key] => unless(&OF_SETTING, key),
        ["operations", _, "batch" | "headers" | "query"] => Told::Inside,
        ["operations", _, "batch", key] => unless(&OF_BATCH, key),
        ["operations", _, key] => unless(&OF_OPERATION, key),
        ["steps", _, rest @ ..] => of_step(rest, value),
        [
            "values" | "settings" | "sets" | "tables" | "conversions" | "rates" | "sources" | "steps"
            | "order" | "headers" | "query",
        ]
        | ["operations" | "payload"]
        | ["operations" | "payload" | "settings", _] => Told::Inside,
        _ => Told::Whole,
    };
    match told {
        Told::Inside if value.as_map().is_none() => Told::Whole,
        told => told,
    }
}

/// The same of what stands in a step.
fn of_step(path: &[&str], value: &Node) -> Told {
    match path {
        ["steps", _, rest @ ..] => of_step(rest, value),
        // the name of a payload part, and a time
        ["body" | "cache"] if value.as_map().is_none() => Told::Elsewhere,
        ["cache", "for"] | ["page", "most"] => Told::Elsewhere,
        [] | ["steps" | "params" | "query" | "headers" | "capture" | "order" | "body" | "cache" | "page"] => {
            Told::Inside
        }
        [key] if OF_STEP.contains(key) => Told::Elsewhere,
        _ => Told::Whole,
    }
}

fn below(texts: &Texts, node: &Node, path: &[&str], all: &mut Vec<Statement>) {
    for (key, value) in node.as_map().unwrap_or_default() {
        let path: Vec<&str> = path.iter().copied().chain([key.text.as_str()]).collect();
        let (mut places, mut said) = (BTreeSet::new(), None);
        match told(&path, value) {
            Told::Elsewhere => continue,
            Told::Inside => below(texts, value, &path, all),
            Told::Whole => {
                places_of(texts, key.span, value, &mut places);
                said = Some(stated(&key.text, value));
            }
        }
        all.push(Statement { name: path.join("."), value: said, place: place(texts, key.span), places });
    }
}

/// Where something of it stands: what is laid over something of another file has some in both.
fn places_of(texts: &Texts, key: Span, node: &Node, places: &mut BTreeSet<Place>) {
    places.extend([key, node.span].map(|span| place(texts, span)));
    match &node.data {
        Data::Map(entries) => entries.iter().for_each(|(key, node)| places_of(texts, key.span, node, places)),
        Data::List(items) => items.iter().for_each(|node| places_of(texts, node.span, node, places)),
        _ => {}
    }
}

/// The value below a key, without what is for readers, in one spelling.
fn stated(key: &str, node: &Node) -> Value {
    match &node.data {
        Data::List(items) => items.iter().map(|item| stated(key, item)).collect(),
        Data::Map(entries) => {
            // beside a word of rows, `description` is one too
            let is_row = entries
                .iter()
                .any(|(key, _)| key.text != DESCRIPTION && row_keys().any(|word| word == key.text));
            let counts = |key: &str| key != "replace" && !(is_row && key == DESCRIPTION);
            let members: Map<String, Value> = entries
                .iter()
                .filter(|(key, _)| counts(&key.text))
                .map(|(key, value)| (key.text.clone(), member(&key.text, value)))
                .collect();
            // a row that is nothing else can be written without the word
            let alone = members.get("from").or_else(|| members.get("template"));
            match alone.filter(|_| members.len() == 1) {
                Some(only) => only.clone(),
                None => Value::Object(members),
            }
        }
        Data::Text(text) => Value::String(spelled(key, text, node)),
        _ => node.to_json(),
    }
}

/// A member of an object: one conversion is a list of one.
fn member(key: &str, node: &Node) -> Value {
    match (key, &node.data) {
        ("value", _) => node.to_json(),
        ("as", Data::Text(_)) => Value::Array(vec![stated(key, node)]),
        _ => stated(key, node),
    }
}

/// A string in one spelling, if it is a condition, a template or a path.
fn spelled(key: &str, text: &str, node: &Node) -> String {
    let mut reports = Reports::default();
    let spelled = match (CONDITIONS.contains(&key), text.contains("{{") || text.contains("{%")) {
        (true, _) => Expression::decode(node, &mut reports).map(|condition| condition.spelled()),
        (false, true) => Template::decode(node, &mut reports).map(|template| template.spelled()),
        (false, false) => None,
    };
    let is_plain = |path: &&str| path.chars().all(|c| c.is_alphanumeric() || "_.[]".contains(c));
    let path = || text.strip_prefix("$.").filter(is_plain).unwrap_or(text).to_owned();
    spelled.unwrap_or_else(path)
}
