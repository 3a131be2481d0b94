//! What conversions do to most members of an object, as data, so that several of them are one test of a member.

use std::ops::RangeInclusive;

use crate::chars::Chars;
use crate::kinds::Kinds;
use crate::tree::Tree;
use mapwright_json::Kind;

/// What a conversion does to a value, as far as its kind and size tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Leaves it as it is.
    Keeps,
    /// Leaves it out, without a warning.
    Drops,
    /// Has to be applied: may change it, warn of it, or refuse it.
    Converts,
}

impl Effect {
    /// What two conversions do, one after the other.
    fn then(self, next: Effect) -> Effect {
        if self == Effect::Keeps { next } else { self }
    }
}

/// A filter of members: which ones conversions keep unchanged, and which ones they omit.
#[derive(Debug, Clone)]
pub(crate) struct Bounds {
    kept: Kinds,
    dropped: Kinds,
    empty_text: Effect,
    /// Whether numbers with a fraction or an exponent that may be whole are converted.
    plain_numbers: bool,
    /// The most bytes of a string.
    text: usize,
    /// The allowed lengths of a name, in bytes.
    name: RangeInclusive<usize>,
    /// The characters that a name must not contain.
    without: Option<Chars>,
}

impl Default for Bounds {
    /// Every member is kept.
    fn default() -> Self {
        Bounds::of_kinds(|_| Effect::Keeps)
    }
}

impl Bounds {
    /// Returns a filter by the type of the value.
    pub(crate) fn of_kinds(effect: impl Fn(Kind) -> Effect) -> Self {
        let all = |wanted| Kind::ALL.into_iter().filter(|kind| effect(*kind) == wanted).collect();
        Bounds {
            kept: all(Effect::Keeps),
            dropped: all(Effect::Drops),
            empty_text: effect(Kind::String),
            plain_numbers: false,
            text: usize::MAX,
            name: 0..=usize::MAX,
            without: None,
        }
    }

    /// What becomes of empty texts.
    pub(crate) fn of_empty_text(self, effect: Effect) -> Self {
        Bounds { empty_text: effect, ..self }
    }

    /// Numbers with a fraction or an exponent that may be whole are converted.
    pub(crate) fn with_plain_numbers(self) -> Self {
        Bounds { plain_numbers: true, ..self }
    }

    /// Texts that have more bytes are converted.
    pub(crate) fn of_texts(bytes: usize) -> Self {
        Bounds { text: bytes, ..Bounds::default() }
    }

    /// Members whose names have more bytes or none, or one of these characters, are converted.
    pub(crate) fn of_names(bytes: usize, without: &Chars) -> Self {
        Bounds { name: 1..=bytes, without: Some(without.clone()), ..Bounds::default() }
    }

    /// Combines the filters of two conversions, of which `next` is applied to the result of the first.
    pub(crate) fn then(self, next: Bounds) -> Self {
        let of_kinds = Bounds::of_kinds(|kind| self.of_kind(kind).then(next.of_kind(kind)));
        Bounds {
            empty_text: self.empty_text.then(next.empty_text),
            plain_numbers: self.plain_numbers || next.plain_numbers,
            text: self.text.min(next.text),
            name: *self.name.start().max(next.name.start())..=*self.name.end().min(next.name.end()),
            without: match (self.without, next.without) {
                (Some(first), Some(next)) => Some(first.and(&next)),
                (first, next) => first.or(next),
            },
            ..of_kinds
        }
    }

    fn of_kind(&self, kind: Kind) -> Effect {
        if self.kept.has(kind) {
            Effect::Keeps
        } else if self.dropped.has(kind) {
            Effect::Drops
        } else {
            Effect::Converts
        }
    }

    /// What the conversions do to a member. Where one would drop it and another would convert it, it is converted.
    #[inline]
    pub(crate) fn effect<'e>(&self, name: &str, value: &impl Tree<'e>) -> Effect {
        if !self.name.contains(&name.len()) || self.without.as_ref().is_some_and(|chars| chars.any_in(name)) {
            return Effect::Converts;
        }
        match value.str_bytes() {
            Some(0) => self.empty_text,
            Some(bytes) if bytes > self.text => Effect::Converts,
            Some(_) => self.of_kind(Kind::String),
            None if self.plain_numbers && value.may_be_whole() => Effect::Converts,
            None => self.of_kind(value.kind()),
        }
    }
}
