//! Strings without their quotes and escapes.

use std::borrow::Cow;

use crate::specials::first_special;

/// The content of a JSON string, borrowed unless it has escapes; `None` for another value.
#[inline]
pub(crate) fn unquoted(text: &str) -> Option<Cow<'_, str>> {
    let quoted = text.strip_prefix('"')?.strip_suffix('"')?;
    Some(match first_special(quoted.as_bytes()) {
        None => Cow::Borrowed(quoted),
        Some(_) => Cow::Owned(unescape(quoted)),
    })
}

/// Resolves the escapes of a valid string.
#[cold]
fn unescape(quoted: &str) -> String {
    let mut out = String::with_capacity(quoted.len());
    let mut rest = quoted;
    while let Some((clean, escape)) = rest.split_once('\\') {
        out.push_str(clean);
        let (character, after) = resolve(escape);
        out.push(character);
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Returns the character of an escape, given without its backslash, and the rest of the text.
fn resolve(escape: &str) -> (char, &str) {
    let mut chars = escape.chars();
    let character = match chars.next() {
        Some('b') => '\u{8}',
        Some('f') => '\u{c}',
        Some('n') => '\n',
        Some('r') => '\r',
        Some('t') => '\t',
        Some('u') => return resolve_unicode(chars.as_str()),
        other => other.unwrap_or(char::REPLACEMENT_CHARACTER),
    };
    (character, chars.as_str())
}

/// Returns the character of a `\u` escape, given without `\u`, and the rest of the text.
fn resolve_unicode(digits: &str) -> (char, &str) {
    let Some((first, after)) = unit(digits) else { return (char::REPLACEMENT_CHARACTER, digits) };
    let second = after.strip_prefix("\\u").filter(|_| matches!(first, 0xD800..=0xDBFF)).and_then(unit);
    let after = second.map_or(after, |(_, after)| after);
    let units = [first].into_iter().chain(second.map(|(unit, _)| unit));
    let character = char::decode_utf16(units).next().and_then(Result::ok);
    (character.unwrap_or(char::REPLACEMENT_CHARACTER), after)
}

/// Returns the value of four hexadecimal digits, and the rest of the text.
fn unit(text: &str) -> Option<(u16, &str)> {
    let (digits, after) = text.split_at_checked(4)?;
    Some((u16::from_str_radix(digits, 16).ok()?, after))
}
