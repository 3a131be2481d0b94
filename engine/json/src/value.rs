//! Borrowed JSON values.

use std::borrow::Cow;

use serde_json::Value;

use crate::compact::{write_text, write_tree};
use crate::kind::{Kind, Number};
use crate::notes::{NotedList, OwnList};
use crate::read::{Pairs, ReadItems, read};
use crate::text::Text;

/// A borrowed JSON value: JSON text, or a node of a parsed tree.
///
/// All methods return the same for both.
///
/// It is exhaustive: a value is read from text, or stands in a tree.
///
/// ```
/// use mapwright_json::{Entries, Items, Json, Number, Text};
///
/// let text = r#"{"id": 18446744073709551616, "on": true, "none": null, "name": "", "list": [1, 2]}"#;
/// let value = Json::Text(Text::parse(text)?);
/// let entries: Entries<'_> = value.entries();
/// let names: Vec<_> = entries.map(|(name, _)| name).collect();
/// assert_eq!(names, ["id", "on", "none", "name", "list"]);
///
/// let member = |name| value.get(name).expect("a member");
/// assert_eq!(member("on").as_bool(), Some(true));
/// assert!(member("none").is_null() && member("name").is_empty_str());
/// assert!(!member("none").is_something() && !member("name").is_something());
/// let items: Items<'_> = member("list").items();
/// assert_eq!(items.count(), 2);
/// assert_eq!(member("list").index(1).map(|item| item.to_value()), Some(2.into()));
/// // as a number it is rounded, and its digits are not
/// assert_eq!(member("id").as_number(), Some(Number::Float(18446744073709551616.0)));
/// assert_eq!(member("id").number_text().as_deref(), Some("18446744073709551616"));
/// assert_eq!(member("id").long_digits(), Some("18446744073709551616"));
/// # Ok::<(), mapwright_json::SyntaxError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub enum Json<'d> {
    /// JSON text.
    Text(Text<'d>),
    /// A node of a parsed tree.
    Tree(&'d Value),
}

impl<'d> Json<'d> {
    /// The value `null`.
    pub const NULL: Json<'static> = Json::Text(Text::NULL);

    /// Returns the type of the value.
    #[inline]
    pub fn kind(self) -> Kind {
        match self {
            Json::Text(text) => text.kind(),
            Json::Tree(value) => value.into(),
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

    /// Returns the digits of a whole number that 64 bits cannot hold, and its sign, if this is one. A parsed tree holds none.
    pub fn long_digits(self) -> Option<&'d str> {
        let Json::Text(text) = self else { return None };
        let written = text.as_text();
        let is_whole = written.strip_prefix('-').unwrap_or(written).bytes().all(|b| b.is_ascii_digit());
        // `-0` is a float for its sign alone
        let is_long = is_whole && written != "-0" && matches!(text.as_number(), Some(Number::Float(_)));
        is_long.then_some(written)
    }

    /// Returns the unquoted and unescaped string, if this is one. Borrowed unless it has escapes.
    #[inline]
    pub fn as_str(self) -> Option<Cow<'d, str>> {
        match self {
            Json::Text(text) => text.as_str(),
            Json::Tree(value) => value.as_str().map(Cow::Borrowed),
        }
    }

    /// Returns an upper bound of the length of a string in bytes, if this is one: escapes in a string are counted as written.
    #[inline]
    pub fn str_bytes(self) -> Option<usize> {
        match self {
            Json::Text(text) => text.str_bytes(),
            Json::Tree(value) => value.as_str().map(str::len),
        }
    }

    /// Returns whether this is neither `null` nor the string `""`.
    #[inline]
    pub fn is_something(self) -> bool {
        match self {
            Json::Text(text) => text.is_something(),
            Json::Tree(value) => is_something(value),
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
            Json::Tree(value) => is_empty(value),
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
            Json::Text(text) => write_text(out, text),
            Json::Tree(value) => write_tree(out, value),
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

/// Whether a value of a tree is neither null nor an empty string.
#[inline]
pub(crate) fn is_something(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.is_empty(),
        value => !value.is_null(),
    }
}

/// Whether a value of a tree is an array or an object with nothing in it.
pub(crate) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

/// Iterates over the members of an object: see [`Json::entries`].
#[derive(Debug, Clone)]
pub struct Entries<'d>(EntrySource<'d>);

#[derive(Debug, Clone)]
enum EntrySource<'d> {
    Noted(NotedList<'d>),
    /// An object that this crate has written.
    Written(Pairs<'d>),
    Text(OwnList<'d>),
    Tree(serde_json::map::Iter<'d>),
    None,
}

impl<'d> Entries<'d> {
    fn new(json: Json<'d>) -> Self {
        Entries(match json {
            Json::Text(text) if text.kind() == Kind::Object => match text.list() {
                Some(list) => EntrySource::Noted(list),
                None if text.is_written() => EntrySource::Written(Pairs::new(text.as_text())),
                None => EntrySource::Text(read(text.as_text())),
            },
            Json::Text(_) => EntrySource::None,
            Json::Tree(Value::Object(members)) => EntrySource::Tree(members.iter()),
            Json::Tree(_) => EntrySource::None,
        })
    }
}

impl<'d> Iterator for Entries<'d> {
    type Item = (Cow<'d, str>, Json<'d>);

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            EntrySource::None => None,
            EntrySource::Noted(members) => {
                let member = members.next()?;
                Some((member.key()?, Json::Text(member.value()?)))
            }
            EntrySource::Written(members) => {
                members.next_entry().map(|(key, value)| (key, Json::Text(Text::written(value))))
            }
            EntrySource::Text(members) => {
                members.next().map(|(key, value)| (key, Json::Text(Text::trusted(value))))
            }
            EntrySource::Tree(members) => {
                members.next().map(|(key, value)| (Cow::Borrowed(key.as_str()), Json::Tree(value)))
            }
        }
    }

    /// Without a look at keys and values.
    fn count(self) -> usize {
        match self.0 {
            EntrySource::None => 0,
            EntrySource::Noted(members) => members.count(),
            EntrySource::Written(members) => members.count(),
            EntrySource::Text(members) => members.count(),
            EntrySource::Tree(members) => members.len(),
        }
    }
}

/// Iterates over the items of an array: see [`Json::items`].
#[derive(Debug, Clone)]
pub struct Items<'d>(ItemSource<'d>);

#[derive(Debug, Clone)]
enum ItemSource<'d> {
    Noted(NotedList<'d>),
    /// The array, and what is left of it.
    Text(Text<'d>, ReadItems<'d>),
    Tree(std::slice::Iter<'d, Value>),
}

impl<'d> Items<'d> {
    fn new(json: Json<'d>) -> Self {
        Items(match json {
            Json::Text(text) if text.kind() == Kind::Array => match text.list() {
                Some(list) => ItemSource::Noted(list),
                None => ItemSource::Text(text, ReadItems::new(text.as_text())),
            },
            Json::Text(_) => ItemSource::Tree([].iter()),
            Json::Tree(Value::Array(items)) => ItemSource::Tree(items.iter()),
            Json::Tree(_) => ItemSource::Tree([].iter()),
        })
    }
}

impl<'d> Iterator for Items<'d> {
    type Item = Json<'d>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            ItemSource::Noted(items) => items.next()?.value().map(Json::Text),
            ItemSource::Text(text, items) => items.next().map(|item| Json::Text(text.part(item))),
            ItemSource::Tree(items) => items.next().map(Json::Tree),
        }
    }
}
