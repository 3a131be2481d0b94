//! `only`: values of some types and formats.

use std::borrow::Cow;

use mapwright_json::{Kind, Number};
use url::Url;

use crate::action::{Action, action};
use crate::conversions::{text, time};
use crate::definition::Definition;
use crate::error::{Converted, Refusal, shown};
use crate::kinds::Kinds;
use crate::shape::Shape;
use crate::signature::{Example, Group, Param, ParamType, Type};
use crate::value::Val;

/// The types and formats.
pub(crate) const KINDS: &[&str] =
    &["text", "number", "boolean", "list", "object", "integer", "date", "email", "phone", "url", "uuid"];

pub(crate) static ONLY: Definition = Definition {
    name: "only",
    group: Group::Kinds,
    summary: "the value if it has one of these types or formats, otherwise no value",
    doc: "`integer` is a number without a fraction other than zero; `date`, `email` and `phone` are what `iso8601`, `email` and `phone` accept; `url` has a \
          scheme and a host; `uuid` has 32 hexadecimal digits in five groups. The value stays unchanged; whitespace around text does not matter. In the `as` of a row, a source or a named value whose value is such a name or a list of names stands for them: \
          `settings.types`, `[text, $types]`. A value that is no such name fails.",
    takes: Type::Any,
    gives: Type::Any,
    shape: Shape::Kinds("kinds"),
    params: &[Param::required("kinds", ParamType::Words(KINDS), "the types and formats to keep")],
    examples: &[
        Example::gives("only: object", r#"{"a": 1}"#, r#"{"a": 1}"#),
        Example::gives("only: [text, number]", "1", "1"),
        Example::nothing("only: [text, number]", "[1]"),
        Example::gives("only: email", r#""ada@example.com""#, r#""ada@example.com""#),
        Example::nothing("only: email", r#""ada""#),
        Example::gives("only: [integer, uuid]", "42", "42"),
        Example::nothing("only: [integer, uuid]", "4.2"),
        Example::gives(
            "only: uuid",
            r#""0f8fad5b-d9cb-469f-a165-70867728950e""#,
            r#""0f8fad5b-d9cb-469f-a165-70867728950e""#,
        ),
        Example::gives("only: url", r#""https://example.com/a""#, r#""https://example.com/a""#),
        Example::nothing("only: [phone, date]", r#""020 7946 0018""#),
    ],
    build: |arguments| {
        let words = arguments.words("kinds")?;
        let kinds: Kinds = words.iter().filter_map(|word| kind_of(word)).collect();
        let formats: Vec<Format> = words.iter().filter_map(|word| format_of(word)).collect();
        if formats.is_empty() {
            return Some(Action::Only(kinds));
        }
        action(move |value, _| {
            let kept = kinds.has(value.kind()) || formats.iter().any(|is| is(&value));
            Ok(kept.then_some(value))
        })
    },
};

/// The value if it has one of the types and formats with these names.
///
/// # Errors
/// Returns an error if a name is none of a type or a format.
pub(crate) fn only<'e>(value: Val<'e>, words: &[Cow<'_, str>]) -> Converted<'e> {
    let mut kept = false;
    for word in words {
        kept |= match (kind_of(word), format_of(word)) {
            (Some(kind), _) => value.kind() == kind,
            (None, Some(is)) => is(&value),
            (None, None) => {
                let expected = "the name of a type or a format, such as `text` or `email`";
                return Err(Refusal::Expected { expected, found: shown(word) }.into());
            }
        };
    }
    Ok(kept.then_some(value))
}

fn kind_of(word: &str) -> Option<Kind> {
    Some(match word {
        "text" => Kind::String,
        "number" => Kind::Number,
        "boolean" => Kind::Bool,
        "list" => Kind::Array,
        "object" => Kind::Object,
        _ => return None,
    })
}

/// A test of a format.
type Format = fn(&Val<'_>) -> bool;

fn format_of(word: &str) -> Option<Format> {
    Some(match word {
        "integer" => |value| match value.as_number() {
            Some(Number::Float(n)) => n.fract() == 0.0,
            number => number.is_some(),
        },
        "date" => time::is_date,
        "email" => |value| is_text(value, text::is_email),
        "phone" => |value| is_text(value, |text| text::phone(text).is_some()),
        "url" => |value| is_text(value, |text| Url::parse(text).is_ok_and(|url| url.has_host())),
        "uuid" => |value| is_text(value, is_uuid),
        _ => return None,
    })
}

fn is_text(value: &Val<'_>, is: impl Fn(&str) -> bool) -> bool {
    value.as_text().is_some_and(|text| is(text.trim()))
}

fn is_uuid(text: &str) -> bool {
    let groups = [8, 4, 4, 4, 12];
    let mut parts = text.split('-');
    let hex = |part: &str, length| part.len() == length && part.bytes().all(|b| b.is_ascii_hexdigit());
    groups.into_iter().all(|length| parts.next().is_some_and(|part| hex(part, length)))
        && parts.next().is_none()
}
