//! Order keys of steps: which steps one orders, and where it no longer can order any.

use std::sync::Arc;

use crate::plan::operation::RuleEnd;
use crate::plan::program::Instruction;
use crate::plan::row::Row;

/// An order key of some steps of a flow.
#[derive(Debug)]
pub struct StepOrder {
    /// The name of the key.
    pub name: String,
    /// The row of its values.
    pub row: Row,
    /// The steps that it orders.
    pub steps: Arc<OrderedSteps>,
}

/// Steps that an order key orders, by their instructions.
#[derive(Debug, PartialEq, Eq)]
pub struct OrderedSteps {
    steps: Vec<usize>,
    names: Vec<String>,
    /// For each place of the program, whether one of the steps can still come.
    ahead: Vec<bool>,
}

impl OrderedSteps {
    /// Finds out from where in the program the steps can be reached.
    #[doc(hidden)]
    pub fn new(program: &[Instruction], steps: Vec<usize>) -> Self {
        let mut from: Vec<Vec<usize>> = vec![Vec::new(); program.len() + 1];
        for (at, instruction) in program.iter().enumerate() {
            for to in next(instruction, at) {
                if let Some(before) = from.get_mut(to) {
                    before.push(at);
                }
            }
        }
        let mut ahead = vec![false; program.len() + 1];
        let mut open = steps.clone();
        while let Some(at) = open.pop() {
            if ahead.get_mut(at).is_some_and(|known| !std::mem::replace(known, true)) {
                open.extend(from.get(at).into_iter().flatten());
            }
        }
        let name = |at: &usize| match program.get(*at) {
            Some(Instruction::Call(call)) => Some(call.name.to_string()),
            _ => None,
        };
        Self { names: steps.iter().filter_map(name).collect(), steps, ahead }
    }

    /// Returns the names of the steps.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns whether the request of an instruction is ordered.
    pub fn contains(&self, instruction: usize) -> bool {
        self.steps.contains(&instruction)
    }

    /// Returns whether one of them can still come, for a run that is at this instruction.
    pub fn can_follow(&self, instruction: usize) -> bool {
        self.ahead.get(instruction) == Some(&true)
    }
}

/// The instructions that can follow one.
fn next(instruction: &Instruction, at: usize) -> Vec<usize> {
    match instruction {
        Instruction::Call(call) => {
            let jumps = call.rules.iter().filter_map(|rule| match rule.end {
                RuleEnd::Then(to) => Some(to),
                RuleEnd::Class { .. } | RuleEnd::Renew { .. } => None,
            });
            let again = call.page.is_some() || call.cache.is_some();
            jumps.chain(again.then_some(at)).chain([at + 1]).collect()
        }
        Instruction::Enter { end, .. } => vec![at + 1, *end],
        Instruction::Leave { start } => vec![at + 1, *start + 1],
    }
}
