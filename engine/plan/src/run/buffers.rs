//! Buffers of runs that are used again.

use serde_json::Value;

use crate::eval::built::BuiltPart;
use crate::plan::Flow;
use mapwright_json::Scratch as JsonScratch;

/// Built parts and captured values.
#[derive(Default)]
pub(crate) struct Buffers {
    /// For each part of the flow, what was built of it.
    pub parts: Vec<BuiltPart>,
    /// For each capture of the flow, what it gave.
    pub captures: Vec<Option<Value>>,
    /// Where the wanted values of a response stand.
    pub response: JsonScratch,
}

impl Buffers {
    pub(crate) fn reset(&mut self, flow: &Flow) {
        self.parts.resize_with(flow.parts.len(), BuiltPart::default);
        self.parts.iter_mut().for_each(BuiltPart::forget);
        self.captures.clear();
        self.captures.resize(flow.captures.len(), None);
    }
}
