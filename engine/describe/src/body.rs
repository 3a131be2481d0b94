//! What the schema of a body says, field by field.

use std::collections::{BTreeMap, BTreeSet};

use mapwright_analyze::schema::{PointerStep, Schema, Spot};
use mapwright_analyze::view::VersionView;
use mapwright_findings::Span;
use serde_json::{Map, Value};

use crate::body_field::BodyField;
use crate::place::Place;
use crate::reader::Reader;

/// Fields inside of each other; what is deeper, as in a schema that refers to itself, is left out.
const DEEPEST: usize = 6;
/// The most fields of a body that are described.
const MOST: usize = 5_000;

/// Keywords that limit a value, beside its type and those that list values.
const LIMITS: &[&str] = &[
    "maxLength",
    "minLength",
    "maximum",
    "minimum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "maxItems",
    "minItems",
    "maxProperties",
    "minProperties",
    "multipleOf",
    "pattern",
    "format",
    "not",
    "uniqueItems",
    "contains",
    "minContains",
    "maxContains",
    "propertyNames",
    "patternProperties",
    "dependentRequired",
    "dependentSchemas",
    "dependencies",
    "if",
    "then",
    "else",
    "prefixItems",
    "unevaluatedProperties",
    "unevaluatedItems",
    "additionalProperties",
    "anyOf",
    "oneOf",
];

/// The fields of what has a schema, with the whole as the first; none, if its schema cannot be read.
pub(crate) fn fields(view: &VersionView<'_>, reader: Reader<'_>, name: &str) -> Vec<BodyField> {
    let Some(schema) = view.schemas.get(view.version, name) else { return Vec::new() };
    let mut found = Vec::new();
    if let Some(whole) = schema.whole() {
        let mut walk = Walk { schema, found: &mut found };
        walk.add(&whole, String::new(), false, 0);
    }
    place(view, reader, schema, name, found)
}

/// Says of fields where they stand: in the patch that states one of their schemas, or else in the file of the first.
fn place(
    view: &VersionView<'_>,
    reader: Reader<'_>,
    schema: &Schema,
    name: &str,
    found: Vec<(BodyField, Vec<&Map<String, Value>>)>,
) -> Vec<BodyField> {
    let paths = schema.paths();
    // by file: the fields, and the keys that lead to each of their schemas there
    let mut files: BTreeMap<&str, Vec<(usize, &[String])>> = BTreeMap::new();
    for (at, (_, schemas)) in found.iter().enumerate() {
        let alone = |schema: &&&Map<String, Value>| schema.len() > 1 || !schema.contains_key("$ref");
        for schema in schemas.iter().filter(alone) {
            let Some(path) = paths.get(&std::ptr::from_ref::<Map<_, _>>(schema)) else { continue };
            let (file, keys) = match path.as_slice() {
                // other files are among the definitions of the document
                [word, file, keys @ ..] if word == "$defs" && view.version.schemas.contains_key(file) => {
                    (file.as_str(), keys)
                }
                keys => (name, keys),
            };
            files.entry(file).or_default().push((at, keys));
        }
    }
    let mut places: Vec<(Option<Span>, bool)> = vec![(None, false); found.len()];
    let own = files.remove_entry(name);
    for (name, stated) in own.into_iter().chain(files) {
        let Some(file) = view.version.schemas.get(name) else { continue };
        let spans = file.spans(stated.iter().map(|(_, keys)| *keys));
        for ((at, _), span) in stated.iter().zip(spans) {
            let is_patched = span.file != file.file;
            if let Some(known) = places.get_mut(*at)
                && (known.0.is_none() || is_patched && !known.1)
            {
                *known = (Some(span), is_patched);
            }
        }
    }
    let whole = view.version.schemas.get(name).map(|file| file.span(&[]));
    let placed = |((mut field, _), (span, _)): ((BodyField, _), (Option<Span>, bool))| {
        if let Some(span) = span.or(whole) {
            field.place = reader.place(span);
        }
        field
    };
    found.into_iter().zip(places).map(placed).collect()
}

struct Walk<'s, 'f> {
    schema: &'s Schema,
    /// The fields, each with its schemas.
    found: &'f mut Vec<(BodyField, Vec<&'s Map<String, Value>>)>,
}

