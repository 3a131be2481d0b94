//! Values between an event and a request.

mod compare;

use std::borrow::Cow;

use mapwright_json::{Json, Kind, Number, write_str};

use crate::path::PathStep;

/// A value: borrowed from a document, or made by a row or a conversion.
///
/// Its tag is as wide as a word, so that a value is moved in whole words: moving overlapping parts costs several times as much.
#[derive(Debug, Clone)]
#[repr(u64)]
pub enum Val<'e> {
    /// A value of the event, the settings, a response or a finished payload; never copied unless changed.
    Json(Json<'e>),
    /// `null`.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer that `i64` holds.
    Int(i64),
    /// An integer above `i64::MAX`.
    UInt(u64),
    /// Any other number.
    Float(f64),
    /// A string.
    Text(Cow<'e, str>),
    /// A list.
    List(Vec<Val<'e>>),
    /// An object: its members in their order, each name once.
    Object(Vec<(Cow<'e, str>, Val<'e>)>),
}

impl<'e> Val<'e> {
    /// Returns its JSON type.
    pub fn kind(&self) -> Kind {
        match self {
            Val::Json(json) => json.kind(),
            Val::Null => Kind::Null,
            Val::Bool(_) => Kind::Bool,
            Val::Int(_) | Val::UInt(_) | Val::Float(_) => Kind::Number,
            Val::Text(_) => Kind::String,
            Val::List(_) => Kind::Array,
            Val::Object(_) => Kind::Object,
        }
    }

    /// Returns the name of its type in messages.
    pub fn kind_name(&self) -> &'static str {
        self.kind().name()
    }

    /// Returns whether the value is `null`.
    pub fn is_null(&self) -> bool {
        self.kind() == Kind::Null
    }

    /// Returns whether it is the empty string.
    pub fn is_empty_text(&self) -> bool {
        match self {
            Val::Json(json) => json.is_empty_str(),
            Val::Text(text) => text.is_empty(),
            _ => false,
        }
    }

    /// Returns whether it is an empty list or object.
    pub fn is_empty(&self) -> bool {
        match self {
            Val::Json(json) => json.is_empty(),
            Val::List(items) => items.is_empty(),
            Val::Object(members) => members.is_empty(),
            _ => false,
        }
    }

    /// Returns its text, if it is a string.
    pub fn as_text(&self) -> Option<Cow<'e, str>> {
        match self {
            Val::Json(json) => json.as_str(),
            Val::Text(text) => Some(text.clone()),
            _ => None,
        }
    }

    /// Returns the boolean, or `None` for another type.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Val::Json(json) => json.as_bool(),
            Val::Bool(b) => Some(*b),
            _ => None,
        }
    }

    /// Returns its number, if it is one. Text that looks like a number is not a number.
    pub fn as_number(&self) -> Option<Number> {
        match self {
            Val::Json(json) => json.as_number(),
            Val::Int(n) => Some(Number::Int(*n)),
            Val::UInt(n) => Some(Number::UInt(*n)),
            Val::Float(n) => Some(Number::Float(*n)),
            _ => None,
        }
    }

    /// Returns the digits of a whole number that 64 bits cannot hold, and its sign, if it is one.
    pub(crate) fn long_digits(&self) -> Option<&'e str> {
        match self {
            Val::Json(json) => json.long_digits(),
            _ => None,
        }
    }

    /// Returns text, or a number or boolean as text, for URLs, headers and templates. A number with a
    /// fraction or an exponent is normalized, so that the text does not depend on the sender's spelling: `1.0` and `1e0` are `1`.
    pub fn to_text(&self) -> Option<Cow<'e, str>> {
        match self {
            Val::Json(json) => match json.kind() {
                Kind::String => json.as_str(),
                Kind::Number => match json.number_text()? {
                    digits if digits.bytes().all(|b| b.is_ascii_digit()) => Some(digits),
                    _ => match json.long_digits() {
                        Some(digits) => Some(Cow::Borrowed(digits)),
                        None => json.as_number().map(number_text),
                    },
                },
                Kind::Bool => json.as_bool().map(|b| Cow::Borrowed(if b { "true" } else { "false" })),
                _ => None,
            },
            Val::Text(text) => Some(text.clone()),
            Val::Bool(b) => Some(Cow::Borrowed(if *b { "true" } else { "false" })),
            Val::Int(n) => Some(number_text(Number::Int(*n))),
            Val::UInt(n) => Some(number_text(Number::UInt(*n))),
            Val::Float(n) => Some(number_text(Number::Float(*n))),
            _ => None,
        }
    }

    /// Returns the value at the end of these steps.
    pub fn follow(&self, steps: &[PathStep]) -> Option<Val<'e>> {
        match (self, steps) {
            (_, []) => Some(self.clone()),
            (Val::Json(json), steps) => PathStep::follow(*json, steps).map(Val::Json),
            (_, [PathStep::Key(key), rest @ ..]) => self.get(key)?.follow(rest),
            (_, [PathStep::Index(index), rest @ ..]) => self.index(*index)?.follow(rest),
        }
    }

    /// Returns the text that a template prints: that of [`Val::to_text`], or the JSON of a list or an object. Null has none.
    pub fn printed(&self) -> Option<Cow<'e, str>> {
        match self.kind() {
            Kind::Null => None,
            Kind::Bool | Kind::Number | Kind::String => self.to_text(),
            Kind::Array | Kind::Object => Some(self.json_text().into()),
        }
    }

    /// Returns about how many bytes its JSON text has; counting stops at `most`.
    pub fn bytes(&self, most: usize) -> usize {
        fn of_tree(value: &serde_json::Value, most: usize) -> usize {
            match value {
                serde_json::Value::String(text) => text.len() + 2,
                serde_json::Value::Array(items) => {
                    sum(items.iter(), most, |item, room| of_tree(item, room) + 1)
                }
                serde_json::Value::Object(members) => {
                    sum(members.iter(), most, |(key, value), room| key.len() + 4 + of_tree(value, room))
                }
                _ => 4,
            }
        }
        fn sum<I: Iterator>(mut all: I, most: usize, bytes: impl Fn(I::Item, usize) -> usize) -> usize {
            let mut total = 2;
            while let Some(one) = (total <= most).then(|| all.next()).flatten() {
                total += bytes(one, most.saturating_sub(total));
            }
            total
        }
        match self {
            Val::Json(Json::Text(text)) => text.as_text().len(),
            Val::Json(Json::Tree(value)) => of_tree(value, most),
            Val::Text(text) => text.len() + 2,
            Val::List(items) => sum(items.iter(), most, |item, room| item.bytes(room) + 1),
            Val::Object(entries) => {
                sum(entries.iter(), most, |(key, value), room| key.len() + 4 + value.bytes(room))
            }
            Val::Null | Val::Bool(_) | Val::Int(_) | Val::UInt(_) | Val::Float(_) => 4,
        }
    }

    /// Returns a sum over all values in it, including itself: so much for each list and object, and so much for any other.
    pub fn sum(&self, container: usize, scalar: usize) -> usize {
        let of_json = |json: Json<'_>| Val::Json(json).sum(container, scalar);
        let inside: usize = match self {
            Val::Json(json) => match json.kind() {
                Kind::Array => json.items().map(of_json).sum(),
                Kind::Object => json.entries().map(|(_, value)| of_json(value)).sum(),
                Kind::Null | Kind::Bool | Kind::Number | Kind::String => return scalar,
            },
            Val::List(items) => items.iter().map(|item| item.sum(container, scalar)).sum(),
            Val::Object(members) => members.iter().map(|(_, value)| value.sum(container, scalar)).sum(),
            Val::Null | Val::Bool(_) | Val::Int(_) | Val::UInt(_) | Val::Float(_) | Val::Text(_) => {
                return scalar;
            }
        };
        container + inside
    }

    /// Returns the items of a list; empty for any other value.
    pub fn into_items(self) -> Vec<Val<'e>> {
        match self {
            Val::Json(json) => json.items().map(Val::Json).collect(),
            Val::List(items) => items,
            _ => Vec::new(),
        }
    }

    /// Returns the items of a list; any other value is the only item.
    pub fn into_list(self) -> Vec<Val<'e>> {
        if self.kind() == Kind::Array { self.into_items() } else { vec![self] }
    }

    /// Returns the members of an object, each name once; empty for any other value.
    pub fn into_entries(self) -> Vec<(Cow<'e, str>, Val<'e>)> {
        match self {
            Val::Json(json) => json.entries().map(|(key, value)| (key, Val::Json(value))).collect(),
            Val::Object(entries) => entries,
            _ => Vec::new(),
        }
    }

    /// Returns the member of an object.
    pub fn get(&self, key: &str) -> Option<Val<'e>> {
        match self {
            Val::Json(json) => json.get(key).map(Val::Json),
            Val::Object(entries) => entries.iter().rev().find(|(k, _)| k == key).map(|(_, v)| v.clone()),
            _ => None,
        }
    }

    /// Returns the item of a list.
    pub fn index(&self, index: usize) -> Option<Val<'e>> {
        match self {
            Val::Json(json) => json.index(index).map(Val::Json),
            Val::List(items) => items.get(index).cloned(),
            _ => None,
        }
    }

    /// Appends its JSON text.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Val::Json(json) => json.write(out),
            Val::Null => out.extend_from_slice(b"null"),
            Val::Bool(b) => out.extend_from_slice(if *b { b"true" } else { b"false" }),
            Val::Int(n) => out.extend_from_slice(itoa::Buffer::new().format(*n).as_bytes()),
            Val::UInt(n) => out.extend_from_slice(itoa::Buffer::new().format(*n).as_bytes()),
            // a number that is not finite is written as null
            Val::Float(n) => drop(serde_json::to_writer(out, n)),
            Val::Text(text) => write_str(out, text),
            Val::List(items) => {
                out.push(b'[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push(b',');
                    }
                    item.write(out);
                }
                out.push(b']');
            }
            Val::Object(entries) => {
                out.push(b'{');
                for (i, (key, value)) in entries.iter().enumerate() {
                    if i > 0 {
                        out.push(b',');
                    }
                    write_str(out, key);
                    out.push(b':');
                    value.write(out);
                }
                out.push(b'}');
            }
        }
    }

    /// Returns its JSON text, which does not depend on the event's spelling of strings and numbers. Whole numbers keep all their digits.
    pub fn json_text(&self) -> String {
        let text = self.to_string();
        if is_written_in_one_way(&text) { text } else { self.clone().respelled().to_string() }
    }

    /// Returns the value, of which everything but the digits of long whole numbers is reformatted.
    fn respelled(self) -> Self {
        match self.kind() {
            Kind::Array => Val::List(self.into_items().into_iter().map(Self::respelled).collect()),
            Kind::Object => {
                let members = self.into_entries().into_iter();
                Val::Object(members.map(|(name, value)| (name, value.respelled())).collect())
            }
            Kind::String => self.as_text().map_or(self, Val::Text),
            Kind::Number if self.long_digits().is_none() => self.as_number().map_or(self, Val::from),
            Kind::Null | Kind::Bool | Kind::Number => self,
        }
    }

    /// Copies a tree.
    pub fn owned(value: &serde_json::Value) -> Val<'static> {
        value.clone().into()
    }

    /// Returns the value as an owned tree.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Val::Json(json) => json.to_value(),
            Val::Null => serde_json::Value::Null,
            Val::Bool(b) => (*b).into(),
            Val::Int(n) => (*n).into(),
            Val::UInt(n) => (*n).into(),
            Val::Float(n) => (*n).into(),
            Val::Text(text) => text.as_ref().into(),
            Val::List(items) => items.iter().map(Val::to_json).collect(),
            Val::Object(entries) => serde_json::Value::Object(
                entries.iter().map(|(key, value)| (key.to_string(), value.to_json())).collect(),
            ),
        }
    }
}

