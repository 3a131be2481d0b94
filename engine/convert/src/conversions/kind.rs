//! Conversions between types.

use std::borrow::Cow;

use crate::action::{action, action_to};
use crate::decimal::plain;
use crate::definition::Definition;
use crate::error::ConvertError;
use crate::shape::Shape;
use crate::signature::{Example, Group, Param, ParamType, Type};
use crate::value::Val;
use mapwright_json::{Kind, Number};

pub(crate) static STRING: Definition = Definition {
    name: "string",
    group: Group::Kinds,
    summary: "text, from text, a number or a boolean",
    doc: "A whole number has no fraction, however the event writes it: `1.0` becomes `1`.",
    takes: Type::Any,
    gives: Type::Text,
    shape: Shape::Any,
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
        action_to(Kind::String, move |value, _| match value.to_text() {
            Some(text) => Ok(Some(Val::Text(text))),
            None if json => Ok(Some(Val::Text(Cow::Owned(value.json_text())))),
            None => Err(ConvertError::expected("text, a number or a boolean", &value)),
        })
    },
};

pub(crate) static ID: Definition = Definition {
    name: "id",
    group: Group::Kinds,
    summary: "an id as text, from text or a whole number",
    doc: "Text and digits stay as they are written; a fraction of zero is removed. Anything else, such as `false`, is an error.",
    takes: Type::Numeric,
    gives: Type::Text,
    shape: Shape::Any,
    params: &[],
    examples: &[
        Example::gives("id", r#""u-42""#, r#""u-42""#),
        Example::gives("id", "9007199254740993", r#""9007199254740993""#),
        Example::gives("id", "5.0", r#""5""#),
        Example::fails("id", "false", "expected text or a whole number, found `false`"),
        Example::fails("id", "[1]", "expected text or a whole number, found `[1]`"),
        Example::fails("id", "1.5", "expected text or a whole number, found `1.5`"),
    ],
    build: |_| {
        action_to(Kind::String, |value, _| {
            let digits = value.as_number().filter(|number| match number {
                Number::Int(_) | Number::UInt(_) => true,
                Number::Float(_) => matches!(plain(*number), Number::Int(_)) || is_digits(&value),
            });
            match digits.and_then(|_| value.to_text()) {
                Some(text) => Ok(Some(Val::Text(text))),
                None => Err(ConvertError::expected("text or a whole number", &value)),
            }
        })
    },
};

/// Returns whether a number is written in digits alone, and so is whole, however many there are.
fn is_digits(value: &Val<'_>) -> bool {
    value.to_string().bytes().all(|byte| byte.is_ascii_digit())
}

pub(crate) static WRAP: Definition = Definition {
    name: "wrap",
    group: Group::Kinds,
    summary: "an object whose only member is the value",
    doc: "With `map_values`, it wraps every member of an object.",
    takes: Type::Any,
    gives: Type::Object,
    shape: Shape::Any,
    params: &[Param::required("name", ParamType::Text, "the member's name")],
    examples: &[
        Example::gives("wrap: value", r#""pro""#, r#"{"value": "pro"}"#),
        Example::gives("map_values: { wrap: value }", r#"{"plan": "pro"}"#, r#"{"plan": {"value": "pro"}}"#),
    ],
    build: |arguments| {
        let name = arguments.text("name")?;
        action(move |value, _| Ok(Some(Val::Object(vec![(Cow::Owned(name.clone()), value)]))))
    },
};
