//! Values that somebody else owns.

use std::borrow::Cow;

use serde_json::Value;

use crate::bytes::first_special;
use crate::error::SyntaxError;
use crate::lex::{Lexed, Lexer, Next, space};
use crate::members::{Key, List, Lists, OpenList};
use crate::span::Span;
use crate::trie::NodeId;
use crate::write;

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

/// The text of exactly one valid JSON value, without white space around it.
#[derive(Debug, Clone, Copy)]
pub struct Text<'d>(&'d str);

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

impl<'d> Text<'d> {
    /// Checks that `text` is one JSON value, and drops the white space around it.
    ///
    /// # Errors
    /// When it is not, or nests deeper than [`Limits::MAX_DEPTH`](crate::Limits::MAX_DEPTH).
    ///
    /// ```
    /// use mapwright_json::{Json, Text};
    /// let value = Json::Text(Text::parse(r#" {"plan": "pro"} "#)?);
    /// assert_eq!(value.get("plan").unwrap().as_str().unwrap(), "pro");
    /// # Ok::<(), mapwright_json::SyntaxError>(())
    /// ```
    pub fn parse(text: &'d str) -> Result<Self, SyntaxError> {
        let lexer = Lexer::of(text.as_bytes());
        let check = || -> Lexed<Self> {
            let start = lexer.space(0);
            let end = lexer.value(start, lexer.depth())?;
            lexer.end(end)?;
            Ok(Text(text.get(start..end).unwrap_or("null")))
        };
        check().map_err(|error| *error)
    }

    /// For text that is known to be one valid JSON value without white space around it, such as one that this crate has
    /// written. On any other text the methods give values that mean nothing, and nothing worse.
    pub fn trusted(text: &'d str) -> Self {
        Text(text)
    }

    /// The text itself.
    pub fn as_text(self) -> &'d str {
        self.0
    }

    /// The type of the value.
    pub fn kind(self) -> Kind {
        match self.0.as_bytes().first() {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::String,
            Some(b't' | b'f') => Kind::Bool,
            Some(b'-' | b'0'..=b'9') => Kind::Number,
            _ => Kind::Null,
        }
    }

    /// What stands between the quotes, with its escapes.
    fn quoted(self) -> Option<&'d str> {
        self.0.strip_prefix('"')?.strip_suffix('"')
    }

    /// The string, without quotes and escapes.
    pub fn as_str(self) -> Option<Cow<'d, str>> {
        let quoted = self.quoted()?;
        Some(match first_special(quoted.as_bytes()) {
            None => Cow::Borrowed(quoted),
            Some(_) => Cow::Owned(unescape(quoted)),
        })
    }
}

impl<'d> Json<'d> {
    /// The value `null`.
    pub const NULL: Json<'static> = Json::Text(Text("null"));

    /// The type of the value.
    #[inline]
    pub fn kind(self) -> Kind {
        match self {
            Json::Text(text) => text.kind(),
            Json::Tree(Value::Null) => Kind::Null,
            Json::Tree(Value::Bool(_)) => Kind::Bool,
            Json::Tree(Value::Number(_)) => Kind::Number,
            Json::Tree(Value::String(_)) => Kind::String,
            Json::Tree(Value::Array(_)) => Kind::Array,
            Json::Tree(Value::Object(_)) => Kind::Object,
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
            Json::Text(Text("true")) => Some(true),
            Json::Text(Text("false")) => Some(false),
            Json::Text(_) => None,
            Json::Tree(value) => value.as_bool(),
        }
    }

    /// The number, if this is one. A string of digits is none.
    pub fn as_number(self) -> Option<Number> {
        match self {
            Json::Text(text) if text.kind() == Kind::Number => {
                serde_json::from_str::<serde_json::Number>(text.0).ok().as_ref().map(Number::from)
            }
            Json::Tree(Value::Number(number)) => Some(number.into()),
            _ => None,
        }
    }