impl From<Number> for Val<'_> {
    fn from(number: Number) -> Self {
        match number {
            Number::Int(n) => Val::Int(n),
            Number::UInt(n) => Val::UInt(n),
            Number::Float(n) => Val::Float(n),
        }
    }
}

/// Converts an owned tree to a value that borrows nothing.
impl From<serde_json::Value> for Val<'_> {
    fn from(value: serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Val::Null,
            serde_json::Value::Bool(b) => Val::Bool(b),
            serde_json::Value::Number(number) => Number::from(&number).into(),
            serde_json::Value::String(text) => Val::Text(Cow::Owned(text)),
            serde_json::Value::Array(items) => Val::List(items.into_iter().map(Val::from).collect()),
            serde_json::Value::Object(entries) => {
                Val::Object(entries.into_iter().map(|(key, value)| (Cow::Owned(key), value.into())).collect())
            }
        }
    }
}

/// Returns whether JSON text has a single spelling: no escapes, and only plain numbers. Digits in strings are treated as numbers.
fn is_written_in_one_way(json: &str) -> bool {
    let (mut before, mut digits) = (b' ', 0);
    json.bytes().all(|byte| {
        let plain = match byte {
            b'\\' => false,
            b'0' => before != b'-' && digits < 18,
            b'1'..=b'9' => digits < 18,
            b'.' | b'e' | b'E' => digits == 0,
            _ => true,
        };
        digits = if byte.is_ascii_digit() { digits + 1 } else { 0 };
        before = byte;
        plain
    })
}

