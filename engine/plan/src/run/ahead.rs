//! The items of rounds that the run has not come to yet.

use std::ops::Range;

use crate::eval::listener::Nobody;
use crate::item::{BatchItem, ItemsAhead};
use crate::plan::{Call, Instruction};
use crate::rejection::Rejection;
use crate::run::state::Run;

impl<'e> Run<'e> {
    /// Returns the items of the rounds after the one at hand, if the step is repeated on its own, so that they depend on no response, and
    /// whether the event may send more than these. They may join the batch that the item at hand joins. The run comes to each of them in its turn:
    /// [`Run::request`] makes its request, and [`Run::settle`] takes what has become of it.
    pub fn items_ahead(&mut self) -> ItemsAhead {
        let Some(Instruction::Call(call)) = self.flow.program.get(self.at) else {
            return ItemsAhead::default();
        };
        self.uncounted(|run| {
            let (items, is_all) = run.rounds_ahead(call);
            ItemsAhead { goes_on: run.goes_on(call, is_all), items: items.into() }
        })
    }

    /// The items of the rounds after the one at hand, and whether these are all.
    fn rounds_ahead(&mut self, call: &'e Call) -> (Vec<BatchItem>, bool) {
        let Some(round) = self.round_alone(call) else { return (Vec::new(), true) };
        let rounds = round.index + 1..round.items.len();
        let batch = self.operation(call).and_then(|operation| operation.batch.as_ref());
        // what was done before is found out round by round
        let Some(batch) = batch.filter(|_| self.prepared.is_some() && !self.done.is_any_before()) else {
            return (Vec::new(), rounds.is_empty());
        };
        // more than a batch takes would be made again for the next one
        let most = batch.most.min(self.mapper.limits.requests.saturating_sub(self.requests));
        let (items, is_whole) = self.items_of(call, rounds, most);
        let is_all = is_whole && items.len() < most;
        (items, is_all)
    }

    /// Whether something may be sent after this step, and after its rounds, if all of them are known.
    fn goes_on(&mut self, call: &Call, knows_rounds: bool) -> bool {
        let is_alone = self.round_alone(call).is_some();
        let mut loops = self.loops.iter().rev().skip(usize::from(is_alone));
        if !knows_rounds || loops.any(|round| round.index + 1 < round.items.len()) {
            return true;
        }
        let program = &self.flow.program;
        let mut at = self.at + 1;
        while let Some(instruction) = program.get(at) {
            at += 1;
            let (guard, end) = match instruction {
                Instruction::Call(call) => (&call.guard, None),
                Instruction::Enter { guard, end, .. } => (&**guard, Some(*end)),
                // the last round of each loop
                Instruction::Leave { .. } => continue,
            };
            // what waits for a response, or rejects the event, may be sent
            if !guard.captures.is_empty() || self.passes(guard).unwrap_or(true) {
                return true;
            }
            at = end.unwrap_or(at);
        }
        false
    }

    /// So many items of these rounds, up to the first that rejects the event, and whether none does.
    fn items_of(&mut self, call: &'e Call, rounds: Range<usize>, most: usize) -> (Vec<BatchItem>, bool) {
        let mut is_whole = true;
        let (index, counted, said) = (rounds.start - 1, self.items, self.warnings.len());
        let items = rounds.map_while(|round| {
            if let Some(at) = self.loops.last_mut() {
                at.index = round;
            }
            let item = self.item_of(call).ok();
            is_whole &= item.is_some();
            item
        });
        let items = items.flatten().take(most).collect();
        if let Some(at) = self.loops.last_mut() {
            at.index = index;
        }
        self.items = counted;
        self.warnings.truncate(said);
        (items, is_whole)
    }

    fn item_of(&mut self, call: &'e Call) -> Result<Option<BatchItem>, Box<Rejection>> {
        if !self.passes(&call.guard)? {
            return Ok(None);
        }
        self.build_for(&call.reads.parts, None);
        let prepared = self.used_for(call, None, &mut Nobody, &mut Vec::new())?;
        Ok(prepared.item.map(|item| *item))
    }
}
