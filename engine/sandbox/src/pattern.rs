//! What a header or a parameter has to be, where parts of it may be any text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

const BASIC: &str = "Basic ";

/// The values that fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pattern {
    /// This text.
    Exact(String),
    /// These texts in order, with at least one character between two of them.
    Around(Vec<String>),
    /// The same for the user and the password of basic authentication.
    Basic(Vec<String>),
    /// Any text, since it cannot be seen where the made-up ones are in it.
    Any,
}

impl Pattern {
    /// Creates the pattern of a string, from its two forms by two mappers and the made-up strings of both.
    pub(crate) fn new(first: &str, second: &str, texts: &[(String, String)]) -> Pattern {
        if first == second {
            return Pattern::Exact(first.to_owned());
        }
        if let (Some(first), Some(second)) = (basic(first), basic(second)) {
            return around(&first, &second, texts).map_or(Pattern::Any, Pattern::Basic);
        }
        around(first, second, texts).map_or(Pattern::Any, Pattern::Around)
    }

    pub(crate) fn fits(&self, text: &str) -> bool {
        match self {
            Pattern::Exact(exact) => exact == text,
            Pattern::Around(texts) => fits(texts, text),
            Pattern::Basic(texts) => basic(text).is_some_and(|text| fits(texts, &text)),
            Pattern::Any => !text.is_empty(),
        }
    }

    /// The pattern for people.
    pub(crate) fn shown(&self) -> String {
        let open = |texts: &[String]| match texts.iter().all(String::is_empty) {
            true => "any text".to_owned(),
            false => format!("`{}`", texts.join("…")),
        };
        match self {
            Pattern::Exact(text) => format!("`{text}`"),
            Pattern::Around(texts) | Pattern::Basic(texts) => open(texts),
            Pattern::Any => open(&[]),
        }
    }
}

/// The user and the password of basic authentication.
fn basic(text: &str) -> Option<String> {
    let decoded = BASE64.decode(text.strip_prefix(BASIC)?).ok()?;
    String::from_utf8(decoded).ok()
}

/// Returns the text around the made-up strings, if the second text has its own made-up strings in the same places.
fn around(first: &str, second: &str, texts: &[(String, String)]) -> Option<Vec<String>> {
    let (mut parts, mut rest, mut again) = (Vec::new(), first, String::new());
    let next = |rest: &str| {
        let found =
            texts.iter().filter_map(|(made, other)| Some((rest.find(made.as_str())?, made.len(), other)));
        found.min_by_key(|(at, length, _)| (*at, usize::MAX - length))
    };
    while let Some((at, length, other)) = next(rest) {
        let (before, after) = (rest.get(..at)?, rest.get(at + length..)?);
        again.push_str(before);
        again.push_str(other);
        parts.push(before.to_owned());
        rest = after;
    }
    again.push_str(rest);
    parts.push(rest.to_owned());
    (again == second).then_some(parts)
}

fn fits(texts: &[String], text: &str) -> bool {
    let [first, between @ .., last] = texts else { return texts.first().is_some_and(|only| only == text) };
    let Some(mut rest) = text.strip_prefix(first.as_str()) else { return false };
    for part in between {
        let found =
            rest.char_indices().skip(1).find_map(|(at, _)| rest.get(at..)?.strip_prefix(part.as_str()));
        let Some(after) = found else { return false };
        rest = after;
    }
    rest.len() > last.len() && rest.ends_with(last.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts() -> Vec<(String, String)> {
        [("any-key", "other-key"), ("any-user", "other-user")]
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .into()
    }

    #[test]
    fn what_is_made_up_may_be_any_text() {
        let bearer = Pattern::new("Bearer any-key", "Bearer other-key", &texts());
        assert!(bearer.fits("Bearer x") && bearer.fits("Bearer any-key"));
        assert!(!bearer.fits("Bearer ") && !bearer.fits("Basic x") && !bearer.fits(""));
        let two = Pattern::new("any-user/any-key;", "other-user/other-key;", &texts());
        assert!(two.fits("a/b;") && two.fits("a/b/c;"));
        assert!(!two.fits("/b;") && !two.fits("a/;") && !two.fits("a/b"));
        assert_eq!(Pattern::new("1", "1", &texts()), Pattern::Exact("1".to_owned()));
        assert_eq!(Pattern::new("5f3a", "77e0", &texts()), Pattern::Any);
    }

    #[test]
    fn basic_authentication_is_looked_into() {
        let [first, second] =
            ["any-user:any-key", "other-user:other-key"].map(|pair| format!("Basic {}", BASE64.encode(pair)));
        let basic = Pattern::new(&first, &second, &texts());
        let is = |pair: &str| basic.fits(&format!("Basic {}", BASE64.encode(pair)));
        assert!(is("ada:secret") && !is(":secret") && !is("ada"));
        assert!(!basic.fits("Basic ?") && !basic.fits("Bearer x"));
    }
}