impl<'s> Walk<'s, '_> {
    fn add(&mut self, spot: &Spot<'s>, path: String, required: bool, depth: usize) {
        if self.found.len() >= MOST {
            return;
        }
        let schemas = spot.alternatives.first().cloned().unwrap_or_default();
        self.found.push((field(spot, path.clone(), required), schemas));
        if depth >= DEEPEST {
            return;
        }
        for name in spot.properties() {
            let Some(child) = self.schema.child(spot, PointerStep::Field(name)) else { continue };
            let at = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
            self.add(&child, at, is_required(spot, name), depth + 1);
        }
        let has_items = spot.alternatives.iter().flatten().any(|schema| schema.contains_key("items"));
        if has_items && let Some(child) = self.schema.child(spot, PointerStep::EachItem) {
            self.add(&child, format!("{path}[]"), false, depth + 1);
        }
    }
}

/// Texts for readers in a schema. A field with such a name has a schema, and no text.
const FOR_READERS: [&str; 3] = ["$comment", "description", "title"];

/// A schema, or a list or an object of some, without what is for readers.
fn plain(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let is_text = |name: &str, value: &Value| FOR_READERS.contains(&name) && value.is_string();
            let members = members.iter().filter(|(name, value)| !is_text(name, value));
            members.map(|(name, value)| (name.clone(), plain(value))).collect()
        }
        Value::Array(items) => items.iter().map(plain).collect(),
        other => other.clone(),
    }
}

/// What a keyword says, as text.
fn limited(schema: &Map<String, Value>, word: &str) -> Option<String> {
    match (word, schema.get(word)?) {
        ("anyOf" | "oneOf", branches) => wanted(branches).map(|wanted| wanted.to_string()),
        // a word, and not a schema: whether other members may be there
        ("additionalProperties", Value::Bool(_)) => None,
        (_, Value::String(text)) => Some(text.clone()),
        (_, value) => Some(plain(value).to_string()),
    }
}

/// The members that each branch of `anyOf` or `oneOf` wants, if one wants any: what else it says is described at the fields.
fn wanted(branches: &Value) -> Option<Value> {
    let all: BTreeSet<BTreeSet<&str>> = branches.as_array()?.iter().map(required).collect();
    all.iter().any(|names| !names.is_empty()).then(|| serde_json::json!(all))
}

/// The members that a schema wants.
fn required(schema: &Value) -> BTreeSet<&str> {
    let names = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    names.filter_map(Value::as_str).collect()
}

/// Whether every alternative wants a member.
fn is_required(spot: &Spot<'_>, name: &str) -> bool {
    let wants = |schema: &&Map<String, Value>| {
        let required = schema.get("required").and_then(Value::as_array);
        required.is_some_and(|names| names.iter().any(|known| known == name))
    };
    !spot.is_closed() && spot.alternatives.iter().all(|schemas| schemas.iter().any(wants))
}

fn field(spot: &Spot<'_>, path: String, required: bool) -> BodyField {
    let all = || spot.alternatives.iter().flatten();
    let (mut types, mut values) = (BTreeSet::new(), BTreeSet::new());
    let (mut is_any_type, mut is_any_value) = (false, false);
    for schemas in &spot.alternatives {
        let stated: Vec<&Value> = schemas.iter().filter_map(|schema| schema.get("type")).collect();
        is_any_type |= stated.is_empty();
        for words in stated {
            match words {
                Value::Array(words) => types.extend(words.iter().filter_map(Value::as_str)),
                word => types.extend(word.as_str()),
            }
        }
        let listed: Vec<&Value> = schemas
            .iter()
            .flat_map(|schema| {
                let list = schema.get("enum").and_then(Value::as_array).into_iter().flatten();
                list.chain(schema.get("const"))
            })
            .collect();
        is_any_value |= listed.is_empty();
        values.extend(listed.into_iter().map(ToString::to_string));
    }
    let limit = |word: &&str| {
        let stated: BTreeSet<String> = all().filter_map(|schema| limited(schema, word)).collect();
        (!stated.is_empty()).then(|| ((*word).to_owned(), stated.into_iter().collect::<Vec<_>>().join(", ")))
    };
    let closed =
        |schema: &&Map<String, Value>| schema.get("additionalProperties") == Some(&Value::Bool(false));
    BodyField {
        path,
        required,
        types: if is_any_type { Vec::new() } else { types.into_iter().map(str::to_owned).collect() },
        values: if is_any_value { Vec::new() } else { values.into_iter().collect() },
        closed: all().any(closed),
        limits: LIMITS.iter().filter_map(limit).collect(),
        place: Place { file: String::new(), line: 0, column: 0 },
    }
}
