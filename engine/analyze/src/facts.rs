//! What is concluded from a version, once for all rules.

mod event;
mod formats;
mod meet;
mod mismatch;
mod model;
mod required;
mod sent;
mod transfer;
mod types;
mod typing;

pub use meet::Reason;
pub use mismatch::Mismatch;
pub use required::Lack;
pub use sent::{Sent, Target};
pub(crate) use transfer::{accepted, argument};
pub use types::{Case, Format, Kinds, Type};
pub use typing::{Refusal, Typing};

use std::collections::{BTreeMap, BTreeSet};

use mapwright_convert::Patterns;
use mapwright_findings::At;

use crate::view::{FlowView, RowId, VersionView};

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
    /// Fields that schemas require, and that bodies lack or may lack.
    pub lacks: Vec<Lack>,
}

/// A field in the bodies that have it.
#[derive(Debug)]
pub struct SentField<'f, 'v, 'c> {
    /// Its row.
    pub row: RowId,
    /// Its name.
    pub name: &'c At<String>,
    /// All bodies.
    pub sent: Vec<&'f Sent<'v>>,
}

impl<'v, 'c> FlowFacts<'v, 'c> {
    /// The fields of bodies, each with all bodies that have it.
    pub fn fields(&self) -> impl Iterator<Item = SentField<'_, 'v, 'c>> {
        let mut fields: BTreeMap<RowId, Vec<&Sent<'v>>> = BTreeMap::new();
        for sent in &self.sent {
            fields.entry(sent.row).or_default().push(sent);
        }
        let named = |(row, sent)| Some(SentField { row, name: self.view.rows.field_name(row)?, sent });
        fields.into_iter().filter_map(named)
    }
}

impl SentField<'_, '_, '_> {
    /// The operations whose bodies have it.
    pub fn operations(&self) -> Vec<&str> {
        let operations: BTreeSet<&str> = self.sent.iter().map(|sent| sent.target.operation).collect();
        operations.into_iter().collect()
    }
}

impl<'v, 'c> Facts<'v, 'c> {
    /// Concludes what can be concluded. The patterns of schemas are compiled once for all versions.
    pub fn new(view: &'v VersionView<'c>, patterns: &Patterns) -> Self {
        let flows = view.flows.iter().map(|flow| {
            let targets = sent::targets(view, flow);
            let (sent, types) = (sent::sent(flow, &targets), Typing::new(view, flow));
            let mismatches = mismatch::mismatches(flow, &sent, &types, patterns);
            let lacks = required::lacks(view, flow, &targets, &sent);
            FlowFacts { view: flow, sent, types, mismatches, lacks }
        });
        Self { view, flows: flows.collect() }
    }
}
