//! Buffers of runs that are used again.

use serde_json::Value;

use crate::eval::built::BuiltPart;
use crate::plan::Flow;
use mapwright_json::Scratch as JsonScratch;

/// Built parts and captured values.
#[derive(Default)]
pub(crate) struct Buffers {
    /// For each part of the flow, what was built of it; nothing while it is being built.
    pub parts: Vec<Option<Box<BuiltPart>>>,
    pub captures: Captures,
    /// Where the wanted values of a response stand.
    pub response: JsonScratch,
}

impl Buffers {
    pub(crate) fn reset(&mut self, flow: &Flow) {
        self.parts.resize_with(flow.parts.len(), || None);
        self.parts.iter_mut().flatten().for_each(|part| part.forget());
        self.captures.reset(flow.captures.len());
    }
}

/// The captures so far.
#[derive(Default)]
pub(crate) struct Captures {
    /// For each capture of the flow, what it gave.
    values: Vec<Option<Value>>,
    /// How often one of them has changed.
    changes: usize,
}

impl Captures {
    fn reset(&mut self, captures: usize) {
        self.values.clear();
        self.values.resize(captures, None);
        self.changes = 0;
    }

    /// The values of the captures, in the order in which the flow names them.
    pub(crate) fn values(&self) -> &[Option<Value>] {
        &self.values
    }

    /// How often one of them has changed.
    pub(crate) fn changes(&self) -> usize {
        self.changes
    }

    /// Takes the value of one, which is to be set again.
    pub(crate) fn take(&mut self, capture: usize) -> Option<Value> {
        self.values.get_mut(capture).and_then(Option::take)
    }

    /// Gives one a value, or takes it away.
    pub(crate) fn set(&mut self, capture: usize, value: Option<Value>) {
        if let Some(slot) = self.values.get_mut(capture) {
            *slot = value;
            self.changes += 1;
        }
    }
}
