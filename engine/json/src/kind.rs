//! The types of values, and numbers.

use std::cmp::Ordering;

use serde_json::Value;

/// The type of a JSON value.
///
/// It is exhaustive: JSON has no other types.
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

impl Kind {
    /// Returns the word for the kind in messages, as in `expected text, found a number`.
    ///
    /// ```
    /// assert_eq!(mapwright_json::Kind::Number.name(), "a number");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Kind::Null => "null",
            Kind::Bool => "a boolean",
            Kind::Number => "a number",
            Kind::String => "text",
            Kind::Array => "a list",
            Kind::Object => "an object",
        }
    }
}

/// A JSON number.
///
/// It is exhaustive: JSON's numbers are one of these.
///
/// ```
/// use std::cmp::Ordering;
///
/// use mapwright_json::Number;
///
/// assert_eq!(Number::Float(2.0).as_integer(), Some(2));
/// let (exact, near) = (Number::Int((1 << 53) + 1), Number::Float((1_u64 << 53) as f64));
/// assert_eq!(exact.compare(near), Some(Ordering::Greater));
/// ```
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

impl From<&Value> for Kind {
    #[inline]
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Kind::Null,
            Value::Bool(_) => Kind::Bool,
            Value::Number(_) => Kind::Number,
            Value::String(_) => Kind::String,
            Value::Array(_) => Kind::Array,
            Value::Object(_) => Kind::Object,
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
