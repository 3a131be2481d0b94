//! The items of rounds that the run has not come to yet.

use std::ops::Range;

use crate::eval::listener::Nobody;
use crate::item::BatchItem;
use crate::plan::{Call, Instruction};
use crate::rejection::Rejection;
use crate::run::state::Run;

impl<'e> Run<'e> {
    /// The items of the rounds after the one at hand, if the step is repeated on its own, so that they depend on no answer. They may join the
    /// batch that the item at hand joins. The run comes to each of them in its turn: [`Run::request`] makes its request, and
    /// [`Run::settle`] takes what has become of it.
    pub fn items_ahead(&mut self) -> Vec<BatchItem> {
        let program = &self.flow.program;
        let (Some(Instruction::Call(call)), Some(round)) = (program.get(self.at), self.loops.last()) else {
            return Vec::new();
        };
        // the step, between the beginning and the end of a round
        let is_all = matches!(program.get(round.start), Some(Instruction::Enter { end, .. })
            if round.start + 1 == self.at && *end == self.at + 2);
        let Some(batch) = self.operation(call).and_then(|operation| operation.batch.as_ref()) else {
            return Vec::new();
        };
        // what was done before is found out round by round
        if !is_all || self.prepared.is_none() || self.done.is_any_before() {
            return Vec::new();
        }
        // more than a batch takes would be made again for the next one
        let most = batch.most.min(self.mapper.limits.requests.saturating_sub(self.requests));
        let rounds = round.index + 1..round.items.len();
        self.uncounted(|run| run.items_of(call, rounds, most))
    }

    /// So many items of these rounds, up to the first that rejects the event.
    fn items_of(&mut self, call: &'e Call, rounds: Range<usize>, most: usize) -> Vec<BatchItem> {
        let (index, counted, said) = (rounds.start - 1, self.items, self.warnings.len());
        let items = rounds.map_while(|round| {
            if let Some(at) = self.loops.last_mut() {
                at.index = round;
            }
            self.item_of(call).ok()
        });
        let items = items.flatten().take(most).collect();
        if let Some(at) = self.loops.last_mut() {
            at.index = index;
        }
        self.items = counted;
        self.warnings.truncate(said);
        items
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
