//! Order keys: those of every mapping, of one mapping, and of steps.

use std::ops::Range;

use crate::resolve::{Context, Resolver, Want};
use mapwright_language::decode::{Named, by_name};
use mapwright_language::spec::RowSpec;
use mapwright_plan::plan::{Instruction, OrderedSteps, Row, StepOrder};

/// An order key of the steps in a range of the program, before all of the program is there.
pub(crate) struct KeyOfSteps {
    name: String,
    row: Row,
    steps: Range<usize>,
}

impl KeyOfSteps {
    pub(crate) fn settled(self, program: &[Instruction]) -> StepOrder {
        let calls = |at: &usize| matches!(program.get(*at), Some(Instruction::Call(_)));
        let steps = OrderedSteps::new(program, self.steps.filter(calls).collect());
        StepOrder { name: self.name, row: self.row, steps: steps.into() }
    }
}

impl<'c> Resolver<'c, '_> {
    /// Returns the version's order keys, overridden by those of the mapping by name.
    pub(crate) fn order(&mut self, own: &'c Named<RowSpec>) -> Vec<(String, Row)> {
        let shared = self.version.spec.order.iter().filter(|(key, _)| by_name(own, &key.value).is_none());
        let all = shared.chain(own);
        all.filter_map(|(key, row)| Some((key.value.clone(), self.row(row, Want::Many)?))).collect()
    }

    /// Resolves the order keys of a step, which are read before the event is mapped.
    pub(crate) fn step_order(
        &mut self,
        order: &Named<RowSpec>,
        steps: Range<usize>,
        keys: &mut Vec<KeyOfSteps>,
    ) {
        if order.is_empty() {
            return;
        }
        let of_step =
            std::mem::replace(&mut self.context, Context { event_only: true, ..Context::default() });
        for (key, row) in order {
            let row = self.row(row, Want::Many);
            keys.extend(row.map(|row| KeyOfSteps { name: key.value.clone(), row, steps: steps.clone() }));
        }
        self.context = of_step;
    }
}
