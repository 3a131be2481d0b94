//! Which rows something depends on: a request, a decision about one, or what is reported about the event.

use std::collections::HashMap;

use mapwright_convert::{PathStep, Root};
use mapwright_language::spec::{BodySpec, FIELD_SPREAD};

use crate::view::flow::FlowView;
use crate::view::rows::{Place, Reading, RootId, Site};

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
    let mut by_root: HashMap<RootId, Vec<usize>> = HashMap::new();
    for (at, read) in flow.rows.reads.iter().enumerate() {
        match read.site {
            Site::Row(row) => {
                let root = flow.rows.row(row).map(|row| row.root);
                root.into_iter().for_each(|root| by_root.entry(root).or_default().push(at));
            }
            _ => open.extend(read_roots(flow, &read.reading)),
        }
    }
    let mut reached = vec![false; flow.rows.roots.len()];
    while let Some(root) = open.pop() {
        let is_new = reached.get_mut(root.0).is_some_and(|reached| !std::mem::replace(reached, true));
        if is_new {
            let reads = by_root.get(&root).into_iter().flatten().filter_map(|at| flow.rows.reads.get(*at));
            open.extend(reads.flat_map(|read| read_roots(flow, &read.reading)));
        }
    }
    flow.rows.roots.iter_mut().zip(reached).for_each(|(root, reached)| root.reached = reached);
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
