//! The sides of a comparison in a filter of a path.

use std::borrow::Cow;
use std::cmp::Ordering;

use jsonpath_rust::parser::model::Literal;
use mapwright_json::{Json, Kind, Number};

/// One side of a comparison.
pub(crate) enum Compared<'d> {
    Nothing,
    Node(Json<'d>),
    Text(String),
    Number(Number),
    Bool(bool),
    Null,
}

/// Translates an I-Regexp (RFC 9485) to an equivalent regular expression: its `.` does not match a carriage return.
pub(crate) fn of_iregexp(pattern: &str) -> String {
    let mut translated = String::with_capacity(pattern.len());
    let (mut chars, mut in_class) = (pattern.chars(), false);
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                translated.push(c);
                translated.extend(chars.next());
            }
            '.' if !in_class => translated.push_str(r"[^\n\r]"),
            _ => {
                in_class = (in_class || c == '[') && c != ']';
                translated.push(c);
            }
        }
    }
    translated
}

impl<'d> From<Option<Json<'d>>> for Compared<'d> {
    fn from(node: Option<Json<'d>>) -> Self {
        node.map_or(Compared::Nothing, Compared::Node)
    }
}

impl From<&Literal> for Compared<'_> {
    fn from(literal: &Literal) -> Self {
        match literal {
            Literal::Int(n) => Compared::Number(Number::Int(*n)),
            Literal::Float(n) => Compared::Number(Number::Float(*n)),
            Literal::String(text) => Compared::Text(text.clone()),
            Literal::Bool(b) => Compared::Bool(*b),
            Literal::Null => Compared::Null,
        }
    }
}

impl<'d> Compared<'d> {
    pub(crate) fn kind(&self) -> Option<Kind> {
        match self {
            Compared::Nothing => None,
            Compared::Node(json) => Some(json.kind()),
            Compared::Text(_) => Some(Kind::String),
            Compared::Number(_) => Some(Kind::Number),
            Compared::Bool(_) => Some(Kind::Bool),
            Compared::Null => Some(Kind::Null),
        }
    }

    pub(crate) fn number(&self) -> Option<Number> {
        match self {
            Compared::Number(number) => Some(*number),
            Compared::Node(json) => json.as_number(),
            _ => None,
        }
    }

    pub(crate) fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Compared::Text(text) => Some(Cow::Borrowed(text)),
            Compared::Node(json) => json.as_str(),
            _ => None,
        }
    }

    pub(crate) fn bool(&self) -> Option<bool> {
        match self {
            Compared::Bool(b) => Some(*b),
            Compared::Node(json) => json.as_bool(),
            _ => None,
        }
    }

    /// Returns the items of a list.
    pub(crate) fn items(&self) -> Option<Vec<Json<'d>>> {
        match self {
            Compared::Node(json) if json.kind() == Kind::Array => Some(json.items().collect()),
            _ => None,
        }
    }

    /// Returns the order of two numbers or two strings.
    pub(crate) fn order(&self, other: &Compared<'_>) -> Option<Ordering> {
        match (self.number(), other.number()) {
            (Some(left), Some(right)) => left.compare(right),
            _ => match (self.kind(), other.kind()) {
                (Some(Kind::String), Some(Kind::String)) => self.text().partial_cmp(&other.text()),
                _ => None,
            },
        }
    }
}
