//! Conversions between types.

use std::borrow::Cow;

use crate::action::{Action, made, made_to};
use crate::definition::Definition;
use crate::error::ConvertError;
use crate::signature::{Example, Group, Param, ParamType, Type};
use crate::value::Val;
use mapwright_json::Kind;

pub(crate) static STRING: Definition = Definition {
    name: "string",
    group: Group::Kinds,
    summary: "text, from text, a number or a boolean",
    doc: "A whole number has no fraction, however the event writes it: `1.0` becomes `1`.",
    takes: Type::Any,
    gives: Type::Text,
    params: &[Param::optional(
        "others",
        ParamType::Word(&["fail", "json"]),
        "lists and objects are an error (the default), or become their JSON text",
    )],
    examples: &[
        Example::gives("string", "42", r#""42""#),
        Example::gives("string", "1.50", r#""1.5""#),
        Example::gives("string", "true", r#""true""#),
        Example::gives("string: { others: json }", r#"{"city": "Bath"}"#, r#""{\"city\":\"Bath\"}""#),
        Example::fails("string", "[1, 2]", "expected text, a number or a boolean, found `[1,2]`"),
    ],
    build: |arguments| {
        let json = arguments.word("others")? == "json";
        made_to(Kind::String, move |value, _| match value.to_text() {
            Some(text) => Ok(Some(Val::Text(text))),
            None if json => Ok(Some(Val::Text(Cow::Owned(value.json_text())))),
            None => Err(ConvertError::expected("text, a number or a boolean", &value)),
        })
    },
};

pub(crate) static ONLY: Definition = Definition {
    name: "only",
    group: Group::Kinds,
    summary: "the value if it has one of these types, otherwise no value",
    doc: "",
    takes: Type::Any,
    gives: Type::Any,
    params: &[Param::required(
        "kinds",
        ParamType::Words(&["text", "number", "boolean", "list", "object"]),
        "the types to keep",
    )],
    examples: &[
        Example::gives("only: object", r#"{"a": 1}"#, r#"{"a": 1}"#),
        Example::gives("only: [text, number]", "1", "1"),
        Example::nothing("only: [text, number]", "[1]"),
    ],
    build: |arguments| {
        let words = arguments.words("kinds")?;
        Some(Action::Only(words.into_iter().map(kind_of).collect()))
    },
};

fn kind_of(word: &str) -> Kind {
    match word {
        "text" => Kind::String,
        "number" => Kind::Number,
        "boolean" => Kind::Bool,
        "list" => Kind::Array,
        _ => Kind::Object,
    }
}

pub(crate) static WRAP: Definition = Definition {
    name: "wrap",
    group: Group::Kinds,
    summary: "an object whose only member is the value",
    doc: "With `map_values`, it wraps every member of an object.",
    takes: Type::Any,
    gives: Type::Object,
    params: &[Param::required("name", ParamType::Text, "the member's name")],
    examples: &[
        Example::gives("wrap: value", r#""pro""#, r#"{"value": "pro"}"#),
        Example::gives("map_values: { wrap: value }", r#"{"plan": "pro"}"#, r#"{"plan": {"value": "pro"}}"#),
    ],
    build: |arguments| {
        let name = arguments.text("name")?;
        made(move |value, _| Ok(Some(Val::Object(vec![(Cow::Owned(name.clone()), value)]))))
    },
};