/// Returns a number as text, without a fraction or an exponent if it is whole and below 10^21, as in JavaScript.
fn number_text<'e>(number: Number) -> Cow<'e, str> {
    Cow::Owned(match number {
        Number::Int(n) => n.to_string(),
        Number::UInt(n) => n.to_string(),
        Number::Float(0.0) => "0".to_owned(),
        Number::Float(n) if n.fract() == 0.0 && n.abs() < 1e21 => format!("{n:.0}"),
        Number::Float(n) => serde_json::Value::from(n).to_string(),
    })
}

/// Its JSON text on one line, for messages.
impl std::fmt::Display for Val<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = Vec::new();
        self.write(&mut text);
        f.write_str(&String::from_utf8_lossy(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mapwright_json::Text;

    /// Returns a value borrowed from text, borrowed from a tree, and owned.
    fn in_all_forms<'t>(written: &'t str, tree: &'t serde_json::Value) -> [Val<'t>; 3] {
        [Val::Json(Text::parse(written).unwrap().into()), Val::Json(Json::Tree(tree)), Val::owned(tree)]
    }

    #[test]
    fn a_number_is_the_same_text_in_a_document_and_in_a_tree() {
        for (written, text) in [
            ("42", "42"),
            ("-7", "-7"),
            ("18446744073709551615", "18446744073709551615"),
            ("123.0", "123"),
            ("1e3", "1000"),
            ("-0", "0"),
            ("-0.0", "0"),
            ("1.50", "1.5"),
            ("0.1", "0.1"),
            ("1e20", "100000000000000000000"),
            ("1e300", "1e+300"),
        ] {
            let tree: serde_json::Value = serde_json::from_str(written).unwrap();
            for value in in_all_forms(written, &tree) {
                assert_eq!(value.to_text().as_deref(), Some(text), "{written} as {value:?}");
            }
        }
    }

    #[test]
    fn json_text_does_not_depend_on_how_an_event_is_written() {
        for (written, text) in [
            (r#"{ "a" : [1, "b/c"] }"#, r#"{"a":[1,"b/c"]}"#),
            (r#"{"\u0061": "\u0041\/\u00e9\n"}"#, r#"{"a":"A/é\n"}"#),
            (r#"{"a": 1, "\u0061": 2}"#, r#"{"a":2}"#),
            ("[1.50, 1e2, -0, 100, 1E1]", "[1.5,100.0,-0.0,100,10.0]"),
            ("[1.2345678901234568e22]", "[1.2345678901234568e+22]"),
        ] {
            let tree: serde_json::Value = serde_json::from_str(written).unwrap();
            for value in in_all_forms(written, &tree) {
                assert_eq!(value.json_text(), text, "{written} as {value:?}");
            }
        }
    }

    #[test]
    fn digits_that_no_number_holds_stay_as_they_are_written() {
        for digits in ["18446744073709551616", "123456789012345678901234567890", "-9223372036854775809"] {
            let value = Val::Json(Text::parse(digits).unwrap().into());
            assert_eq!(value.to_text().as_deref(), Some(digits));
            assert_eq!(value.json_text(), digits);
            let list = format!(r#"{{"\u0061": [{digits}, 1.50]}}"#);
            let value = Val::Json(Text::parse(&list).unwrap().into());
            assert_eq!(value.json_text(), format!(r#"{{"a":[{digits},1.5]}}"#));
            let made = Val::Object(value.into_entries());
            assert_eq!(made.json_text(), format!(r#"{{"a":[{digits},1.5]}}"#));
        }
    }

    #[test]
    fn a_number_that_is_not_finite_is_written_as_null() {
        assert_eq!(Val::Float(f64::NAN).to_string(), "null");
    }
}
