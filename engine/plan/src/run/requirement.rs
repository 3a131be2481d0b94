//! What is decided of an event before its first step: whether it is skipped, what it must have, and what is warned of.

use crate::admission::Skip;
use crate::eval::condition::{Outcomes, Truth, outcomes, said, truth};
use crate::eval::listener::Listener;
use crate::eval::scope::Scope;
use crate::plan::{Condition, Need, Property, Requirement, SkipRule, Warn};
use crate::rejection::{FaultOf, Rejection};
use crate::run::state::Run;
use crate::tally::What;
use mapwright_convert::Warning;

/// The verdict of a property on an event.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Judged {
    /// Whether it says something.
    pub applies: bool,
    /// Which of its conditions hold; `None` for one that cannot be decided, since it reads a row that rejects its value.
    pub must: Vec<Option<bool>>,
}

/// The verdict of the `skip` rules of a mapping.
pub(crate) enum Skipped<'e> {
    Yes(Skip),
    No,
    /// This rule reads a row from which nothing could be made, and no other one skips the event.
    Undecided(&'e SkipRule),
}

impl<'e> Run<'e> {
    /// Says whether the mapping skips the event.
    pub(crate) fn skipped<L: Listener>(&mut self, listener: &mut L) -> Skipped<'e> {
        let flow = self.flow;
        let mut skipped = Skipped::No;
        for rule in &flow.skip {
            if L::LISTENS {
                self.tell_parts(&rule.reads.parts, listener);
            }
            self.build_for(&rule.reads.parts, None);
            match (truth(&self.scope(None, None), &rule.when), &skipped) {
                (Truth::Yes, _) => {
                    self.build_for(&rule.said.parts, None);
                    let reason = said(&self.scope(None, None), &rule.reason);
                    return Skipped::Yes(Skip { rule: "mapping", reason });
                }
                (Truth::Unknown, Skipped::No) => skipped = Skipped::Undecided(rule),
                (Truth::Unknown | Truth::No, _) => {}
            }
        }
        skipped
    }

    /// Lets a listener hear of parts that it has not heard of.
    pub(crate) fn tell_parts<L: Listener>(&mut self, parts: &[usize], listener: &mut L) {
        for part in parts {
            if self.built(*part).is_none() {
                self.build_part(*part, None, listener);
            }
        }
    }

    /// Rejects the event for the first requirement that it does not meet; else for a row without whose value that cannot be said.
    pub(crate) fn require(&mut self) -> Result<(), Box<Rejection>> {
        let flow = self.flow;
        let mut undecided = None;
        for require in &flow.require {
            self.build_for(&require.reads.parts, None);
            match broken(&self.scope(None, None), require).truth() {
                Truth::No => {}
                Truth::Yes => {
                    self.reached(require.span, What::Required);
                    self.build_for(&require.said.parts, None);
                    let message = said(&self.scope(None, None), &require.message);
                    return Err(Box::new(Rejection {
                        fault: FaultOf::from(require.fault),
                        mapping: Some(self.place(require.span)),
                        ..Rejection::new(&require.code, message)
                    }));
                }
                Truth::Unknown => undecided = undecided.or(Some(require)),
            }
        }
        match undecided {
            None => Ok(()),
            Some(require) => {
                let mut conditions: Vec<&Condition> = require.when.iter().collect();
                conditions_of(&require.need, &mut conditions);
                self.undecided(&require.reads.places, conditions.into_iter(), None)
            }
        }
    }

    /// Says whether a property holds.
    pub(crate) fn says(&mut self, property: &Property) -> Judged {
        self.build_for(&property.reads.parts, None);
        let scope = self.scope(None, None);
        let verdict = |condition: &Condition| match truth(&scope, condition) {
            Truth::Yes => Some(true),
            Truth::No => Some(false),
            Truth::Unknown => None,
        };
        let applies = property.when.as_ref().is_none_or(|when| verdict(when) == Some(true));
        Judged { applies, must: property.must.iter().map(verdict).collect() }
    }

    /// Warns of the event. A warning of which cannot be said whether it holds is not given.
    pub(crate) fn warn_of_event(&mut self) {
        let flow = self.flow;
        for warn in &flow.warn {
            self.build_for(&warn.reads.parts, None);
            let scope = self.scope(None, None);
            if warn.when.as_ref().is_none_or(|when| truth(&scope, when) == Truth::Yes) {
                let warning = self.warning(&scope, warn);
                drop(scope);
                self.warnings.push(warning);
            }
        }
    }

    /// A warning that is given.
    pub(crate) fn warning<'a>(&self, scope: &Scope<'a>, warn: &'a Warn) -> Warning {
        self.reached(warn.span, What::Warning);
        Warning::new(&warn.code, said(scope, &warn.message))
    }
}

/// Whether an event does not meet a requirement.
fn broken<'a>(scope: &Scope<'a>, require: &'a Requirement) -> Outcomes {
    match require.when.as_ref().map_or(Outcomes::YES, |when| outcomes(scope, when)) {
        Outcomes::NO => Outcomes::NO,
        counts => counts.and(!met(scope, &require.need)),
    }
}

fn conditions_of<'n>(need: &'n Need, all: &mut Vec<&'n Condition>) {
    match need {
        Need::Has(_) => {}
        Need::Any(needs) | Need::All(needs) => needs.iter().for_each(|need| conditions_of(need, all)),
        Need::That(condition) => all.push(condition),
    }
}

fn met<'a>(scope: &Scope<'a>, need: &'a Need) -> Outcomes {
    match need {
        Need::Has(place) => scope.has_something(place).map_or(Outcomes::REJECTED, Outcomes::of),
        Need::Any(needs) => !needs.iter().fold(Outcomes::YES, |none, need| none.and(!met(scope, need))),
        Need::All(needs) => needs.iter().fold(Outcomes::YES, |all, need| all.and(met(scope, need))),
        Need::That(condition) => outcomes(scope, condition),
    }
}
