//! Listening to a run. A listener cannot change the run: there is one way through the engine, and notices are created only if
//! a listener wants them.

use serde_json::Value;

use crate::tally::{Point, Tally};
use mapwright_convert::Passed;
use mapwright_convert::Val;
use mapwright_findings::Span;

/// Hears what a run does.
pub(crate) trait Listener {
    /// Whether notices are heard.
    const LISTENS: bool;

    /// Hears a notice, which is made for it.
    fn on<'h>(&mut self, notice: impl FnOnce() -> Notice<'h>);
}

/// No listener: no notice is made.
#[derive(Debug, Default)]
pub(crate) struct Nobody;

impl Listener for Nobody {
    const LISTENS: bool = false;

    #[inline(always)]
    fn on<'h>(&mut self, _: impl FnOnce() -> Notice<'h>) {}
}

impl<L: Listener> Listener for &mut L {
    const LISTENS: bool = L::LISTENS;

    #[inline(always)]
    fn on<'h>(&mut self, notice: impl FnOnce() -> Notice<'h>) {
        (**self).on(notice);
    }
}

/// Counts points, if a listener counts them.
impl Listener for Option<&Tally> {
    const LISTENS: bool = true;

    #[inline(always)]
    fn on<'h>(&mut self, notice: impl FnOnce() -> Notice<'h>) {
        if let Some(tally) = self
            && let Notice::Reached(point) = notice()
        {
            tally.hear(point);
        }
    }
}

/// Something that happens in a run.
#[derive(Debug)]
pub(crate) enum Notice<'h> {
    /// The mapping has a variant for the event.
    Variant(&'h str),
    /// The start of a step: the instruction at this place.
    Of(usize, &'h str),
    /// A step begins; later notices belong to it.
    Step(StepTrace),
    /// A group of fields begins: a payload part, an item, headers.
    Open(&'h str),
    /// An item of a list begins, which is a group as well.
    OpenItem(usize),
    Close,
    /// A field begins.
    Enter(&'h str, Span),
    /// It ends, with its value if it has one.
    Leave(Option<Val<'h>>),
    /// A form that is made of rows begins.
    OpenForm(&'static str),
    CloseForm,
    /// A source was read.
    Tried(&'h str, Option<Val<'h>>),
    /// A condition keeps a row from having a value.
    RuledOut(&'static str, &'h str),
    /// A form made a value of its own.
    Made(&'static str, Val<'h>),
    /// A `switch` took a case.
    Chose(&'h str),
    /// A `rest_of` leaves out members of these names.
    LeftOut(Vec<String>),
    /// A conversion is given a value.
    Converting(&'h str, Val<'h>),
    /// It gave a value, or left none.
    Converted(Option<Val<'h>>),
    /// Members begin to go through conversions, or begin again.
    Passing,
    /// One of them has come so far.
    Passed(Passed<'h>),
    /// All members have gone through conversions of these names, but those from a place on if one of them refused the object.
    AllPassed(&'h [&'static str], Option<usize>),
    /// A conversion failed, or a required value is missing.
    Failed(&'h str, &'h str),
    /// There was no value, and the default was taken.
    Defaulted(&'h Value),
    /// Something that counts for coverage was reached.
    Reached(Point),
}

/// Whether a step is made.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct StepTrace {
    /// The step.
    pub step: String,
    /// Which of the mapping's steps that is; see [`Request::instruction`](crate::request::Request::instruction).
    #[serde(skip)]
    pub instruction: usize,
    /// Its verdict.
    pub verdict: StepVerdict,
    /// The condition that says so, where one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
}

/// The verdict on a step.
///
/// It is exhaustive, so that a program does not compile until it handles a new variant: a `_` would hide one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepVerdict {
    /// It is made.
    Made,
    /// A response decides.
    Waits,
    /// It is not made.
    NotMade,
}
