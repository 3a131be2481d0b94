//! Iterators over arrays and objects.

use std::borrow::Cow;

use serde_json::Value;

use crate::lex::{Lexer, Next};
use crate::members::Key;
use crate::notes::{Lists, NotedList, OpenList, OwnList};
use crate::span::Span;
use crate::text::Text;
use crate::trie::NodeId;
use crate::value::{Json, Kind};

/// Iterates over all members of an object in text order, including duplicate keys.
pub(crate) struct Pairs<'d> {
    text: &'d str,
    lexer: Lexer<'d>,
    next: Option<Next>,
}

pub(crate) struct Pair<'d> {
    pub(crate) key: Key,
    pub(crate) value: Text<'d>,
    span: Span,
}

impl<'d> Pairs<'d> {
    pub(crate) fn new(text: Text<'d>) -> Self {
        let text = text.as_text();
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
        Some(Pair { key, value: Text::trusted(self.text.get(value..end)?), span: Span::new(value, end) })
    }
}

/// Returns the members of an object that no scan has recorded.
pub(crate) fn read(text: Text<'_>) -> OwnList<'_> {
    let mut members = Lists::default();
    let mut open = OpenList::new();
    for pair in Pairs::new(text) {
        members.push(&mut open, pair.key, pair.span, NodeId::NOWHERE);
    }
    OwnList::new(text.as_text(), members, &open)
}

/// Iterates over the items of an array that no scan has recorded.
#[derive(Debug, Clone)]
pub(crate) struct ReadItems<'d> {
    text: &'d str,
    lexer: Lexer<'d>,
    next: Option<Next>,
}

impl<'d> ReadItems<'d> {
    pub(crate) fn new(text: Text<'d>) -> Self {
        let text = text.as_text();
        let lexer = Lexer::of(text.as_bytes());
        let next = (lexer.byte(0) == b'[').then(|| lexer.first_item(0).ok()).flatten();
        ReadItems { text, lexer, next }
    }
}

impl<'d> Iterator for ReadItems<'d> {
    type Item = Text<'d>;

    fn next(&mut self) -> Option<Text<'d>> {
        let Some(Next::At(start)) = self.next.take() else { return None };
        let end = self.lexer.value(start, self.lexer.depth()).ok()?;
        self.next = self.lexer.next_item(end).ok();
        self.text.get(start..end).map(Text::trusted)
    }
}

/// Iterates over the members of an object: see [`Json::entries`].
#[derive(Debug, Clone)]
pub struct Entries<'d>(EntrySource<'d>);

#[derive(Debug, Clone)]
enum EntrySource<'d> {
    Noted(NotedList<'d>),
    Text(OwnList<'d>),
    Tree(serde_json::map::Iter<'d>),
    None,
}

impl<'d> Entries<'d> {
    pub(crate) fn new(json: Json<'d>) -> Self {
        Entries(match json {
            Json::Text(text) if text.kind() == Kind::Object => match text.list() {
                Some(list) => EntrySource::Noted(list),
                None => EntrySource::Text(read(text)),
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
    Noted(NotedList<'d>),
    Text(ReadItems<'d>),
    Tree(std::slice::Iter<'d, Value>),
}

impl<'d> Items<'d> {
    pub(crate) fn new(json: Json<'d>) -> Self {
        Items(match json {
            Json::Text(text) if text.kind() == Kind::Array => match text.list() {
                Some(list) => ItemSource::Noted(list),
                None => ItemSource::Text(ReadItems::new(text)),
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
            ItemSource::Text(items) => items.next().map(Json::Text),
            ItemSource::Tree(items) => items.next().map(Json::Tree),
        }
    }
}
