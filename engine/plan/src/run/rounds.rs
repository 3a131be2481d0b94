//! The rounds of repeated steps. With `on_failure: continue`, one that fails is reported, and the next one is made.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::plan::reach::sets_of_group;
use crate::plan::{Flow, Instruction, Repeat};
use crate::problem::Problem;
use crate::rejection::Rejection;
use crate::run::failure::FailedItem;
use crate::run::state::{Loop, Run, is_within};

/// The rejections that no other item can escape.
const LIMIT: &str = "limit_exceeded";

impl<'e> Run<'e> {
    pub(crate) fn enter_loop(&mut self, repeat: &Repeat) -> Result<bool, Box<Rejection>> {
        self.build_for(&repeat.reads.parts, None);
        let items = self.loop_items((self.at, repeat), None, &mut { self.tally })?;
        if items.is_empty() {
            return Ok(false);
        }
        self.loops.push(Loop { start: self.at, items: items.into(), index: 0 });
        self.forget_round(self.at);
        self.choose_rounds();
        let is_left = self.loops.last().is_some_and(|round| round.index < round.items.len());
        if !is_left {
            self.loops.pop();
            self.chosen = None;
        }
        Ok(is_left)
    }

    /// Continues at another step, out of the loops that it is not in.
    pub(crate) fn jump(&mut self, target: usize) {
        let program = &self.flow.program;
        while self.loops.pop_if(|round| !is_within(program, round, target)).is_some() {}
        self.at = target;
        (self.pages, self.repeats, self.renewing) = (None, false, None);
    }

    /// Ends a round: the next one starts, or the loop is left.
    pub(crate) fn leave(&mut self, start: usize) {
        if let Some(round) = self.loops.last_mut().filter(|round| round.start == start) {
            let at = round.index;
            round.index += 1;
            self.note_round(start, at);
        }
        self.pass_done();
        if let Some(round) = self.loops.last().filter(|round| round.start == start) {
            if round.index < round.items.len() {
                self.at = start + 1;
                self.forget_round(start);
                return;
            }
            self.loops.pop();
            self.chosen.take_if(|_| self.loops.is_empty());
        }
        self.at += 1;
    }

    /// Captures of the group that starts here last for one round.
    pub(crate) fn forget_round(&mut self, start: usize) {
        for capture in sets_of_group(&self.flow.program, start) {
            self.buffers.captures.set(capture, None);
        }
    }

    /// Notes that an item is done, unless its round has failed.
    fn note_round(&mut self, start: usize, at: usize) {
        let Some(step) = continues(self.flow, start) else { return };
        if std::mem::take(&mut self.round_failed) {
            return;
        }
        let item = self.loops.last().and_then(|round| round.items.get(at));
        if let Some(done) = item.map(|item| self.item_fingerprint(step, item)) {
            self.done.note(done);
        }
    }

    /// The round that ends at a failure, and after which others are made: its place among the loops, and the name of its step.
    pub(crate) fn continuing(&self) -> Option<(usize, &'e str)> {
        let flow: &'e Flow = self.flow;
        let mut rounds = self.loops.iter().enumerate();
        rounds.find_map(|(at, round)| Some((at, continues(flow, round.start)?)))
    }

    /// Whether others of the list can be made after this rejection.
    pub(crate) fn is_of_item(&self, code: &str) -> bool {
        code != LIMIT && self.continuing().is_some()
    }

    /// Ends the round, and continues with the next one. `false`: there is no such round.
    pub(crate) fn fail_round(&mut self, step: &str, problem: Problem) -> bool {
        let Some(failed) = self.failed_item(0, step, problem) else { return false };
        let Some((at, _)) = self.continuing() else { return false };
        self.failed.push(failed);
        self.round_failed = true;
        self.prepared = None;
        (self.pages, self.repeats, self.renewing) = (None, false, None);
        self.loops.truncate(at + 1);
        let start = self.loops.last().map(|round| round.start);
        if let Some(Instruction::Enter { end, .. }) = start.and_then(|start| self.flow.program.get(start)) {
            // the instruction that ends the round
            self.at = end.saturating_sub(1);
        }
        true
    }

    /// All items that are not done when the run ends here, in a round of them or after it.
    pub(crate) fn not_done(&mut self, step: &str, problem: Problem) -> Vec<FailedItem> {
        let mut items = std::mem::take(&mut self.failed);
        let left = self.continuing().and_then(|(at, _)| self.loops.get(at));
        let rounds = left.map_or(0..0, |round| 0..round.items.len().saturating_sub(round.index));
        for ahead in rounds {
            let problem = match ahead {
                0 => problem.clone(),
                _ => Problem::new(
                    "not_tried",
                    "not tried, since another item has ended the event",
                    problem.fault,
                ),
            };
            items.extend(self.failed_item(ahead, step, problem));
        }
        items
    }

    /// The item so many rounds ahead, if it is to be made.
    fn failed_item(&self, ahead: usize, step: &str, problem: Problem) -> Option<FailedItem> {
        let (at, name) = self.continuing()?;
        let round = self.loops.get(at)?;
        let index = round.index + ahead;
        if self.chosen.as_ref().is_some_and(|chosen| !chosen.contains(&index)) {
            return None;
        }
        let item = self.bound().settings.redactor().redact_json(round.items.get(index)?);
        let (for_each, step) = (name.to_owned(), step.to_owned());
        Some(FailedItem { for_each, index, of: round.items.len(), item, step, problem })
    }

    /// Settles which items of the list that has just been entered are to be made, and goes to the first of them.
    pub(crate) fn choose_rounds(&mut self) {
        if !self.done.is_any_before() {
            return;
        }
        let Some((start, items)) = self.loops.last().map(|round| (round.start, round.items.clone())) else {
            return;
        };
        let (Some(step), Some(chosen)) = (continues(self.flow, start), self.chosen(start, &items)) else {
            return;
        };
        for (at, item) in items.iter().enumerate() {
            if !chosen.contains(&at) {
                let done = self.item_fingerprint(step, item);
                self.done.take_over(done);
            }
        }
        self.chosen = Some(chosen);
        self.pass_done();
    }

    /// Goes past the rounds of items that are done.
    pub(crate) fn pass_done(&mut self) {
        let Some(chosen) = &self.chosen else { return };
        let Some((at, _)) = self.continuing() else { return };
        let next = self.loops.get(at).and_then(|round| chosen.range(round.index..).next().copied());
        if let Some(round) = self.loops.get_mut(at) {
            round.index = next.unwrap_or(round.items.len());
        }
    }

    /// Which items of the list of the step that starts there are to be made; nothing: all of them.
    pub(crate) fn chosen(&self, start: usize, items: &[Value]) -> Option<BTreeSet<usize>> {
        let left = self.left(continues(self.flow, start)?, items)?;
        Some(left.into_iter().collect())
    }
}

/// The name of the step that starts there, if it continues after an item that fails.
fn continues(flow: &Flow, start: usize) -> Option<&str> {
    match flow.program.get(start) {
        Some(Instruction::Enter { list: Some(repeat), .. }) => repeat.continues.as_deref(),
        _ => None,
    }
}
