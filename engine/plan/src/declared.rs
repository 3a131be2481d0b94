//! Names that must be defined at an API before they are sent, such as custom attributes.

use mapwright_json::{Json, Kind, Number};
use serde_json::Value;

use crate::item::BatchItem;
use crate::mapper::Mapper;
use crate::request::Request;
use mapwright_convert::PathStep;

/// A name in a request's body that must be defined at the API.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Declared {
    /// Its kind: the key of the operation's `declared`, such as `contact`.
    pub kind: String,
    /// The name.
    pub name: String,
    /// The value that is sent.
    pub value: Value,
}

impl Declared {
    /// Returns the type of the value in JSON Schema: `string`, `integer`, `number`, `boolean`, `array`, `object` or `null`.
    pub fn type_name(&self) -> &'static str {
        type_of(Json::Tree(&self.value))
    }
}

impl Mapper {
    /// Returns the names in a request's body that the API has to know before, as its operation's `declared` says, however the body is encoded.
    pub fn declared(&self, request: &Request<'_>) -> Vec<Declared> {
        let operations = &self.inner.plan.operations;
        let operation = operations.iter().find(|operation| operation.name == request.operation);
        let Some(operation) = operation.filter(|operation| !operation.declared.is_empty()) else {
            return Vec::new();
        };
        // of a batch, the paths are those of an item
        let text = match &operation.batch {
            Some(_) => request.batch().map(BatchItem::json),
            None => request.json(),
        };
        let Some(text) = text else { return Vec::new() };
        let Ok(body) = serde_json::from_slice::<Value>(text) else { return Vec::new() };
        let mut found = Vec::new();
        for (kind, path) in &operation.declared {
            let object = PathStep::follow(Json::Tree(&body), path);
            found.extend(object.into_iter().flat_map(Json::entries).map(|(name, value)| Declared {
                kind: kind.clone(),
                name: name.into_owned(),
                value: value.to_value(),
            }));
        }
        found
    }
}

fn type_of(value: Json<'_>) -> &'static str {
    match value.kind() {
        Kind::Null => "null",
        Kind::Bool => "boolean",
        Kind::Number if matches!(value.as_number(), Some(Number::Float(_))) => "number",
        Kind::Number => "integer",
        Kind::String => "string",
        Kind::Array => "array",
        Kind::Object => "object",
    }
}
