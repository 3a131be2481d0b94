//! What is concluded from a version, once for all rules.

mod sent;

pub use sent::{Sent, Target};

use crate::view::{FlowView, VersionView};

/// What is concluded from a version.
#[derive(Debug)]
pub struct Facts<'v, 'c> {
    /// The version.
    pub view: &'v VersionView<'c>,
    /// What is concluded from its mappings and their variants.
    pub flows: Vec<FlowFacts<'v, 'c>>,
}

/// What is concluded from a mapping, or a variant of it.
#[derive(Debug)]
pub struct FlowFacts<'v, 'c> {
    /// The mapping.
    pub view: &'v FlowView<'c>,
    /// Its rows in bodies that have schemas.
    pub sent: Vec<Sent<'v>>,
}

impl<'v, 'c> Facts<'v, 'c> {
    /// Concludes what can be concluded.
    pub fn new(view: &'v VersionView<'c>) -> Self {
        let flows = view.flows.iter().map(|flow| FlowFacts { view: flow, sent: sent::sent(view, flow) });
        Self { view, flows: flows.collect() }
    }
}
