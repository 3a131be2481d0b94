//! Takes the first value at some places.

use mapwright_convert::{Kinds, Tree, Val};
use mapwright_json::{Node, TakeOne};

use crate::eval::listener::{Listener, Notice};
use crate::eval::output::Output;
use crate::eval::scope::{Scope, Unreadable};
use crate::plan::{Absence, Applied, Places};
use crate::tally::{Point, What};

/// Takes the first value at some places.
pub(crate) struct Reader<'r, 'a, O, L> {
    pub places: &'a Places,
    pub conversions: &'a [Applied],
    pub absence: Absence,
    pub kept: Kinds,
    pub out: &'r mut O,
    pub listener: &'r mut L,
    /// Whether each place is reported to the listener as an alternative.
    pub told: bool,
}

/// A value at a place.
pub(crate) enum Read<'a, M> {
    /// It has been put where it goes.
    Put(M),
    /// It has to be converted first.
    Found(Val<'a>),
}

impl<'a, O: Output<'a>, L: Listener> Reader<'_, 'a, O, L> {
    #[inline(always)]
    fn take<V: Tree<'a>>(&mut self, place: usize, value: Option<V>) -> Option<Read<'a, O::Made>> {
        self.listener.on(|| {
            let source = self.places.list().get(place).map_or("", |place| place.text.as_str());
            Notice::Tried(source, value.as_ref().map(Tree::to_val))
        });
        let value = value.filter(|value| !self.absence.is(value))?;
        if L::LISTENS
            && self.told
            && let Some(place) = self.places.list().get(place)
        {
            self.listener.on(|| Notice::Reached(Point { span: place.span, what: What::Gives }));
        }
        if !self.kept.has(value.kind()) {
            return Some(Read::Found(value.into_val()));
        }
        for conversion in self.conversions {
            self.listener.on(|| Notice::Converting(conversion.name(), value.to_val()));
            self.listener.on(|| Notice::Converted(Some(value.to_val())));
            self.listener.on(|| Notice::Reached(Point { span: conversion.span, what: What::Converts }));
        }
        Some(Read::Put(self.out.put(value)))
    }

    /// Takes the first value at places that are not of the event alone.
    ///
    /// # Errors
    /// Fails with the path that visits too many values, or that names a value which is refused.
    pub(crate) fn elsewhere(
        &mut self,
        scope: &Scope<'a>,
    ) -> Result<Option<Read<'a, O::Made>>, (&'a str, Unreadable<'a>)> {
        for (at, place) in self.places.list().iter().enumerate() {
            let value = scope.try_read(place).map_err(|error| (place.text.as_str(), error))?;
            let taken = self.take(at, value);
            if taken.is_some() {
                // with what it waits for, there may be no value here
                if let Some((reading, _)) = scope.waiting() {
                    scope.refused_of(self.places.list().iter().skip(at + 1), reading);
                }
                return Ok(taken);
            }
        }
        Ok(None)
    }
}

impl<'a, O: Output<'a>, L: Listener> TakeOne<'a> for Reader<'_, 'a, O, L> {
    type Taken = Read<'a, O::Made>;

    #[inline(always)]
    fn value<N: Node<'a>>(&mut self, place: usize, value: Option<N>) -> Option<Self::Taken> {
        self.take(place, value)
    }
}
