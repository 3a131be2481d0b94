//! Schemas of OpenAPI as JSON Schemas that stand alone: what they refer to stands in `$defs`.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::beside::shown;
use super::decoded::decoded;

/// The deepest nesting of a schema.
const DEPTH: usize = 64;
/// The most schemas, in each other and side by side, of one file.
const MOST: usize = 200_000;

/// Whether a schema is of what is sent or of what comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Properties that only the API writes are not required.
    Request,
    /// Properties that are only sent are not required.
    Response,
}

/// A schema on its way.
pub(super) struct Conversion<'d> {
    document: &'d Value,
    way: Way,
    /// The pointers that were met, in order, with the names of their schemas.
    met: Vec<(String, String)>,
    seen: usize,
    /// The patterns that were met, and whether JSON Schema knows what they mean.
    patterns: HashMap<String, bool>,
    notes: BTreeSet<String>,
}

/// Keywords with a map of schemas.
const MAPS: [&str; 5] = ["properties", "patternProperties", "dependentSchemas", "$defs", "definitions"];
/// Keywords with a list of schemas.
const LISTS: [&str; 4] = ["allOf", "anyOf", "oneOf", "prefixItems"];
/// Keywords with a schema.
const SINGLE: [&str; 10] = [
    "items",
    "additionalProperties",
    "not",
    "contains",
    "if",
    "then",
    "else",
    "propertyNames",
    "unevaluatedProperties",
    "unevaluatedItems",
];
/// Whether a value can stand behind a keyword.
fn fits(key: &str, value: &Value) -> bool {
    const TYPES: [&str; 7] = ["null", "boolean", "object", "array", "number", "string", "integer"];
    let is_type = |value: &Value| value.as_str().is_some_and(|name| TYPES.contains(&name));
    match key {
        "$ref" | "title" | "description" | "format" | "pattern" | "contentEncoding" | "contentMediaType" => {
            value.is_string()
        }
        "type" => {
            is_type(value) || value.as_array().is_some_and(|all| !all.is_empty() && all.iter().all(is_type))
        }
        "enum" => value.as_array().is_some_and(|values| !values.is_empty()),
        "required" => value.as_array().is_some_and(|names| names.iter().all(Value::is_string)),
        "multipleOf" => value.as_f64().is_some_and(|number| number > 0.0),
        "minimum" | "maximum" => value.is_number(),
        "exclusiveMinimum" | "exclusiveMaximum" => value.is_number() || value.is_boolean(),
        "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties"
        | "minContains" | "maxContains" => value.is_u64(),
        "readOnly" | "writeOnly" | "deprecated" | "uniqueItems" => value.is_boolean(),
        "const" | "default" => true,
        key if MAPS.contains(&key) => value.is_object(),
        key if LISTS.contains(&key) => value.is_array(),
        key => SINGLE.contains(&key) && (value.is_object() || value.is_boolean()),
    }
}

/// Returns a schema of a document as one that stands alone, with what could not be said.
pub(super) fn standalone(document: &Value, schema: &Value, way: Way, comment: &str) -> (Value, Vec<String>) {
    let (patterns, notes) = (HashMap::new(), BTreeSet::new());
    let mut conversion = Conversion { document, way, met: Vec::new(), seen: 0, patterns, notes };
    let top = conversion.schema(schema, 0);
    let mut defs = Map::new();
    while let Some((pointer, name)) = conversion.met.get(defs.len()).cloned() {
        let found = resolve(document, &pointer).cloned().unwrap_or_default();
        let made = conversion.schema(&found, 0);
        defs.insert(name, made);
    }
    let mut whole = Map::new();
    whole.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
    whole.insert("$comment".into(), comment.into());
    match top {
        Value::Object(top) => whole.extend(top.into_iter().filter(|(key, _)| key != "$schema")),
        other => drop(whole.insert("allOf".into(), json!([other]))),
    }
    if !defs.is_empty() {
        whole.insert("$defs".into(), Value::Object(defs));
    }
    (Value::Object(whole), conversion.notes.into_iter().collect())
}

