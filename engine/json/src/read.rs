//! Going through arrays and objects of a text that no scan has noted.

use crate::id::NodeId;
use crate::lex::{Lexer, Next};
use crate::members::Key;
use crate::notes::{Lists, OpenList, OwnList};
use crate::span::Span;

/// Iterates over all members of an object in text order, including duplicate keys.
pub(crate) struct Pairs<'d> {
    text: &'d str,
    lexer: Lexer<'d>,
    next: Option<Next>,
}

pub(crate) struct Pair<'d> {
    pub(crate) key: Key,
    pub(crate) value: &'d str,
    span: Span,
}

impl<'d> Pairs<'d> {
    pub(crate) fn new(text: &'d str) -> Self {
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
        Some(Pair { key, value: self.text.get(value..end)?, span: Span::new(value, end) })
    }
}

/// Returns the members of an object that no scan has recorded.
pub(crate) fn read(text: &str) -> OwnList<'_> {
    let mut members = Lists::default();
    let mut open = OpenList::new();
    for pair in Pairs::new(text) {
        members.push(&mut open, pair.key, pair.span, NodeId::NOWHERE);
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
