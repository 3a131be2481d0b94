//! Going through arrays and objects of a document that no scan has noted.

use std::borrow::Cow;

use crate::id::NodeId;
use crate::lex::{Lexer, Named, Next, Quoted};
use crate::members::Key;
use crate::notes::{Lists, OpenList, OwnList};
use crate::span::Span;
use crate::string::unquoted;

/// Iterates over all members of an object in text order, including duplicate keys.
#[derive(Debug, Clone)]
pub(crate) struct Pairs<'d> {
    text: &'d str,
    lexer: Lexer<'d>,
    next: Option<Next>,
}

pub(crate) struct Pair<'d> {
    start: usize,
    quoted: Quoted,
    pub(crate) value: &'d str,
    span: Span,
}

impl Pair<'_> {
    /// Returns whether the key is that of a name, where the object is `text`.
    #[inline]
    pub(crate) fn is(&self, text: &str, name: &str) -> bool {
        match self.quoted.escaped {
            true => self.name(text).is_some_and(|key| key == name),
            false => text.get(self.start + 1..self.quoted.end - 1) == Some(name),
        }
    }

    /// Returns the unquoted and unescaped key, where the object is `text`.
    #[inline]
    pub(crate) fn name<'t>(&self, text: &'t str) -> Option<Cow<'t, str>> {
        match self.quoted.escaped {
            true => unquoted(text.get(self.start..self.quoted.end)?),
            false => text.get(self.start + 1..self.quoted.end - 1).map(Cow::Borrowed),
        }
    }
}

impl<'d> Pairs<'d> {
    pub(crate) fn new(text: &'d str) -> Self {
        let lexer = Lexer::of(text.as_bytes());
        let next = (lexer.byte(0) == b'{').then(|| lexer.first_key(0).ok()).flatten();
        Pairs { text, lexer, next }
    }

    /// Returns the next key and value.
    #[inline]
    pub(crate) fn next_entry(&mut self) -> Option<(Cow<'d, str>, &'d str)> {
        let pair = self.next()?;
        Some((pair.name(self.text)?, pair.value))
    }
}

impl<'d> Iterator for Pairs<'d> {
    type Item = Pair<'d>;

    #[inline]
    fn next(&mut self) -> Option<Pair<'d>> {
        let Some(Next::At(start)) = self.next.take() else { return None };
        let Named { key: quoted, value } = self.lexer.key(start).ok()?;
        let end = self.lexer.value(value, self.lexer.depth()).ok()?;
        self.next = self.lexer.next_key(end).ok();
        Some(Pair { start, quoted, value: self.text.get(value..end)?, span: Span::new(value, end) })
    }
}

/// Returns the members of an object that no scan has recorded.
pub(crate) fn read(text: &str) -> OwnList<'_> {
    let mut members = Lists::default();
    let mut open = OpenList::new();
    for pair in Pairs::new(text) {
        members.push(&mut open, Key::read(text, pair.start, &pair.quoted), pair.span, NodeId::NOWHERE);
    }
    OwnList::new(text, members, &open)
}

/// Iterates over the items of an array that no scan has recorded.
#[derive(Debug, Clone)]
pub(crate) struct ReadItems<'d> {
    text: &'d str,
    lexer: Lexer<'d>,
    next: Option<Next>,
}

impl<'d> ReadItems<'d> {
    pub(crate) fn new(text: &'d str) -> Self {
        let lexer = Lexer::of(text.as_bytes());
        let next = (lexer.byte(0) == b'[').then(|| lexer.first_item(0).ok()).flatten();
        ReadItems { text, lexer, next }
    }
}

impl<'d> Iterator for ReadItems<'d> {
    type Item = &'d str;

    fn next(&mut self) -> Option<&'d str> {
        let Some(Next::At(start)) = self.next.take() else { return None };
        let end = self.lexer.value(start, self.lexer.depth()).ok()?;
        self.next = self.lexer.next_item(end).ok();
        self.text.get(start..end)
    }
}
