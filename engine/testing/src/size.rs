//! The size of a body schema with its references resolved: validating with schemas that each refer to the next one twice would never end.

use std::collections::HashMap;

use serde_json::Value;

use crate::limits::{SCHEMA_CYCLE, SCHEMA_DEPTH, SCHEMA_SIZE};

/// Why a schema is never applied.
#[derive(Debug, PartialEq)]
pub(crate) enum Oversized {
    /// It exceeds a limit, in words.
    Limit(String),
    /// A reference leads back to itself for the same value, without end.
    Circle {
        /// Where it stands.
        path: Vec<String>,
        /// What it says.
        reference: String,
    },
}

/// Returns how often a schema refers to itself, at any depth.
///
/// # Errors
/// Returns why applying it may not come to an end.
pub(crate) fn recursions(schema: &Value) -> Result<usize, Oversized> {
    let known = HashMap::from([("#", State::Open { depth: 0, level: 0 })]);
    let mut measure = Measure { root: schema, known, path: Vec::new() };
    Err(Oversized::Limit(match measure.of(schema, 0, 0) {
        Err(Problem::Deep) => {
            format!(
                "with its references, it is nested more than {SCHEMA_DEPTH} levels deep (limit `schema_depth`)"
            )
        }
        Err(Problem::Round) => {
            format!("it refers to itself after more than {SCHEMA_CYCLE} levels (limit `schema_cycle`)")
        }
        Err(Problem::Circle(reference)) => {
            return Err(Oversized::Circle { path: measure.path, reference: reference.to_owned() });
        }
        Ok(Size { values, .. }) if values > SCHEMA_SIZE => {
            format!("with its references, it has more than {SCHEMA_SIZE} values (limit `schema_size`)")
        }
        Ok(Size { recursions, .. }) => return Ok(recursions),
    }))
}

enum Problem<'s> {
    Deep,
    Round,
    Circle(&'s str),
}

/// The number of values in a schema, their depth, and the number of references to a schema around them.
#[derive(Clone, Copy, Default)]
struct Size {
    values: usize,
    height: usize,
    recursions: usize,
}

#[derive(Clone, Copy)]
enum State {
    /// It is being measured; a schema may refer to itself.
    Open {
        /// The depth at which it starts.
        depth: usize,
        /// How far the value is inside of the body that it is applied to.
        level: usize,
    },
    Known(Size),
}

/// The keywords below which schemas are applied to the same value.
const IN_PLACE: [&str; 7] = ["allOf", "anyOf", "oneOf", "not", "if", "then", "else"];

struct Measure<'s> {
    root: &'s Value,
    /// The measured schemas, by reference.
    known: HashMap<&'s str, State>,
    /// Where the schema at hand stands.
    path: Vec<String>,
}

