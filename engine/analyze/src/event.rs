//! The event spec: which fields events have, by their type.

use std::sync::OnceLock;

use mapwright_convert::PathStep;
use serde_json::{Map, Value};

/// The schemas of the spec, by the names that they refer to each other by.
const FILES: [(&str, &str); 9] = [
    ("common", include_str!("../../../schemas/events/common.schema.json")),
    ("alias", include_str!("../../../schemas/events/alias.schema.json")),
    ("delete", include_str!("../../../schemas/events/delete.schema.json")),
    ("group", include_str!("../../../schemas/events/group.schema.json")),
    ("identify", include_str!("../../../schemas/events/identify.schema.json")),
    ("page", include_str!("../../../schemas/events/page.schema.json")),
    ("record", include_str!("../../../schemas/events/record.schema.json")),
    ("screen", include_str!("../../../schemas/events/screen.schema.json")),
    ("track", include_str!("../../../schemas/events/track.schema.json")),
];

/// The types of events that the spec knows.
pub const MESSAGES: [&str; 8] = ["alias", "delete", "group", "identify", "page", "record", "screen", "track"];

/// References inside of each other.
const DEEPEST: usize = 8;

/// A schema, as what it says of an object.
pub(crate) type Node<'s> = &'s Map<String, Value>;

/// What the spec says of a path into an event.
#[derive(Debug, PartialEq)]
pub enum FieldLookup {
    /// It is a field of the spec, or may be one; with what the spec says of it, if it says something.
    Field(Vec<Node<'static>>),
    /// The name at this position is not listed in an object that lists names.
    Unlisted {
        /// The position of the step.
        at: usize,
        /// Whether such names are the sender's own.
        open: bool,
        /// The names that are listed.
        listed: Vec<&'static str>,
    },
    /// The value before this position has no members.
    NoMembers {
        /// The position of the step.
        at: usize,
    },
    /// The spec says nothing of it.
    Unknown,
}

fn documents() -> &'static [(&'static str, Value)] {
    static DOCUMENTS: OnceLock<Vec<(&str, Value)>> = OnceLock::new();
    DOCUMENTS.get_or_init(|| {
        let read = FILES.iter().filter_map(|(name, text)| Some((*name, serde_json::from_str(text).ok()?)));
        read.collect()
    })
}

fn document(name: &str) -> Option<&'static Value> {
    documents().iter().find(|(known, _)| *known == name).map(|(_, document)| document)
}

/// Returns the fields that only events of this type have.
pub fn own_fields(message: &str) -> impl Iterator<Item = &'static str> {
    let properties = document(message).and_then(|document| document.get("properties")?.as_object());
    properties.into_iter().flat_map(Map::keys).map(String::as_str).filter(|name| *name != "type")
}

/// Returns the fields that events of all types have.
pub fn common_fields() -> impl Iterator<Item = &'static str> {
    own_fields("common")
}

/// Returns what the spec says of a path into events of one of these types.
pub fn known(messages: &[String], steps: &[PathStep]) -> FieldLookup {
    let mut nodes = Vec::new();
    for name in messages.iter().map(String::as_str).chain(["common"]) {
        match document(name) {
            Some(document) => expand(document, 0, &mut nodes),
            None => return FieldLookup::Unknown,
        }
    }
    for (at, step) in steps.iter().enumerate() {
        if !nodes.is_empty() && nodes.iter().all(is_single) {
            return FieldLookup::NoMembers { at };
        }
        let mut inner = Vec::new();
        match step {
            PathStep::Key(name) => {
                let listed = |node: &Node<'static>| node.get("properties").and_then(Value::as_object);
                nodes
                    .iter()
                    .filter_map(|node| listed(node)?.get(name))
                    .for_each(|found| expand(found, 0, &mut inner));
                let names: Vec<&str> =
                    nodes.iter().filter_map(listed).flat_map(Map::keys).map(String::as_str).collect();
                // senders give these to events of all types
                if at == 0 && inner.is_empty() && (name == "traits" || name == "properties") {
                    let everywhere = document("common").and_then(|document| document.get("$defs")?.get(name));
                    everywhere.into_iter().for_each(|found| expand(found, 0, &mut inner));
                }
                if inner.is_empty() {
                    if names.is_empty() {
                        return FieldLookup::Unknown;
                    }
                    let open =
                        nodes.iter().any(|node| node.get("additionalProperties") == Some(&Value::Bool(true)));
                    return FieldLookup::Unlisted { at, open, listed: names };
                }
            }
            PathStep::Index(_) => {
                let items = nodes.iter().filter_map(|node| node.get("items"));
                items.for_each(|items| expand(items, 0, &mut inner));
                if inner.is_empty() {
                    return FieldLookup::Unknown;
                }
            }
        }
        nodes = inner;
    }
    FieldLookup::Field(nodes)
}

/// Whether values have neither members nor items.
fn is_single(node: &Node<'_>) -> bool {
    let single =
        |kind: &Value| matches!(kind.as_str(), Some("string" | "number" | "integer" | "boolean" | "null"));
    match node.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().all(single),
        Some(kind) => single(kind),
        None => false,
    }
}

/// A schema and what it refers to, or may be.
fn expand(schema: &'static Value, depth: usize, into: &mut Vec<Node<'static>>) {
    let Some(members) = schema.as_object().filter(|_| depth < DEEPEST) else { return };
    if let Some(target) = members.get("$ref").and_then(Value::as_str).and_then(target) {
        return expand(target, depth + 1, into);
    }
    let any = members.get("anyOf").and_then(Value::as_array);
    match any {
        Some(any) => any.iter().for_each(|one| expand(one, depth + 1, into)),
        None => into.push(members),
    }
}

fn target(reference: &str) -> Option<&'static Value> {
    let (file, pointer) = reference.split_once('#')?;
    let name = file.strip_suffix(".schema.json").unwrap_or("common");
    document(name)?.pointer(pointer)
}
