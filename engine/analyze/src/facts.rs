//! What is concluded from a version, once for all rules.

mod event;
mod formats;
mod meet;
mod mismatch;
mod sent;
mod transfer;
mod types;
mod typing;

pub use meet::Reason;
pub use mismatch::Mismatch;
pub use sent::{Sent, Target};
pub(crate) use transfer::accepted;
pub use types::{Case, Format, Kinds, Type};
pub use typing::{Refusal, Typing};

use mapwright_convert::Patterns;

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
    /// What its rows give.
    pub types: Typing<'v, 'c>,
    /// Values that schemas refuse.
    pub mismatches: Vec<Mismatch>,
}

impl<'v, 'c> Facts<'v, 'c> {
    /// Concludes what can be concluded.
    pub fn new(view: &'v VersionView<'c>) -> Self {
        let patterns = Patterns::default();
        let flows = view.flows.iter().map(|flow| {
            let (sent, types) = (sent::sent(view, flow), Typing::new(view, flow));
            let mismatches = mismatch::mismatches(flow, &sent, &types, &patterns);
            FlowFacts { view: flow, sent, types, mismatches }
        });
        Self { view, flows: flows.collect() }
    }
}
