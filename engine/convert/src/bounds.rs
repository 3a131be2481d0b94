//! What conversions leave as it is, member by member, as data: several of them are one look at a member.

use std::ops::RangeInclusive;

use crate::chars::Chars;
use crate::kinds::Kinds;
use crate::tree::Tree;
use mapwright_json::Kind;

/// What a conversion says of a value at a glance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glance {
    /// It stays as it is.
    Stays,
    /// It goes, and nobody needs to know.
    Goes,
    /// One has to look closer.
    Unclear,
}

impl Glance {
    /// What two say who are asked one after the other.
    fn then(self, next: Glance) -> Glance {
        if self == Glance::Stays { next } else { self }
    }
}

/// Which members of an object conversions leave as they are, and which they leave out.
#[derive(Debug, Clone)]
pub struct Bounds {
    stay: Kinds,
    go: Kinds,
    empty_text: Glance,
    /// How many bytes a text may have.
    text: usize,
    /// How many bytes a name has.
    name: RangeInclusive<usize>,
    /// What may not be in a name.
    without: Option<Chars>,
}

impl Default for Bounds {
    /// Everything stays.
    fn default() -> Self {
        Bounds::of_kinds(|_| Glance::Stays)
    }
}

impl Bounds {
    /// By the kind of a value.
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

    /// Empty texts go.
    pub fn without_empty_text(self) -> Self {
        Bounds { empty_text: Glance::Goes, ..self }
    }

    /// Texts that have more bytes need a closer look.
    pub fn of_texts(bytes: usize) -> Self {
        Bounds { text: bytes, ..Bounds::default() }
    }

    /// Names that have more bytes or none, or one of these characters, need a closer look.
    pub fn of_names(bytes: usize, without: &Chars) -> Self {
        Bounds { name: 1..=bytes, without: Some(without.clone()), ..Bounds::default() }
    }

    /// The bounds of two conversions, of which `next` is applied to what the first leaves.
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

    /// What becomes of a member. Where one conversion would leave it out and another would look closer, it is looked at closer.
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
