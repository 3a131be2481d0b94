//! Filters on numbers and strings.

use std::borrow::Cow;
use std::collections::HashSet;

use mapwright_json::{Kind, Number};

use super::arithmetic::{abs, exact, finite, float, truncate};
use mapwright_convert::{Rounding, Val, rounded};

pub(crate) fn absolute(value: &Val<'_>) -> Option<Number> {
    abs(value.as_number()?)
}

/// Converts a number, a boolean or a string of digits to an integer. Integers beyond 64 bits stay floats.
pub(crate) fn int(value: &Val<'_>) -> Option<Number> {
    match value.kind() {
        Kind::Number => truncate(value.as_number()?),
        Kind::Bool => Some(Number::Int(value.as_bool()?.into())),
        Kind::String => {
            let text = value.as_text()?;
            text.parse().ok().and_then(exact).or_else(|| truncate(finite(text.parse().ok()?)?))
        }
        Kind::Null | Kind::Array | Kind::Object => None,
    }
}

/// Converts a number, a boolean or a string that is a number to a float.
pub(crate) fn floating(value: &Val<'_>) -> Option<Number> {
    match value.kind() {
        Kind::Number => finite(float(value.as_number()?)),
        Kind::Bool => Some(Number::Float(value.as_bool()?.into())),
        Kind::String => finite(value.as_text()?.parse().ok()?),
        Kind::Null | Kind::Array | Kind::Object => None,
    }
}

/// Rounds a number to `precision` digits after the point, as the conversion `round` does.
pub(crate) fn round(
    value: &Val<'_>,
    precision: Option<&Val<'_>>,
    method: Option<&Val<'_>>,
) -> Option<Number> {
    let places = match precision {
        Some(precision) => match precision.as_number()?.as_integer()? {
            ..0 => return None,
            places => u32::try_from(places).unwrap_or(u32::MAX),
        },
        None => 0,
    };
    let rounding = match method.map(Val::as_text).unwrap_or(Some("common".into()))?.as_ref() {
        "common" => Rounding::Nearest,
        "ceil" => Rounding::Up,
        "floor" => Rounding::Down,
        _ => return None,
    };
    rounded(value.as_number()?, places, rounding).ok()
}

/// Converts to lower case, and the first character to upper case.
pub(crate) fn capitalize(text: &str) -> String {
    let mut capitalized = String::with_capacity(text.len());
    let lower = text.to_lowercase();
    let mut characters = lower.chars();
    capitalized.extend(characters.next().into_iter().flat_map(char::to_uppercase));
    capitalized.push_str(characters.as_str());
    capitalized
}

/// Converts to lower case, and the first character of each word to upper case.
pub(crate) fn title(text: &str) -> String {
    let mut title = String::with_capacity(text.len());
    let mut starts = true;
    for character in text.to_lowercase().chars() {
        match starts {
            true => title.extend(character.to_uppercase()),
            false => title.push(character),
        }
        starts = character.is_whitespace() || matches!(character, '-' | '(' | '{' | '[' | '<');
    }
    title
}

/// Removes white space, or the given characters, from both ends.
pub(crate) fn trim<'a>(text: Cow<'a, str>, characters: Option<&str>) -> Cow<'a, str> {
    fn part<'t>(text: &'t str, characters: Option<&HashSet<char>>) -> &'t str {
        match characters {
            Some(characters) => text.trim_matches(|character| characters.contains(&character)),
            None => text.trim(),
        }
    }
    let characters = characters.map(|characters| characters.chars().collect());
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(part(text, characters.as_ref())),
        Cow::Owned(text) => Cow::Owned(part(&text, characters.as_ref()).to_owned()),
    }
}
