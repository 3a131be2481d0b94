//! Who evaluates rows: its work, what it warns of, and who listens.

use crate::eval::listener::{Listener, Nobody, Notice};
use crate::eval::work::Work;
use crate::limits::Limits;
use crate::tally::{Point, What};
use mapwright_convert::Warning;
use mapwright_findings::Span;

/// Evaluates rows, and collects what they warn of.
#[derive(Debug)]
pub(crate) struct Evaluator<L> {
    pub warnings: Vec<Warning>,
    pub listener: L,
    pub work: Work,
}

impl Evaluator<Nobody> {
    /// Evaluates what only some responses lead to.
    pub(crate) fn trial() -> Self {
        Evaluator::new(Nobody, &Limits::default())
    }
}

impl<L: Listener> Evaluator<L> {
    pub(crate) fn new(listener: L, limits: &Limits) -> Self {
        Evaluator { warnings: Vec::new(), listener, work: Work::new(limits) }
    }

    /// Lets a listener know that what happens in `inside` belongs together.
    pub(crate) fn group<R>(&mut self, name: &str, inside: impl FnOnce(&mut Self) -> R) -> R {
        self.listener.on(|| Notice::Open(name));
        let result = inside(self);
        self.listener.on(|| Notice::Close);
        result
    }

    /// Lets a listener know that something was reached.
    #[inline(always)]
    pub(crate) fn reached(&mut self, span: Span, what: What) {
        self.listener.on(|| Notice::Reached(Point { span, what }));
    }

    /// Lets a listener know that what happens in `inside` happens in rows that a form is made of.
    pub(crate) fn within<R>(&mut self, form: &'static str, inside: impl FnOnce(&mut Self) -> R) -> R {
        self.listener.on(|| Notice::OpenForm(form));
        let result = inside(self);
        self.listener.on(|| Notice::CloseForm);
        result
    }
}
