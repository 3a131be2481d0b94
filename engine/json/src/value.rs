//! Values that somebody else owns.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::Value;

use crate::iter::{Entries, Items};
use crate::node::Node;
use crate::text::Text;

/// A JSON value that somebody else owns: the text it is written in, or a node of a parsed tree.
///
/// Both answer every question alike.
#[derive(Debug, Clone, Copy)]
pub enum Json<'d> {
    /// A piece of JSON text.
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

impl Number {
    /// Compares two numbers by value. No side is rounded: 2^53 + 1 is greater than the float 2^53. Returns `None` if one of them is NaN.
    pub fn compare(self, other: Number) -> Option<Ordering> {
        match (self.integer_or_float(), other.integer_or_float()) {
            (Ok(a), Ok(b)) => Some(a.cmp(&b)),
            (Ok(a), Err(b)) => compare_with_float(a, b),
            (Err(a), Ok(b)) => compare_with_float(b, a).map(Ordering::reverse),
            (Err(a), Err(b)) => a.partial_cmp(&b),
        }
    }

    /// Returns the integer that this number is, however it is written: `2.0` is 2. Returns `None` for fractions, and for floats that do
    /// not fit 126 bits.
    pub fn as_integer(self) -> Option<i128> {
        const TOO_LARGE: f64 = (1_u128 << 126) as f64;
        match self.integer_or_float() {
            Ok(integer) => Some(integer),
            Err(float) if float.fract() == 0.0 && float.abs() < TOO_LARGE => Some(float as i128),
            Err(_) => None,
        }
    }

    fn integer_or_float(self) -> Result<i128, f64> {
        match self {
            Number::Int(n) => Ok(n.into()),
            Number::UInt(n) => Ok(n.into()),
            Number::Float(n) => Err(n),
        }
    }
}

/// Compares an integer of 64 bits with a float: first with its whole part, which `i128` holds exactly or as a bound that no such integer reaches.
fn compare_with_float(integer: i128, float: f64) -> Option<Ordering> {
    if float.is_nan() {
        return None;
    }
    match integer.cmp(&(float.trunc() as i128)) {
        Ordering::Equal => 0.0.partial_cmp(&float.fract()),
        unequal => Some(unequal),
    }
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 6] =
        [Kind::Null, Kind::Bool, Kind::Number, Kind::String, Kind::Array, Kind::Object];
}

impl<'d> Json<'d> {
    /// The value `null`.
    pub const NULL: Json<'static> = Json::Text(Text::NULL);

    /// The type of the value.
    #[inline]
    pub fn kind(self) -> Kind {
        match self {
            Json::Text(text) => text.kind(),
            Json::Tree(value) => value.kind(),
        }
    }

    /// Whether this is `null`.
    #[inline]
    pub fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }

    /// The value, if it is `true` or `false`.
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

    /// The number, if this is one. A string of digits is none.
    pub fn as_number(self) -> Option<Number> {
        match self {
            Json::Text(text) => text.as_number(),
            Json::Tree(Value::Number(number)) => Some(number.into()),
            _ => None,
        }
    }

    /// The number as it is written; of a parsed tree, as `serde_json` writes it.
    pub fn number_text(self) -> Option<Cow<'d, str>> {
        match self {
            Json::Text(text) if text.kind() == Kind::Number => Some(Cow::Borrowed(text.as_text())),
            Json::Tree(Value::Number(number)) => Some(Cow::Owned(number.to_string())),
            _ => None,
        }
    }

    /// The string, if this is one, without quotes and escapes. Borrowed unless it has escapes.
    #[inline]
    pub fn as_str(self) -> Option<Cow<'d, str>> {
        match self {
            Json::Text(text) => text.as_str(),
            Json::Tree(value) => value.as_str().map(Cow::Borrowed),
        }
    }

    /// How many bytes the string has at most, if this is one: escapes of a text are counted as they are written.
    #[inline]
    pub fn str_bytes(self) -> Option<usize> {
        match self {
            Json::Text(text) => text.str_bytes(),
            Json::Tree(value) => value.str_bytes(),
        }
    }

    /// Whether this is neither `null` nor the string `""`.
    #[inline]
    pub fn is_something(self) -> bool {
        match self {
            Json::Text(text) => text.is_something(),
            Json::Tree(value) => value.is_something(),
        }
    }

    /// Whether this is the string `""`.
    #[inline]
    pub fn is_empty_str(self) -> bool {
        match self {
            Json::Text(text) => text.as_text() == "\"\"",
            Json::Tree(Value::String(text)) => text.is_empty(),
            Json::Tree(_) => false,
        }
    }

    /// The member of an object with this key; the last one, if there are several.
    pub fn get(self, key: &str) -> Option<Json<'d>> {
        match self {
            Json::Text(text) => text.get(key).map(Json::Text),
            Json::Tree(value) => value.as_object()?.get(key).map(Json::Tree),
        }
    }

    /// The item of an array at a place, counted from 0.
    pub fn index(self, index: usize) -> Option<Json<'d>> {
        match self {
            Json::Text(_) => self.items().nth(index),
            Json::Tree(value) => value.as_array()?.get(index).map(Json::Tree),
        }
    }

    /// How many items an array has, or an object different keys. None for other values.
    pub fn len(self) -> Option<usize> {
        match self.kind() {
            Kind::Array => Some(self.items().count()),
            Kind::Object => Some(self.entries().count()),
            _ => None,
        }
    }

    /// Whether this is an array or an object with nothing in it.
    pub fn is_empty(self) -> bool {
        match self {
            Json::Text(text) => text.is_empty(),
            Json::Tree(value) => value.is_empty(),
        }
    }

    /// Iterates over the members of an object: each key once, in the order in which the keys appear first, with the
    /// last value of each. Nothing for other values.
    pub fn entries(self) -> Entries<'d> {
        Entries::new(self)
    }

    /// Iterates over the items of an array. Nothing for other values.
    pub fn items(self) -> Items<'d> {
        Items::new(self)
    }

    /// Writes the value as JSON, without white space and with each key of an object once. Numbers and strings of a
    /// text stay as they are written.
    pub fn write(self, out: &mut Vec<u8>) {
        match self {
            Json::Text(text) => text.write(out),
            Json::Tree(value) => value.write(out),
        }
    }

    /// The value as a tree of its own.
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
