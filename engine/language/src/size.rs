//! The size of the effective files of a destination.

use mapwright_findings::rules::invalid_value;
use mapwright_findings::{Reports, Span};

use crate::limits::EFFECTIVE_NODES;
use crate::yaml::{Data, Node};

/// The number of nodes of the effective files of a destination.
#[derive(Debug, Default)]
pub(crate) struct Nodes {
    count: usize,
}

impl Nodes {
    /// How many there are so far.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Counts nodes, and reports the limit when it is first exceeded. Returns whether they are within the limit.
    pub(crate) fn takes(&mut self, nodes: usize, span: Span, reports: &mut Reports) -> bool {
        let before = self.count;
        self.count = before.saturating_add(nodes);
        if self.count > EFFECTIVE_NODES && before <= EFFECTIVE_NODES {
            let message = format!(
                "the versions of the destination have more than {EFFECTIVE_NODES} YAML nodes, including everything that they inherit and use (limit `effective_nodes`)"
            );
            let advice = "inherit and use less in versions, variants and steps";
            invalid_value::report(reports, span, message, advice);
        }
        self.count <= EFFECTIVE_NODES
    }
}

/// Returns the number of nodes in a tree.
pub(crate) fn nodes_in(node: &Node) -> usize {
    1 + match &node.data {
        Data::Map(entries) => entries.iter().map(|(_, node)| nodes_in(node)).sum(),
        Data::List(items) => items.iter().map(nodes_in).sum(),
        _ => 0,
    }
}
