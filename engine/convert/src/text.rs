//! Texts, and parts of them.

use std::borrow::Cow;

use crate::error::{ConvertError, Converted};
use crate::value::Val;

/// The text of a value.
pub fn text<'e>(value: &Val<'e>) -> Result<Cow<'e, str>, ConvertError> {
    value.as_text().ok_or_else(|| ConvertError::expected("text", value))
}

/// Text without the white space around it, of which most has none.
pub fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}

/// Text as the result of a conversion; an empty one is no value.
pub fn some_text<'e>(text: impl Into<Cow<'e, str>>) -> Converted<'e> {
    let text = text.into();
    Ok((!text.is_empty()).then_some(Val::Text(text)))
}

/// Text, or a number or boolean as text.
pub fn scalar<'e>(value: &Val<'e>) -> Result<Cow<'e, str>, ConvertError> {
    value.to_text().ok_or_else(|| ConvertError::expected("text, a number or a boolean", value))
}

/// How many characters text has beyond `max`; none if it has not.
pub fn excess(text: &str, max: usize) -> Option<usize> {
    // no text has more characters than bytes
    if text.len() <= max {
        return None;
    }
    text.chars().count().checked_sub(max).filter(|excess| *excess > 0)
}

/// A part of text, borrowed where the text is.
pub fn cut<'e>(text: Cow<'e, str>, part: impl Fn(&str) -> &str) -> Cow<'e, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(part(text)),
        Cow::Owned(text) => Cow::Owned(part(&text).to_owned()),
    }
}

/// The first characters.
pub fn take(text: &str, count: usize) -> &str {
    text.char_indices().nth(count).and_then(|(at, _)| text.get(..at)).unwrap_or(text)
}

/// All but the first characters.
pub fn skip(text: &str, count: usize) -> &str {
    text.char_indices().nth(count).and_then(|(at, _)| text.get(at..)).unwrap_or("")
}
