//! Conversions from and to JSON text.

use crate::action::action;
use crate::definition::Definition;
use crate::error::{ConvertError, bounded};
use crate::shape::Shape;
use crate::signature::{Example, Group, Type};
use crate::text::text;
use crate::value::Val;
use crate::whole::exact_tree;
use mapwright_json::{Json, Text};
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
    doc: "The value may be nested up to 127 levels deep. A whole number beyond 64 bits becomes text, so that it keeps its digits.",
    takes: Type::Text,
    gives: Type::Any,
    shape: Shape::Any,
    params: &[],
    examples: &[
        Example::gives("parse_json", r#""{\"id\": 1}""#, r#"{"id": 1}"#),
        Example::gives(
            "parse_json",
            r#""{\"id\": 18446744073709551616}""#,
            r#"{"id": "18446744073709551616"}"#,
        ),
        Example::nothing("parse_json", r#""null""#),
        Example::fails("parse_json", r#""{id: 1}""#, r#"expected JSON text, found `"{id: 1}"`"#),
    ],
    build: |_| {
        action(|value, _| {
            let text = text(&value)?;
            let parsed = Text::parse(&text).map_err(|_| ConvertError::expected("JSON text", &value))?;
            let parsed = Json::Text(parsed);
            Ok((!parsed.is_null()).then(|| exact_tree(Val::Json(parsed)).into()))
        })
    },
};