/// Returns what a local reference leads to.
pub(super) fn resolve<'d>(document: &'d Value, reference: &str) -> Option<&'d Value> {
    document.pointer(&decoded(reference.strip_prefix('#')?))
}

/// Whether a reference leads back to itself without going into the value, so that nothing can be held against it.
fn is_circle(document: &Value, reference: &str) -> bool {
    fn same_value<'d>(schema: &'d Value, into: &mut Vec<&'d str>) {
        into.extend(schema.get("$ref").and_then(Value::as_str));
        let lists = ["allOf", "anyOf", "oneOf"].into_iter().filter_map(|key| schema.get(key)?.as_array());
        lists.flatten().for_each(|inner| into.extend(inner.get("$ref").and_then(Value::as_str)));
    }
    let (mut open, mut known) = (vec![reference], HashSet::new());
    while let Some(next) = open.pop() {
        let Some(schema) = resolve(document, next) else { continue };
        let mut inside = Vec::new();
        same_value(schema, &mut inside);
        for inner in inside {
            if inner == reference {
                return true;
            }
            if known.insert(inner) {
                open.push(inner);
            }
        }
    }
    false
}

impl Conversion<'_> {
    fn schema(&mut self, schema: &Value, depth: usize) -> Value {
        self.seen += 1;
        let Value::Object(schema) = schema else {
            return if schema.is_boolean() { schema.clone() } else { json!({}) };
        };
        if depth > DEPTH || self.seen > MOST {
            self.notes.insert("a schema is too deep or too large, and takes everything in part".to_owned());
            return json!({});
        }
        let mut made = Map::new();
        for (key, value) in schema {
            let key = key.as_str();
            // keywords of OpenAPI alone and values that their keyword does not accept are not part of a JSON Schema
            if !fits(key, value) {
                continue;
            }
            let value = match value {
                Value::String(reference) if key == "$ref" => self.reference(reference),
                Value::String(pattern) if key == "pattern" => self.is_pattern(pattern).then(|| value.clone()),
                Value::Object(inner) if key == "patternProperties" => {
                    let known = inner.iter().filter(|(pattern, _)| self.is_pattern(pattern));
                    let known: Vec<_> = known.collect();
                    let inner = known
                        .into_iter()
                        .map(|(pattern, inner)| (pattern.clone(), self.schema(inner, depth + 1)));
                    Some(Value::Object(inner.collect()))
                }
                Value::Object(inner) if MAPS.contains(&key) => {
                    let inner =
                        inner.iter().map(|(name, inner)| (name.clone(), self.schema(inner, depth + 1)));
                    Some(Value::Object(inner.collect()))
                }
                Value::Array(inner) if LISTS.contains(&key) => {
                    let inner: Vec<Value> = inner.iter().map(|inner| self.schema(inner, depth + 1)).collect();
                    // an empty list is no schema
                    (!inner.is_empty()).then_some(Value::Array(inner))
                }
                value if SINGLE.contains(&key) => Some(self.schema(value, depth + 1)),
                value => Some(value.clone()),
            };
            if let Some(value) = value {
                made.insert(key.to_owned(), value);
            }
        }
        self.required(schema, &mut made);
        bounds(&mut made);
        self.discriminator(schema, &mut made);
        nullable(schema, made)
    }

    /// Whether a pattern is a regular expression of JSON Schema. Those of other languages are left out.
    fn is_pattern(&mut self, pattern: &str) -> bool {
        if let Some(known) = self.patterns.get(pattern) {
            return *known;
        }
        let is_known = jsonschema::validator_for(&json!({ "pattern": pattern })).is_ok();
        if !is_known {
            let shown: String = pattern.chars().take(60).collect();
            self.notes.insert(format!(
                "the pattern `{shown}` is not a regular expression of JSON Schema; what it is about takes every text"
            ));
        }
        self.patterns.insert(pattern.to_owned(), is_known);
        is_known
    }

    /// The reference to the copy in `$defs`.
    fn reference(&mut self, reference: &str) -> Option<Value> {
        if resolve(self.document, reference).is_none() {
            self.notes.insert(format!(
                "`{}` leads nowhere in the document; what it is about takes everything",
                shown(reference)
            ));
            return None;
        }
        let known = self.met.iter().find(|(pointer, _)| pointer == reference).map(|(_, name)| name.clone());
        // one that was met is in no circle
        if known.is_none() && is_circle(self.document, reference) {
            self.notes.insert(format!(
                "`{}` leads back to itself for the same value; what it is about takes everything",
                shown(reference)
            ));
            return None;
        }
        let name = known.unwrap_or_else(|| {
            // it becomes a part of a URI
            let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' };
            let last: String = reference.rsplit('/').next().unwrap_or("schema").chars().map(plain).collect();
            let taken = self.met.iter().any(|(_, name)| *name == last);
            let name = if taken { format!("{last}-{}", self.met.len() + 1) } else { last };
            self.met.push((reference.to_owned(), name.clone()));
            name
        });
        Some(Value::String(format!("#/$defs/{name}")))
    }

    /// What only one side writes is not required of the other.
    fn required(&self, schema: &Map<String, Value>, made: &mut Map<String, Value>) {
        let mark = if self.way == Way::Request { "readOnly" } else { "writeOnly" };
        let Some(Value::Array(required)) = made.get_mut("required") else { return };
        let properties = schema.get("properties").and_then(Value::as_object);
        required.retain(|name| {
            let property = name.as_str().and_then(|name| properties?.get(name));
            let own = property.and_then(|property| property.get(mark));
            let referred = property
                .and_then(|property| resolve(self.document, property.get("$ref")?.as_str()?)?.get(mark));
            own.or(referred).and_then(Value::as_bool) != Some(true)
        });
        if required.is_empty() {
            made.remove("required");
        }
    }

    /// Of several schemas, the one counts that a property names.
    fn discriminator(&mut self, schema: &Map<String, Value>, made: &mut Map<String, Value>) {
        let Some(discriminator) = schema.get("discriminator") else { return };
        let Some(property) = discriminator.get("propertyName").and_then(Value::as_str) else { return };
        let mapping = discriminator.get("mapping").and_then(Value::as_object);
        for list in ["oneOf", "anyOf"] {
            let Some(Value::Array(branches)) = schema.get(list) else { continue };
            let Some(Value::Array(copies)) = made.get_mut(list) else { continue };
            for (branch, copy) in branches.iter().zip(copies) {
                let Some(reference) = branch.get("$ref").and_then(Value::as_str) else { continue };
                let last = reference.rsplit('/').next().unwrap_or("");
                let mapped = mapping
                    .into_iter()
                    .flatten()
                    .filter(|(_, to)| to.as_str().is_some_and(|to| to == reference || to == last));
                let mut names: Vec<&str> = mapped.map(|(name, _)| name.as_str()).collect();
                if names.is_empty() {
                    names.push(last);
                }
                *copy = json!({
                    "allOf": [copy.take()],
                    "required": [property],
                    "properties": { property: { "enum": names } },
                });
            }
        }
    }
}

/// In OpenAPI 3.0, a boolean says that a bound is not in the range itself.
fn bounds(made: &mut Map<String, Value>) {
    for (exclusive, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        let Some(Value::Bool(excluded)) = made.get(exclusive).cloned() else { continue };
        made.remove(exclusive);
        if excluded && let Some(value) = made.remove(bound) {
            made.insert(exclusive.to_owned(), value);
        }
    }
}

/// In OpenAPI 3.0, `nullable` says that null is a value.
fn nullable(schema: &Map<String, Value>, mut made: Map<String, Value>) -> Value {
    if schema.get("nullable").and_then(Value::as_bool) != Some(true) {
        return Value::Object(made);
    }
    let Some(Value::String(kind)) = made.get("type").cloned() else {
        let combined = ["$ref", "allOf", "anyOf", "oneOf"].iter().any(|key| made.contains_key(*key));
        return if combined { json!({ "anyOf": [made, { "type": "null" }] }) } else { Value::Object(made) };
    };
    made.insert("type".to_owned(), json!([kind, "null"]));
    if let Some(Value::Array(values)) = made.get_mut("enum")
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
    Value::Object(made)
}
