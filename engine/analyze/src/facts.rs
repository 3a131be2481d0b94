//! What is concluded from a version, once for all rules.

mod answers;
mod captured;
mod declared;
mod event;
mod formats;
mod items;
mod meet;
mod members;
mod mismatch;
mod model;
mod required;
mod sent;
mod transfer;
mod types;
mod typing;

pub(crate) use answers::{AnswerLack, AnswerPath, answered_step, is_of_success, kinds_at, stated_list};
pub(crate) use captured::{captured, looped};
pub(crate) use declared::{Standpoint, declared};
pub(crate) use items::{AllItems, all_items, most_bytes};
pub use meet::Reason;
pub(crate) use members::{Bodies, TypedFlow};
pub use members::{MadeBy, NoMember};
use mismatch::Trees;
pub use mismatch::{Mismatch, Spans};
pub use required::Lack;
pub use sent::{Sent, Target};
pub(crate) use transfer::{accepted, converted_by};
pub use types::{Case, Format, Kinds, Type};
pub use typing::{Refusal, Typing};

use std::collections::{BTreeMap, BTreeSet};

use mapwright_convert::Patterns;
use mapwright_findings::At;

use crate::view::{FlowView, RowId, Rows, VersionView};

/// What is concluded from a version.
#[derive(Debug)]
pub struct Facts<'v, 'c> {
    /// The version.
    pub view: &'v VersionView<'c>,
    /// What is concluded from its mappings and their variants.
    pub flows: Vec<FlowFacts<'v, 'c>>,
    /// The rows in the bodies of batches that have schemas.
    pub batches: Vec<Sent<'v>>,
    /// Values of theirs that schemas refuse.
    pub of_batches: Vec<Mismatch>,
    /// Fields that schemas require, and that they lack or may lack.
    pub lacks: Vec<Lack>,
    /// Members that rows of mappings read of what others make, and that those do not make.
    pub no_members: Vec<NoMember>,
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
    /// Itself with what its rows give.
    pub(crate) fn typed(&self) -> TypedFlow<'_, 'v, 'c> {
        TypedFlow { view: self.view, types: &self.types }
    }

    /// Returns the fields of bodies, each with all bodies that have it.
    pub fn fields(&self) -> impl Iterator<Item = SentField<'_, 'v, 'c>> {
        fields(&self.view.rows, &self.sent)
    }
}

fn fields<'f, 'v, 'c>(
    rows: &'f Rows<'c>,
    sent: &'f [Sent<'v>],
) -> impl Iterator<Item = SentField<'f, 'v, 'c>> {
    let mut fields: BTreeMap<RowId, Vec<&Sent<'v>>> = BTreeMap::new();
    for sent in sent {
        fields.entry(sent.row).or_default().push(sent);
    }
    let named = |(row, sent)| Some(SentField { row, name: rows.field_name(row)?, sent });
    fields.into_iter().filter_map(named)
}

impl SentField<'_, '_, '_> {
    /// Returns the operations whose bodies have it.
    pub fn operations(&self) -> Vec<&str> {
        let operations: BTreeSet<&str> = self.sent.iter().map(|sent| sent.target.operation).collect();
        operations.into_iter().collect()
    }
}

impl<'v, 'c> Facts<'v, 'c> {
    /// Concludes what can be concluded. The patterns of schemas are compiled once for all versions.
    pub fn new(view: &'v VersionView<'c>, patterns: &Patterns) -> Self {
        let tree = &view.version.node;
        let flows = view.flows.iter().map(|flow| {
            let targets = sent::targets(view, flow);
            let (sent, types) = (sent::sent(flow, &targets), Typing::new(view, flow));
            let of_variant = flow.variant.map(|variant| &variant.node);
            let rows = of_variant.into_iter().chain([&flow.mapping.node, tree]).collect();
            let trees = Trees { rows, version: tree };
            let mismatches = mismatch::mismatches(&flow.rows, &sent, &types, patterns, &trees);
            let lacks = required::lacks(view, flow, &targets, &sent);
            FlowFacts { view: flow, sent, types, mismatches, lacks }
        });
        let flows: Vec<FlowFacts<'v, 'c>> = flows.collect();
        let typed: Vec<TypedFlow<'_, '_, '_>> = flows.iter().map(FlowFacts::typed).collect();
        let no_members = members::no_members(&typed);
        let batches = sent::sent_together(view);
        let types = Typing::of_batches(view);
        let of_batches = mismatch::mismatches(
            &view.rows,
            &batches,
            &types,
            patterns,
            &Trees { rows: vec![tree], version: tree },
        );
        let lacks = required::lacks_together(view, &batches);
        Self { view, flows, batches, of_batches, lacks, no_members }
    }

    /// Returns the fields of the bodies of each mapping, and of those of batches, each with all bodies that have it.
    pub fn bodies(&self) -> impl Iterator<Item = Vec<SentField<'_, 'v, 'c>>> {
        let of_flows = self.flows.iter().map(|flow| flow.fields().collect());
        of_flows.chain([fields(&self.view.rows, &self.batches).collect()])
    }

    /// Returns all values that schemas refuse, with the rows among which they are.
    pub fn mismatches(&self) -> impl Iterator<Item = (&Rows<'c>, &Mismatch)> {
        let of_flows = self
            .flows
            .iter()
            .flat_map(|flow| flow.mismatches.iter().map(|mismatch| (&flow.view.rows, mismatch)));
        of_flows.chain(self.of_batches.iter().map(|mismatch| (&self.view.rows, mismatch)))
    }
}
