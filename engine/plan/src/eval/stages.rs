//! The conversions of a row, applied one stage after the other.

use mapwright_convert::{ConvertError, Name, Notes, Passed, Refused, TakeMember, Tree, Val};

use crate::eval::listener::{Listener, Notice};
use crate::eval::members::Rest;
use crate::eval::output::{Output, Values};
use crate::plan::Stage;
use crate::tally::{Point, What};

/// The value that conversions are applied to.
pub(crate) enum Source<'s, 'a> {
    Value(Val<'a>),
    Rest(Rest<'s, 'a>),
}

impl<'a> Source<'_, 'a> {
    /// The value, if there is one.
    pub(crate) fn into_val(self) -> Option<Val<'a>> {
        match self {
            Source::Value(value) => Some(value),
            Source::Rest(rest) => rest.into_val(),
        }
    }
}

/// Lets a value go through conversions, up to one that refuses it.
pub(crate) fn apply<'a, O: Output<'a>, L: Listener>(
    listener: &mut L,
    stages: &'a [Stage],
    source: Source<'_, 'a>,
    notes: &mut Notes<'_>,
    out: &mut O,
) -> Result<Option<O::Made>, (&'static str, ConvertError)> {
    let Some((last, before)) = stages.split_last() else {
        return Ok(source.into_val().map(|value| out.put(value)));
    };
    let mut source = source;
    for stage in before {
        match one(listener, stage, source, notes, &mut Values)? {
            Some(value) => source = Source::Value(value),
            None => return Ok(None),
        }
    }
    one(listener, last, source, notes, out)
}

fn one<'a, O: Output<'a>, L: Listener>(
    listener: &mut L,
    stage: &'a Stage,
    source: Source<'_, 'a>,
    notes: &mut Notes<'_>,
    out: &mut O,
) -> Result<Option<O::Made>, (&'static str, ConvertError)> {
    match stage {
        Stage::Value(conversion) => {
            let Some(value) = source.into_val() else { return Ok(None) };
            listener.on(|| Notice::Converting(conversion.name(), value.clone()));
            let converted = conversion.convert(value, notes).map_err(|error| (conversion.name(), error))?;
            listener.on(|| Notice::Converted(converted.clone()));
            listener.on(|| Notice::Reached(Point { span: conversion.span, what: What::Converts }));
            Ok(converted.map(|value| out.put(value)))
        }
        Stage::Members { names, spans, pass } => {
            listener.on(|| Notice::Passing);
            let (position, object) = (out.position(), out.open_object());
            let mut into = IntoObject { object, position, out, listener };
            let passed = match source {
                Source::Value(value) => pass.run_value(value, notes, &mut into),
                Source::Rest(rest) => pass.run(&rest, notes, &mut into),
            };
            let made = into.out.close_object(into.object);
            for span in spans {
                listener.on(|| Notice::Reached(Point { span: *span, what: What::Converts }));
            }
            listener.on(|| Notice::AllPassed(names, passed.as_ref().err().map(|refused| refused.conversion)));
            match passed {
                Ok(()) => Ok(made),
                Err(Refused { conversion, error }) => {
                    Err((names.get(conversion).copied().unwrap_or_default(), error))
                }
            }
        }
    }
}

/// Takes the members that are left of an object.
struct IntoObject<'r, 'a, O: Output<'a>, L> {
    object: O::Object,
    /// Where the object begins.
    position: usize,
    out: &'r mut O,
    listener: &'r mut L,
}

impl<'a, O: Output<'a>, L: Listener> TakeMember<'a> for IntoObject<'_, 'a, O, L> {
    #[inline(always)]
    fn member<V: Tree<'a>>(&mut self, name: impl Name<'a>, value: V) {
        self.out.put_member(&mut self.object, name, value);
    }

    fn start_again(&mut self) {
        self.out.take_back(self.position);
        self.object = self.out.open_object();
        self.listener.on(|| Notice::Passing);
    }

    #[inline(always)]
    fn on(&mut self, passed: impl FnOnce() -> Passed<'a>) {
        self.listener.on(|| Notice::Passed(passed()));
    }
}
