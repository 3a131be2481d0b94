//! Names that must be defined at an API before they are sent, such as custom attributes.

use serde_json::Value;

use crate::mapper::Mapper;
use crate::run::request::{Body, Request};

/// A name in a request's body that must be defined at the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// Its kind: the key of the operation's `declared`, such as `contact`.
    pub kind: String,
    /// The name.
    pub name: String,
    /// The type of its value in JSON Schema: `string`, `integer`, `number`, `boolean`, `array`, `object` or `null`.
    pub value: &'static str,
}

impl Mapper {
    /// Returns the names in a request's body that must be defined at the API, according to the operation's `declared`.
    pub fn declared(&self, request: &Request<'_>) -> Vec<Declared> {
        let operations = &self.inner.plan.operations;
        let operation = operations.iter().find(|operation| operation.name == request.operation);
        let (Some(operation), Some(Body::Json(text))) = (operation, &request.body) else { return Vec::new() };
        if operation.declared.is_empty() {
            return Vec::new();
        }
        let Ok(body) = serde_json::from_slice::<Value>(text) else { return Vec::new() };
        let mut found = Vec::new();
        for (kind, path) in &operation.declared {
            let object = path.iter().try_fold(&body, |at, name| at.get(name)).and_then(Value::as_object);
            found.extend(object.into_iter().flatten().map(|(name, value)| Declared {
                kind: kind.clone(),
                name: name.clone(),
                value: type_of(value),
            }));
        }
        found
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
