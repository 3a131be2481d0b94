//! Conversions from and to JSON text.

use crate::action::action;
use crate::definition::Definition;
use crate::error::{ConvertError, bounded};
use crate::shape::Shape;
use crate::signature::{Example, Group, Type};
use crate::text::text;
use crate::value::Val;
use std::borrow::Cow;

pub(crate) static JSON_TEXT: Definition = Definition {
    name: "json_text",
    group: Group::Kinds,
    summary: "the value as JSON text",
    doc: "Text becomes a quoted JSON string. `string: { others: json }` keeps text unchanged.",
    takes: Type::Any,
    gives: Type::Text,
    shape: Shape::Any,
    params: &[],
    examples: &[
        Example::gives("json_text", r#"{"id": 1, "tags": ["a"]}"#, r#""{\"id\":1,\"tags\":[\"a\"]}""#),
        Example::gives("json_text", r#""a""#, r#""\"a\"""#),
    ],
    build: |_| {
        action(|value, _| {
            let text = value.json_text();
            bounded(text.len(), Some(Val::Text(Cow::Owned(text))))
        })
    },
};

pub(crate) static PARSE_JSON: Definition = Definition {
    name: "parse_json",
    group: Group::Kinds,
    summary: "the value of JSON text",
    doc: "The value may be nested up to 127 levels deep.",
    takes: Type::Text,
    gives: Type::Any,
    shape: Shape::Any,
    params: &[],
    examples: &[
        Example::gives("parse_json", r#""{\"id\": 1}""#, r#"{"id": 1}"#),
        Example::nothing("parse_json", r#""null""#),
        Example::fails("parse_json", r#""{id: 1}""#, r#"expected JSON text, found `"{id: 1}"`"#),
    ],
    build: |_| {
        action(|value, _| {
            let parsed: serde_json::Value = serde_json::from_str(&text(&value)?)
                .map_err(|_| ConvertError::expected("JSON text", &value))?;
            Ok((!parsed.is_null()).then(|| Val::owned(&parsed)))
        })
    },
};
