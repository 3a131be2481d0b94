//! Borrowed JSON values.

use std::borrow::Cow;

use serde_json::Value;

use crate::iter::{Entries, Items};
use crate::node::Node;
use crate::text::Text;

/// A borrowed JSON value: JSON text, or a node of a parsed tree.
///
/// All methods return the same for both.
#[derive(Debug, Clone, Copy)]
pub enum Json<'d> {
    /// JSON text.
    Text(Text<'d>),
    /// A node of a parsed tree.
    Tree(&'d Value),
}

/// The type of a JSON value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// A number
    Number,
    /// A string
    String,
    /// An array
    Array,
    /// An object
    Object,
}

/// A JSON number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// An integer that fits 64 bits with a sign.
    Int(i64),
    /// An integer above [`i64::MAX`] that fits 64 bits without a sign.
    UInt(u64),
    /// Any other number, to the nearest that `serde_json` reads. Always finite.
    Float(f64),
}

impl From<&serde_json::Number> for Number {
    fn from(number: &serde_json::Number) -> Self {
        match (number.as_i64(), number.as_u64()) {
            (Some(int), _) => Number::Int(int),
            (None, Some(int)) => Number::UInt(int),
            (None, None) => Number::Float(number.as_f64().unwrap_or_default()),
        }
    }
}

impl Kind {
    /// All kinds.
    pub const ALL: [Kind; 6] =
        [Kind::Null, Kind::Bool, Kind::Number, Kind::String, Kind::Array, Kind::Object];
}

impl<'d> Json<'d> {
    /// The value `null`.
    pub const NULL: Json<'static> = Json::Text(Text::NULL);

    /// Returns the type of the value.
    #[inline]
    pub fn kind(self) -> Kind {
        match self {
            Json::Text(text) => text.kind(),
            Json::Tree(value) => value.kind(),
        }
    }

    /// Returns whether this is `null`.
    #[inline]
    pub fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }

    /// Returns the boolean, if this is one.
    #[inline]
    pub fn as_bool(self) -> Option<bool> {
        match self {
            Json::Text(text) => match text.as_text() {
                "true" => Some(true),
                "false" => Some(false),
                _ => None,
            },
            Json::Tree(value) => value.as_bool(),
        }
    }

    /// Returns the number, if this is one. A string of digits is not a number.
    pub fn as_number(self) -> Option<Number> {
        match self {
            Json::Text(text) => text.as_number(),
            Json::Tree(Value::Number(number)) => Some(number.into()),
            _ => None,
        }
    }

    /// Returns the number as written, or for a parsed tree as `serde_json` writes it.
    pub fn number_text(self) -> Option<Cow<'d, str>> {
        match self {
            Json::Text(text) if text.kind() == Kind::Number => Some(Cow::Borrowed(text.as_text())),
            Json::Tree(Value::Number(number)) => Some(Cow::Owned(number.to_string())),
            _ => None,
        }
    }

    /// Returns the unquoted and unescaped string, if this is one. Borrowed unless it has escapes.
    #[inline]
    pub fn as_str(self) -> Option<Cow<'d, str>> {
        match self {
            Json::Text(text) => text.as_str(),
            Json::Tree(value) => value.as_str().map(Cow::Borrowed),
        }
    }

    /// Returns an upper bound of the length of a string in bytes, if this is one: escapes in a text are counted as written.
    #[inline]
    pub fn str_bytes(self) -> Option<usize> {
        match self {
            Json::Text(text) => text.str_bytes(),
            Json::Tree(value) => value.str_bytes(),
        }
    }

    /// Returns whether this is neither `null` nor the string `""`.
    #[inline]
    pub fn is_something(self) -> bool {
        match self {
            Json::Text(text) => text.is_something(),
            Json::Tree(value) => value.is_something(),
        }
    }

    /// Returns whether this is the string `""`.
    #[inline]
    pub fn is_empty_str(self) -> bool {
        match self {
            Json::Text(text) => text.as_text() == "\"\"",
            Json::Tree(Value::String(text)) => text.is_empty(),
            Json::Tree(_) => false,
        }
    }

    /// Returns the member of an object with this key; the last one, if there are several.
    pub fn get(self, key: &str) -> Option<Json<'d>> {
        match self {
            Json::Text(text) => text.get(key).map(Json::Text),
            Json::Tree(value) => value.as_object()?.get(key).map(Json::Tree),
        }
    }

    /// Returns the item of an array at an index, counted from 0.
    pub fn index(self, index: usize) -> Option<Json<'d>> {
        match self {
            Json::Text(_) => self.items().nth(index),
            Json::Tree(value) => value.as_array()?.get(index).map(Json::Tree),
        }
    }

    /// Returns the number of items of an array, or of distinct keys of an object. `None` for other values.
    pub fn len(self) -> Option<usize> {
        match self.kind() {
            Kind::Array => Some(self.items().count()),
            Kind::Object => Some(self.entries().count()),
            _ => None,
        }
    }

    /// Returns whether this is an empty array or object.
    pub fn is_empty(self) -> bool {
        match self {
            Json::Text(text) => text.is_empty(),
            Json::Tree(value) => value.is_empty(),
        }
    }

    /// Iterates over the members of an object: each key once, in the order of first occurrence, with its
    /// last value. Empty for other values.
    pub fn entries(self) -> Entries<'d> {
        Entries::new(self)
    }

    /// Iterates over the items of an array. Empty for other values.
    pub fn items(self) -> Items<'d> {
        Items::new(self)
    }

    /// Writes the value as JSON, without whitespace and duplicate keys. Numbers and strings of a
    /// text are copied as written.
    pub fn write(self, out: &mut Vec<u8>) {
        match self {
            Json::Text(text) => text.write(out),
            Json::Tree(value) => value.write(out),
        }
    }

    /// Returns the value as an owned tree.
    pub fn to_value(self) -> Value {
        match self {
            Json::Text(text) => serde_json::from_str(text.as_text()).unwrap_or_default(),
            Json::Tree(value) => value.clone(),
        }
    }
}

impl<'d> From<&'d Value> for Json<'d> {
    fn from(value: &'d Value) -> Self {
        Json::Tree(value)
    }
}

impl<'d> From<Text<'d>> for Json<'d> {
    fn from(text: Text<'d>) -> Self {
        Json::Text(text)
    }
}
