//! The sides of a comparison in a filter of a path.

use std::borrow::Cow;

use jsonpath_rust::parser::model::Literal;
use mapwright_json::{Json, Kind, Number};

/// One side of a comparison.
pub enum Compared<'d> {
    Nothing,
    Node(Json<'d>),
    Text(String),
    Number(Number),
    Bool(bool),
    Null,
}

fn float(number: Number) -> f64 {
    match number {
        Number::Int(n) => n as f64,
        Number::UInt(n) => n as f64,
        Number::Float(n) => n,
    }
}

/// Returns whether two numbers are equal; integers are compared exactly.
pub fn same_number(left: Number, right: Number) -> bool {
    match (left, right) {
        (Number::Float(_), _) | (_, Number::Float(_)) => float(left) == float(right),
        // every integer that fits an `Int` is one
        (left, right) => left == right,
    }
}

/// Translates an I-Regexp (RFC 9485) to an equivalent regular expression: its `.` does not match a carriage return.
pub fn of_iregexp(pattern: &str) -> String {
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
    pub fn kind(&self) -> Option<Kind> {
        match self {
            Compared::Nothing => None,
            Compared::Node(json) => Some(json.kind()),
            Compared::Text(_) => Some(Kind::String),
            Compared::Number(_) => Some(Kind::Number),
            Compared::Bool(_) => Some(Kind::Bool),
            Compared::Null => Some(Kind::Null),
        }
    }

    pub fn number(&self) -> Option<Number> {
        match self {
            Compared::Number(number) => Some(*number),
            Compared::Node(json) => json.as_number(),
            _ => None,
        }
    }

    pub fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Compared::Text(text) => Some(Cow::Borrowed(text)),
            Compared::Node(json) => json.as_str(),
            _ => None,
        }
    }

    pub fn bool(&self) -> Option<bool> {
        match self {
            Compared::Bool(b) => Some(*b),
            Compared::Node(json) => json.as_bool(),
            _ => None,
        }
    }

    /// Returns the items of a list.
    pub fn items(&self) -> Option<Vec<Json<'d>>> {
        match self {
            Compared::Node(json) if json.kind() == Kind::Array => Some(json.items().collect()),
            _ => None,
        }
    }

    pub fn is_less_than(&self, other: &Compared<'_>) -> bool {
        match (self.number(), other.number()) {
            (Some(Number::Int(left)), Some(Number::Int(right))) => left < right,
            (Some(left), Some(right)) => float(left) < float(right),
            _ => match (self.kind(), other.kind()) {
                (Some(Kind::String), Some(Kind::String)) => self.text() < other.text(),
                _ => false,
            },
        }
    }
}