impl<'s> Measure<'s> {
    /// Returns the size of a schema, with its references resolved.
    fn of(&mut self, schema: &'s Value, depth: usize, level: usize) -> Result<Size, Problem<'s>> {
        if depth > SCHEMA_DEPTH {
            return Err(Problem::Deep);
        }
        let mut size = Size { values: 1, height: 1, recursions: 0 };
        let mut add = |inner: Size| {
            size.values = size.values.saturating_add(inner.values);
            size.height = size.height.max(inner.height + 1);
            size.recursions = size.recursions.saturating_add(inner.recursions);
        };
        match schema {
            Value::Object(members) => {
                for (key, value) in members {
                    self.path.push(key.clone());
                    match (key.as_str(), value) {
                        ("$ref" | "$dynamicRef", Value::String(reference)) => {
                            add(self.behind(reference, depth + 1, level)?);
                        }
                        // they are applied only where something refers to them
                        ("$defs" | "definitions", _) => {}
                        (key, _) => {
                            let inside = usize::from(!IN_PLACE.contains(&key));
                            add(self.of(value, depth + 1, level + inside)?);
                        }
                    }
                    self.path.pop();
                }
            }
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    self.path.push(at.to_string());
                    add(self.of(item, depth + 1, level)?);
                    self.path.pop();
                }
            }
            _ => {}
        }
        Ok(size)
    }

    fn behind(&mut self, reference: &'s str, depth: usize, level: usize) -> Result<Size, Problem<'s>> {
        match self.known.get(reference) {
            Some(State::Open { level: outer, .. }) if *outer == level => {
                return Err(Problem::Circle(reference));
            }
            Some(State::Open { depth: start, .. }) if depth - start > SCHEMA_CYCLE => {
                return Err(Problem::Round);
            }
            Some(State::Open { .. }) => return Ok(Size { recursions: 1, ..Size::default() }),
            Some(State::Known(size)) if depth + size.height > SCHEMA_DEPTH => return Err(Problem::Deep),
            Some(State::Known(size)) => return Ok(*size),
            None => {}
        }
        let pointer = reference.strip_prefix('#').unwrap_or_default();
        let (root, decoded) = (self.root, percent_encoding::percent_decode_str(pointer).decode_utf8_lossy());
        let Some(target) = reference.starts_with('#').then(|| root.pointer(&decoded)).flatten() else {
            return Ok(Size::default());
        };
        self.known.insert(reference, State::Open { depth, level });
        let steps = decoded.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~"));
        let here = std::mem::replace(&mut self.path, steps.collect());
        let size = self.of(target, depth, level)?;
        self.path = here;
        self.known.insert(reference, State::Known(size));
        Ok(size)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn chain(levels: usize, apply: impl Fn(String) -> Value) -> Value {
        let schemas: serde_json::Map<String, Value> = (0..levels)
            .map(|level| (format!("d{level}"), apply(format!("#/$defs/d{}", level + 1))))
            .collect();
        json!({ "$ref": "#/$defs/d0", "$defs": schemas })
    }

    #[test]
    fn references_are_resolved() {
        let once = |reference: String| json!({ "$ref": reference });
        let twice = |reference: String| json!({ "allOf": [{ "$ref": reference }, { "$ref": reference }] });
        assert_eq!(recursions(&chain(250, once)), Ok(0));
        let problem = |schema: &Value| match recursions(schema) {
            Err(Oversized::Limit(problem)) => problem,
            other => panic!("{other:?}"),
        };
        assert!(problem(&chain(260, once)).contains("`schema_depth`"));
        assert!(problem(&chain(100_000, once)).contains("`schema_depth`"));
        assert_eq!(recursions(&chain(10, twice)), Ok(0));
        assert!(problem(&chain(24, twice)).contains("`schema_size`"));
        let cycle = |levels| {
            let mut schemas = chain(levels, once);
            schemas["$defs"][format!("d{levels}")] = json!({ "items": { "$ref": "#/$defs/d0" } });
            schemas
        };
        assert_eq!(recursions(&cycle(20)), Ok(1));
        assert!(problem(&cycle(40)).contains("`schema_cycle`"));
        // a schema of trees refers to itself
        let tree = json!({ "items": { "$ref": "#" }, "additionalProperties": { "$ref": "#" } });
        assert_eq!(recursions(&tree), Ok(2));
        let repeated = json!({
            "properties": { "a": { "allOf": [{ "$ref": "#/$defs/b" }, { "$ref": "#/$defs/b" }] } },
            "$defs": { "b": { "$ref": "#" } },
        });
        assert_eq!(recursions(&repeated), Ok(2));
        assert_eq!(recursions(&json!({ "$ref": "https://example.com/other.json" })), Ok(0));
    }
    #[test]
    fn a_schema_that_is_only_itself_is_found_where_it_refers_to_itself() {
        let circle = |schema: Value| match recursions(&schema) {
            Err(Oversized::Circle { path, reference }) => format!("{} {reference}", path.join("/")),
            other => panic!("{other:?}"),
        };
        assert_eq!(circle(json!({ "$ref": "#" })), "$ref #");
        assert_eq!(circle(json!({ "allOf": [{}, { "$ref": "#" }] })), "allOf/1/$ref #");
        let each_other = json!({
            "properties": { "x": { "$ref": "#/$defs/a" } },
            "$defs": { "a": { "anyOf": [{ "$ref": "#/$defs/b" }] }, "b": { "not": { "$ref": "#/$defs/a" } } },
        });
        assert_eq!(circle(each_other), "$defs/b/not/$ref #/$defs/a");
        assert_eq!(circle(json!({ "items": { "$ref": "#/items" } })), "items/$ref #/items");
    }
}
