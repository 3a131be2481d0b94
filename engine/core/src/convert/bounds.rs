//! Filters that describe, as data, which members conversions keep or omit. Several conversions combine to one check per member.

use std::ops::RangeInclusive;

use mapwright_json::Kind;

use crate::convert::{Chars, Kinds};
use crate::tree::Tree;

/// The result of a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glance {
    /// The value is kept unchanged.
    Stays,
    /// The value is omitted without a warning.
    Goes,
    /// The filter cannot decide: the conversion itself must be applied.
    Unclear,
}

impl Glance {
    /// Combines the results of two filters that are applied in order.
    fn then(self, next: Glance) -> Glance {
        if self == Glance::Stays { next } else { self }
    }
}

/// A filter of members: which ones conversions keep unchanged, and which ones they omit.
#[derive(Debug, Clone)]
pub struct Bounds {
    stay: Kinds,
    go: Kinds,
    empty_text: Glance,
    /// The most bytes of a string.
    text: usize,
    /// The allowed lengths of a name, in bytes.
    name: RangeInclusive<usize>,
    /// The characters that a name must not contain.
    without: Option<Chars>,
}

impl Default for Bounds {
    /// Returns a filter that keeps everything.
    fn default() -> Self {
        Bounds::of_kinds(|_| Glance::Stays)
    }
}

impl Bounds {
    /// Returns a filter by the type of the value.
    pub fn of_kinds(glance: impl Fn(Kind) -> Glance) -> Self {
        let all = |wanted| Kind::ALL.into_iter().filter(|kind| glance(*kind) == wanted).collect();
        Bounds {
            stay: all(Glance::Stays),
            go: all(Glance::Goes),
            empty_text: glance(Kind::String),
            text: usize::MAX,
            name: 0..=usize::MAX,
            without: None,
        }
    }

    /// Omits empty strings.
    pub fn without_empty_text(self) -> Self {
        Bounds { empty_text: Glance::Goes, ..self }
    }

    /// Returns a filter that is undecided about longer strings.
    pub fn of_texts(bytes: usize) -> Self {
        Bounds { text: bytes, ..Bounds::default() }
    }

    /// Returns a filter that is undecided about names that are longer, empty, or contain one of these characters.
    pub fn of_names(bytes: usize, without: &Chars) -> Self {
        Bounds { name: 1..=bytes, without: Some(without.clone()), ..Bounds::default() }
    }

    /// Combines the filters of two conversions, of which `next` is applied to the result of the first.
    pub fn then(self, next: Bounds) -> Self {
        let of_kinds = Bounds::of_kinds(|kind| self.of_kind(kind).then(next.of_kind(kind)));
        Bounds {
            empty_text: self.empty_text.then(next.empty_text),
            text: self.text.min(next.text),
            name: *self.name.start().max(next.name.start())..=*self.name.end().min(next.name.end()),
            without: match (self.without, next.without) {
                (Some(first), Some(next)) => Some(first.and(&next)),
                (first, next) => first.or(next),
            },
            ..of_kinds
        }
    }

    fn of_kind(&self, kind: Kind) -> Glance {
        if self.stay.has(kind) {
            Glance::Stays
        } else if self.go.has(kind) {
            Glance::Goes
        } else {
            Glance::Unclear
        }
    }

    /// Returns the result for a member. It is undecided if one conversion would omit the member and another is undecided.
    #[inline]
    pub fn glance<'e>(&self, name: &str, value: &impl Tree<'e>) -> Glance {
        if !self.name.contains(&name.len()) || self.without.as_ref().is_some_and(|chars| chars.any_in(name)) {
            return Glance::Unclear;
        }
        match value.str_bytes() {
            Some(0) => self.empty_text,
            Some(bytes) if bytes > self.text => Glance::Unclear,
            Some(_) => self.of_kind(Kind::String),
            None => self.of_kind(value.kind()),
        }
    }
}