    /// The number as it is written; of a parsed tree, as `serde_json` writes it.
    pub fn number_text(self) -> Option<Cow<'d, str>> {
        match self {
            Json::Text(text) if text.kind() == Kind::Number => Some(Cow::Borrowed(text.0)),
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

    /// Whether this is the string `""`.
    #[inline]
    pub fn is_empty_str(self) -> bool {
        match self {
            Json::Text(text) => text.0 == "\"\"",
            Json::Tree(Value::String(text)) => text.is_empty(),
            Json::Tree(_) => false,
        }
    }

    /// The member of an object with this key; the last one, if there are several.
    pub fn get(self, key: &str) -> Option<Json<'d>> {
        match self {
            Json::Text(text) => {
                let same = |pair: &Pair<'_>| pair.key.name(text.0).is_some_and(|name| name == key);
                Pairs::new(text).filter(same).last().map(|pair| Json::Text(pair.value))
            }
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
            Json::Text(Text(text)) => {
                matches!(text.as_bytes(), [b'[' | b'{', inside @ .., _] if space(inside, 0) == inside.len())
            }
            Json::Tree(Value::Array(items)) => items.is_empty(),
            Json::Tree(Value::Object(members)) => members.is_empty(),
            Json::Tree(_) => false,
        }
    }

    /// Iterates over the members of an object: each key once, in the order in which the keys appear first, with the
    /// last value of each. Nothing for other values.
    pub fn entries(self) -> Entries<'d> {
        Entries(match self {
            Json::Text(text) => EntrySource::Text(TextEntries::new(text)),
            Json::Tree(Value::Object(members)) => EntrySource::Tree(members.iter()),
            Json::Tree(_) => EntrySource::None,
        })
    }

    /// Iterates over the items of an array. Nothing for other values.
    pub fn items(self) -> Items<'d> {
        Items(match self {
            Json::Text(text) => ItemSource::Text(TextItems::new(text)),
            Json::Tree(Value::Array(items)) => ItemSource::Tree(items.iter()),
            Json::Tree(_) => ItemSource::Tree([].iter()),
        })
    }

    /// Writes the value as JSON, without white space and with each key of an object once. Numbers and strings of a
    /// text stay as they are written.
    pub fn write(self, out: &mut Vec<u8>) {
        match self {
            Json::Text(text) => write::write_text(out, text),
            Json::Tree(value) => write::write_tree(out, value),
        }
    }

    /// The value as a tree of its own.
    pub fn to_value(self) -> Value {
        match self {
            Json::Text(text) => serde_json::from_str(text.0).unwrap_or_default(),
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

/// Iterates over all members of an object as they stand in the text.
struct Pairs<'d> {
    text: &'d str,
    lexer: Lexer<'d>,
    next: Option<Next>,
}

struct Pair<'d> {
    key: Key,
    value: Text<'d>,
    span: Span,
}

impl<'d> Pairs<'d> {
    fn new(Text(text): Text<'d>) -> Self {
        let lexer = Lexer::of(text.as_bytes());
        let next = (lexer.byte(0) == b'{').then(|| lexer.first_key(0).ok()).flatten();
        Pairs { text, lexer, next }
    }
}

impl<'d> Iterator for Pairs<'d> {
    type Item = Pair<'d>;

    fn next(&mut self) -> Option<Pair<'d>> {
        let Some(Next::At(start)) = self.next.take() else { return None };
        let quoted = self.lexer.string(start + 1).ok()?;
        let value = self.lexer.colon(quoted.end).ok()?;
        let end = self.lexer.value(value, self.lexer.depth()).ok()?;
        self.next = self.lexer.next_key(end).ok();
        let key = Key::read(self.text, start, &quoted);
        Some(Pair { key, value: Text(self.text.get(value..end)?), span: Span::new(value, end) })
    }
}

/// Iterates over the members of an object, each key once.
#[derive(Debug, Clone)]
struct TextEntries<'d> {
    text: &'d str,
    members: Lists,
    list: List,
}

