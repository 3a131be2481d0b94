//! Fields of bodies against the properties that the schemas of their operations list.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::check::resolve::Resolver;
use crate::check::rules::unknown_property;
use crate::load::decode::Named;
use crate::source::Span;
use crate::spec::{FIELD_SPREAD, OperationSpec, RowSpec};

/// The fields that a version sends, by the place of their names.
pub(super) type SentFields = BTreeMap<Span, SentField>;

/// A field in the bodies of some operations.
#[derive(Debug, Default)]
pub(super) struct SentField {
    name: String,
    operations: Vec<String>,
    /// What their schemas list.
    properties: Vec<String>,
    /// Whether one of them allows the field: it may have a value only where that one is sent.
    allowed: bool,
}

impl Resolver<'_, '_> {
    /// Notes that fields are the whole body of an operation.
    pub(super) fn note_body(&mut self, fields: &Named<RowSpec>, name: &str, operation: &OperationSpec) {
        let schema = operation.schema.as_ref().and_then(|schema| self.version.schemas.get(&schema.value));
        let listed = schema.and_then(|schema| only_properties(&serde_json::from_str(&schema.text).ok()?));
        for (key, _) in fields.iter().filter(|(key, _)| key.value != FIELD_SPREAD) {
            let field = self.sent.entry(key.span).or_default();
            field.name.clone_from(&key.value);
            field.allowed |= listed.as_ref().is_none_or(|listed| listed.contains(&key.value));
            if !field.operations.iter().any(|known| known == name) {
                field.operations.push(name.to_owned());
                field.properties.extend(listed.iter().flatten().cloned());
            }
        }
    }

    /// Reports the fields that no operation allows to which they are sent.
    pub(crate) fn unknown_properties(&mut self) {
        for (span, field) in std::mem::take(&mut self.sent).into_iter().filter(|(_, field)| !field.allowed) {
            let operations: Vec<&str> = field.operations.iter().map(String::as_str).collect();
            unknown_property::report(self.reports, span, &field.name, &operations, &field.properties);
        }
    }
}

/// The properties of an object that can have no others, as far as that is certain.
fn only_properties(schema: &Value) -> Option<Vec<String>> {
    let closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
    let others = ["patternProperties", "$ref", "$dynamicRef"].iter().any(|key| schema.get(key).is_some());
    let listed = || schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    (closed && !others).then(|| listed().map(|(name, _)| name.clone()).collect())
}
