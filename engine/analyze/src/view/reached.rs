//! Which rows something depends on: a request, a decision about one, or what is reported about the event.

use std::collections::{HashMap, HashSet};

use mapwright_convert::{PathStep, Root};
use mapwright_language::spec::{BodySpec, FIELD_SPREAD};

use crate::view::flow::FlowView;
use crate::view::rows::{Place, ReadView, Reading, RootId, Site};

/// Marks the rows that something depends on. Rows of steps and what stands outside of rows always count: whether a step is reached is another question.
pub(crate) fn mark_reached(flow: &mut FlowView<'_>) {
    let mut open = Vec::new();
    for (at, root) in flow.rows.roots.iter().enumerate() {
        if !matches!(root.place, Place::Value(_) | Place::Part(..)) {
            open.push(RootId(at));
        }
    }
    let bodies = flow.steps.iter().filter_map(|step| match &step.spec.body {
        Some(BodySpec::Part(part)) => Some(part.value.as_str()),
        _ => None,
    });
    open.extend(bodies.flat_map(|part| flow.part_roots(part)));
    for read in flow.rows.reads.iter().filter(|read| !matches!(read.site, Site::Row(_))) {
        open.extend(read_roots(flow, &read.reading));
    }
    for root in flow.roots_of(open) {
        flow.rows.roots.get_mut(root.0).into_iter().for_each(|root| root.reached = true);
    }
}

impl FlowView<'_> {
    /// These rows, and those that they read, at any depth.
    pub(crate) fn roots_of(&self, mut open: Vec<RootId>) -> HashSet<RootId> {
        let mut by_root: HashMap<RootId, Vec<&ReadView>> = HashMap::new();
        for read in &self.rows.reads {
            if let Site::Row(row) = read.site
                && let Some(row) = self.rows.row(row)
            {
                by_root.entry(row.root).or_default().push(read);
            }
        }
        let mut reached = HashSet::new();
        while let Some(root) = open.pop() {
            if reached.insert(root) {
                let reads = by_root.get(&root).into_iter().flatten();
                open.extend(reads.flat_map(|read| read_roots(self, &read.reading)));
            }
        }
        reached
    }
}

/// The rows that something reads.
fn read_roots(flow: &FlowView<'_>, reading: &Reading) -> Vec<RootId> {
    match reading {
        Reading::Value(name, _) => flow.value_root(name).into_iter().collect(),
        Reading::Path(Root::Payload, steps) => match steps.as_slice() {
            [PathStep::Key(part), PathStep::Key(field), ..] => {
                let fields = [flow.field_root(part, field), flow.field_root(part, FIELD_SPREAD)];
                fields.into_iter().flatten().collect()
            }
            [PathStep::Key(part), ..] => flow.part_roots(part).collect(),
            _ => Vec::new(),
        },
        Reading::Path(..) => Vec::new(),
    }
}
