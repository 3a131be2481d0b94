//! Order keys: those of every mapping, of one mapping, and of steps.

use std::ops::Range;

use crate::resolve::{Resolver, Want};
use mapwright_findings::Span;
use mapwright_language::decode::{Named, by_name};
use mapwright_language::spec::{RowSpec, StepSpec};
use mapwright_plan::plan::{Instruction, OrderedSteps, Row, StepOrder};

/// An order key of the steps in a range of the program, before the program is complete.
pub(crate) struct KeyOfSteps {
    name: String,
    row: Row,
    steps: Range<usize>,
}

impl KeyOfSteps {
    /// The keys of a step, whose instructions are these.
    pub(crate) fn of_step(keys: &mut Vec<(Span, String, Row)>, step: Span, steps: Range<usize>) -> Vec<Self> {
        let own = keys.extract_if(.., |(of, _, _)| *of == step);
        own.map(|(_, name, row)| Self { name, row, steps: steps.clone() }).collect()
    }

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
        all.filter_map(|(key, row)| Some((key.value.clone(), self.row_alone(row, Want::Many)?))).collect()
    }

    /// Resolves the order keys of all steps, which are read before the event is mapped. Each has the place of its step.
    pub(crate) fn order_of_steps(&mut self, steps: &'c Named<StepSpec>, keys: &mut Vec<(Span, String, Row)>) {
        for (name, step) in steps {
            for (key, row) in &step.order {
                let row = self.row_alone(row, Want::Many);
                keys.extend(row.map(|row| (name.span, key.value.clone(), row)));
            }
            self.order_of_steps(&step.steps, keys);
        }
    }
}