impl<'d> TextEntries<'d> {
    fn new(text: Text<'d>) -> Self {
        let mut members = Lists::default();
        let mut open = OpenList::new();
        for pair in Pairs::new(text) {
            members.push(&mut open, pair.key, pair.span, NodeId::NOWHERE);
        }
        let list = members.close(&open, text.0);
        TextEntries { text: text.0, members, list }
    }
}

impl<'d> Iterator for TextEntries<'d> {
    type Item = (Cow<'d, str>, Text<'d>);

    fn next(&mut self) -> Option<Self::Item> {
        let member = self.members.next(&mut self.list)?;
        Some((member.key(self.text)?, member.value(self.text)?))
    }
}

/// Iterates over the items of an array.
#[derive(Debug, Clone)]
struct TextItems<'d> {
    text: &'d str,
    lexer: Lexer<'d>,
    next: Option<Next>,
}

impl<'d> TextItems<'d> {
    fn new(Text(text): Text<'d>) -> Self {
        let lexer = Lexer::of(text.as_bytes());
        let next = (lexer.byte(0) == b'[').then(|| lexer.first_item(0).ok()).flatten();
        TextItems { text, lexer, next }
    }
}

impl<'d> Iterator for TextItems<'d> {
    type Item = Text<'d>;

    fn next(&mut self) -> Option<Text<'d>> {
        let Some(Next::At(start)) = self.next.take() else { return None };
        let end = self.lexer.value(start, self.lexer.depth()).ok()?;
        self.next = self.lexer.next_item(end).ok();
        self.text.get(start..end).map(Text)
    }
}

/// Iterates over the members of an object: see [`Json::entries`].
#[derive(Debug, Clone)]
pub struct Entries<'d>(EntrySource<'d>);

#[derive(Debug, Clone)]
enum EntrySource<'d> {
    Text(TextEntries<'d>),
    Tree(serde_json::map::Iter<'d>),
    None,
}

impl<'d> Iterator for Entries<'d> {
    type Item = (Cow<'d, str>, Json<'d>);

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            EntrySource::None => None,
            EntrySource::Text(members) => members.next().map(|(key, value)| (key, Json::Text(value))),
            EntrySource::Tree(members) => {
                members.next().map(|(key, value)| (Cow::Borrowed(key.as_str()), Json::Tree(value)))
            }
        }
    }
}

/// Iterates over the items of an array: see [`Json::items`].
#[derive(Debug, Clone)]
pub struct Items<'d>(ItemSource<'d>);

#[derive(Debug, Clone)]
enum ItemSource<'d> {
    Text(TextItems<'d>),
    Tree(std::slice::Iter<'d, Value>),
}

impl<'d> Iterator for Items<'d> {
    type Item = Json<'d>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            ItemSource::Text(items) => items.next().map(Json::Text),
            ItemSource::Tree(items) => items.next().map(Json::Tree),
        }
    }
}

/// Resolves the escapes of a valid string.
#[cold]
pub(crate) fn unescape(quoted: &str) -> String {
    let mut out = String::with_capacity(quoted.len());
    let mut rest = quoted;
    while let Some((clean, escape)) = rest.split_once('\\') {
        out.push_str(clean);
        let mut chars = escape.chars();
        out.push(match chars.next() {
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => {
                let mut unit = || {
                    let digits = (&mut chars).take(4).filter_map(|digit| digit.to_digit(16));
                    digits.fold(0, |code, digit| code << 4 | digit as u16)
                };
                let first = unit();
                let pair = if matches!(first, 0xD800..=0xDBFF) {
                    // `\u` of the second half
                    chars.next();
                    chars.next();
                    let mut second = || {
                        let digits = (&mut chars).take(4).filter_map(|digit| digit.to_digit(16));
                        digits.fold(0, |code, digit| code << 4 | digit as u16)
                    };
                    vec![first, second()]
                } else {
                    vec![first]
                };
                char::decode_utf16(pair).next().and_then(Result::ok).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            Some(other) => other,
            None => break,
        });
        rest = chars.as_str();
    }
    out.push_str(rest);
    out
}
