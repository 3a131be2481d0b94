//! What JSON Schemas of the language consist of: those with a name stand once under `definitions`, and are referred to.

use serde_json::{Map, Value, json};

/// A type whose JSON Schema has a name. It may contain itself.
pub(crate) trait Defined {
    /// Returns the name under `definitions`.
    fn name() -> &'static str;

    /// Returns the schema.
    fn definition(definitions: &mut Definitions) -> Value;
}

/// The definitions that a schema refers to, in the order in which they are first referred to.
#[derive(Debug, Default)]
pub struct Definitions(Map<String, Value>);

impl Definitions {
    /// Returns a schema that refers to the one of `T`.
    pub(crate) fn refer_to<T: Defined>(&mut self) -> Value {
        if !self.0.contains_key(T::name()) {
            // what stands inside it may refer to it
            self.0.insert(T::name().to_owned(), Value::Null);
            let definition = T::definition(self);
            self.0.insert(T::name().to_owned(), definition);
        }
        json!({ "$ref": format!("#/definitions/{}", T::name()) })
    }

    /// Returns the definitions by their names.
    pub(crate) fn into_value(self) -> Value {
        Value::Object(self.0)
    }
}

/// Returns a schema with a description. In draft 7, everything beside `$ref` is ignored.
pub(crate) fn described(schema: Value, doc: &str) -> Value {
    let text = doc.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    let text = text.trim();
    match schema {
        Value::Object(schema) if schema.contains_key("$ref") => {
            json!({ "description": text, "allOf": [schema] })
        }
        Value::Object(mut schema) => {
            schema.insert("description".to_owned(), text.into());
            schema.into()
        }
        _ => json!({ "description": text }),
    }
}

/// Returns the schema of an object that has no other keys.
pub(crate) fn object_schema(doc: &str, properties: Map<String, Value>, required: &[&str]) -> Value {
    let mut schema = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if let (Value::Object(schema), false) = (&mut schema, required.is_empty()) {
        schema.insert("required".to_owned(), required.iter().copied().collect());
    }
    described(schema, doc)
}
