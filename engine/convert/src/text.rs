//! Texts, and parts of them.

use std::borrow::Cow;

use crate::error::{ConvertError, Converted};
use crate::value::Val;

/// Returns the text of a value.
pub(crate) fn text<'e>(value: &Val<'e>) -> Result<Cow<'e, str>, ConvertError> {
    value.as_text().ok_or_else(|| ConvertError::expected("text", value))
}

/// Trims text. Fast for text without surrounding whitespace.
pub(crate) fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}

/// Returns text as the result of a conversion. The empty string counts as absent.
pub(crate) fn some_text<'e>(text: impl Into<Cow<'e, str>>) -> Converted<'e> {
    let text = text.into();
    Ok((!text.is_empty()).then_some(Val::Text(text)))
}

/// Returns text, or a number or boolean as text.
pub(crate) fn scalar<'e>(value: &Val<'e>) -> Result<Cow<'e, str>, ConvertError> {
    value.to_text().ok_or_else(|| ConvertError::expected("text, a number or a boolean", value))
}

/// Returns a part of text, borrowed if the text is borrowed.
pub(crate) fn cut<'e>(text: Cow<'e, str>, part: impl Fn(&str) -> &str) -> Cow<'e, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(part(text)),
        Cow::Owned(text) => Cow::Owned(part(&text).to_owned()),
    }
}
