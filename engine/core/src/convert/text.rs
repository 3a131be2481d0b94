//! Conversions of text.

use std::borrow::Cow;
use std::sync::Arc;

use crate::convert::{Convert, ConvertError, Definition, Example, Notes, Outcome, Type};
use crate::value::Val;

pub(super) static LOWERCASE: Definition = Definition {
    name: "lowercase",
    summary: "text in lower case",
    doc: "",
    takes: Type::Text,
    gives: Type::Text,
    params: &[],
    examples: &[
        Example {
            call: "lowercase",
            value: r#""Ada@Example.com""#,
            outcome: Outcome::Gives(r#""ada@example.com""#),
        },
        Example { call: "lowercase", value: "1", outcome: Outcome::Fails("expected text, found `1`") },
    ],
    build: |_| Some(Arc::new(Lowercase)),
};

#[derive(Debug)]
struct Lowercase;

impl Convert for Lowercase {
    fn convert<'e>(&self, value: Val<'e>, _: &mut Notes<'_>) -> Result<Option<Val<'e>>, ConvertError> {
        let text = value.as_text().ok_or_else(|| ConvertError::expected("text", &value))?;
        if text.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase()) {
            return Ok(Some(value));
        }
        Ok(Some(Val::Text(Cow::Owned(text.to_lowercase()))))
    }
}
