//! Items with the same id, which become one.

use std::collections::HashMap;

use mapwright_json::{Json, Kind, Text, write_key};

/// An item with the members of later ones over its own. Objects are merged member by member; anything else of a later item counts.
///
/// Only what later items name is taken apart, and the text is written once, so that an item costs what it has itself, however many are merged.
#[derive(Clone)]
pub(super) enum Merged {
    /// A value that no later item has gone into.
    Text(Box<[u8]>),
    Object(Members),
}

/// The members of an object, in the order in which they came.
#[derive(Clone, Default)]
pub(super) struct Members {
    /// Each with its key as it is written.
    members: Vec<(Box<[u8]>, Merged)>,
    places: HashMap<Box<str>, usize>,
    /// The bytes of all keys and values.
    bytes: usize,
}

impl Merged {
    /// An item alone.
    pub(super) fn of(item: &[u8]) -> Self {
        Merged::Text(item.into())
    }

    /// The bytes of its text.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Merged::Text(text) => text.len(),
            // the braces, and the commas
            Merged::Object(object) => 2 + object.bytes + object.members.len().saturating_sub(1),
        }
    }

    /// The bytes that its text would have with a later item.
    pub(super) fn bytes_with(&self, later: &[u8]) -> usize {
        json(later).map_or(later.len(), |later| self.bytes_with_value(later))
    }

    /// Adds the members of a later item.
    pub(super) fn add(&mut self, later: &[u8]) {
        match json(later) {
            Some(later) => self.add_value(later),
            None => *self = Merged::of(later),
        }
    }

    /// Writes it as JSON.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let object = match self {
            Merged::Text(text) => return out.extend_from_slice(text),
            Merged::Object(object) => object,
        };
        out.push(b'{');
        for (place, (key, value)) in object.members.iter().enumerate() {
            if place > 0 {
                out.push(b',');
            }
            out.extend_from_slice(key);
            value.write(out);
        }
        out.push(b'}');
    }

    fn bytes_with_value(&self, later: Json<'_>) -> usize {
        let of_text;
        let object = match self {
            _ if later.kind() != Kind::Object => None,
            Merged::Object(object) => Some(object),
            Merged::Text(text) => {
                of_text = json(text).and_then(Members::of);
                of_text.as_ref()
            }
        };
        let Some(object) = object else { return text_of(later).len() };
        let (mut bytes, mut number) = (object.bytes, object.members.len());
        for (name, value) in later.entries() {
            match object.get(&name) {
                Some(own) => bytes = bytes + own.bytes_with_value(value) - own.bytes(),
                None => {
                    bytes += key(&name).len() + text_of(value).len();
                    number += 1;
                }
            }
        }
        2 + bytes + number.saturating_sub(1)
    }

    fn add_value(&mut self, later: Json<'_>) {
        if later.kind() == Kind::Object
            && let Merged::Text(text) = self
            && let Some(object) = json(text).and_then(Members::of)
        {
            *self = Merged::Object(object);
        }
        match self {
            Merged::Object(object) if later.kind() == Kind::Object => {
                later.entries().for_each(|(name, value)| object.add(&name, value));
            }
            _ => *self = Merged::of(text_of(later)),
        }
    }
}

impl Members {
    /// Returns the members of an object, or `None` for any other value.
    fn of(object: Json<'_>) -> Option<Self> {
        let mut members = Self::default();
        if object.kind() != Kind::Object {
            return None;
        }
        object.entries().for_each(|(name, value)| members.add(&name, value));
        Some(members)
    }

    fn get(&self, name: &str) -> Option<&Merged> {
        self.members.get(*self.places.get(name)?).map(|(_, value)| value)
    }

    fn add(&mut self, name: &str, value: Json<'_>) {
        let place = self.places.get(name).copied();
        if let Some((_, own)) = place.and_then(|place| self.members.get_mut(place)) {
            self.bytes -= own.bytes();
            own.add_value(value);
            self.bytes += own.bytes();
            return;
        }
        let (key, value) = (key(name), Merged::of(text_of(value)));
        self.bytes += key.len() + value.bytes();
        self.places.insert(name.into(), self.members.len());
        self.members.push((key, value));
    }
}

/// Text that the engine has written, as a value.
fn json(text: &[u8]) -> Option<Json<'_>> {
    std::str::from_utf8(text).ok().map(|text| Json::Text(Text::written(text)))
}

/// A value of such a string, as it is written there.
fn text_of(value: Json<'_>) -> &[u8] {
    match value {
        Json::Text(text) => text.as_text().as_bytes(),
        Json::Tree(_) => b"null",
    }
}

fn key(name: &str) -> Box<[u8]> {
    let mut out = Vec::with_capacity(name.len() + 3);
    write_key(&mut out, name);
    out.into()
}

#[cfg(test)]
mod tests {
    use super::Merged;

    fn of(item: &str, later: &str) -> String {
        let mut merged = Merged::of(item.as_bytes());
        let bytes = merged.bytes_with(later.as_bytes());
        merged.add(later.as_bytes());
        assert_eq!(merged.bytes(), bytes);
        // once more changes nothing
        assert_eq!(merged.bytes_with(later.as_bytes()), bytes);
        merged.add(later.as_bytes());
        let mut out = Vec::new();
        merged.write(&mut out);
        assert_eq!(out.len(), bytes);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn members_of_the_later_item_count_and_stay_where_they_stood() {
        assert_eq!(of(r#"{"a":1,"b":2}"#, r#"{"c":4,"a":3}"#), r#"{"a":3,"b":2,"c":4}"#);
        assert_eq!(
            of(r#"{"a":{"x":1,"y":[1]}}"#, r#"{"a":{"y":[2],"z":3}}"#),
            r#"{"a":{"x":1,"y":[2],"z":3}}"#
        );
    }

    #[test]
    fn what_is_no_object_takes_the_place_of_what_was_there() {
        assert_eq!(of(r#"{"a":{"x":1}}"#, r#"{"a":null}"#), r#"{"a":null}"#);
        assert_eq!(of(r#"[1]"#, r#"{"a":1}"#), r#"{"a":1}"#);
        assert_eq!(of("{}", "{}"), "{}");
    }

    #[test]
    fn numbers_and_names_stay_as_they_are_written() {
        let item = r#"{"id":123456789012345678901234567890,"a\"b":1.10}"#;
        assert_eq!(of(item, r#"{"n":1e2}"#), r#"{"id":123456789012345678901234567890,"a\"b":1.10,"n":1e2}"#);
    }
}
