//! The size of a body schema with its references resolved: validating with schemas that each refer to the next one twice would never end.

use std::collections::HashMap;

use serde_json::Value;

use crate::limits::{SCHEMA_CYCLE, SCHEMA_DEPTH, SCHEMA_SIZE};

/// Returns how often a schema refers to itself, at any depth.
///
/// # Errors
/// Returns the limit that the schema exceeds.
pub(crate) fn recursions(schema: &Value) -> Result<usize, String> {
    let mut measure = Measure { root: schema, known: HashMap::from([("#", State::Open(0))]) };
    Err(match measure.of(schema, 0) {
        Err(Problem::Deep) => {
            format!(
                "with its references, it is nested more than {SCHEMA_DEPTH} levels deep (limit `schema_depth`)"
            )
        }
        Err(Problem::Round) => {
            format!("it refers to itself after more than {SCHEMA_CYCLE} levels (limit `schema_cycle`)")
        }
        Ok(Size { values, .. }) if values > SCHEMA_SIZE => {
            format!("with its references, it has more than {SCHEMA_SIZE} values (limit `schema_size`)")
        }
        Ok(Size { recursions, .. }) => return Ok(recursions),
    })
}

enum Problem {
    Deep,
    Round,
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
    /// It is being measured, and starts at this depth; a schema may refer to itself.
    Open(usize),
    Known(Size),
}

struct Measure<'s> {
    root: &'s Value,
    /// The measured schemas, by reference.
    known: HashMap<&'s str, State>,
}

impl<'s> Measure<'s> {
    /// Returns the size of a schema, with its references resolved.
    fn of(&mut self, schema: &'s Value, depth: usize) -> Result<Size, Problem> {
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
                    match (key.as_str(), value) {
                        ("$ref" | "$dynamicRef", Value::String(reference)) => {
                            add(self.behind(reference, depth + 1)?);
                        }
                        // they are applied only where something refers to them
                        ("$defs" | "definitions", _) => {}
                        _ => add(self.of(value, depth + 1)?),
                    }
                }
            }
            Value::Array(items) => {
                for item in items {
                    add(self.of(item, depth + 1)?);
                }
            }
            _ => {}
        }
        Ok(size)
    }

    fn behind(&mut self, reference: &'s str, depth: usize) -> Result<Size, Problem> {
        match self.known.get(reference) {
            Some(State::Open(start)) if depth - start > SCHEMA_CYCLE => return Err(Problem::Round),
            Some(State::Open(_)) => return Ok(Size { recursions: 1, ..Size::default() }),
            Some(State::Known(size)) if depth + size.height > SCHEMA_DEPTH => return Err(Problem::Deep),
            Some(State::Known(size)) => return Ok(*size),
            None => {}
        }
        let pointer = reference.strip_prefix('#').unwrap_or_default();
        let (root, decoded) = (self.root, percent_encoding::percent_decode_str(pointer).decode_utf8_lossy());
        let Some(target) = reference.starts_with('#').then(|| root.pointer(&decoded)).flatten() else {
            return Ok(Size::default());
        };
        self.known.insert(reference, State::Open(depth));
        let size = self.of(target, depth)?;
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
        let problem = |schema: &Value| recursions(schema).unwrap_err();
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
}
