//! Steps that `use` the steps of their version.

use std::collections::HashMap;

use mapwright_findings::rules::unknown_step;
use mapwright_findings::{KnownNames, Reports, Unread};

use crate::inherit::{Shape, merge, without};
use crate::size::{Nodes, nodes_in};
use crate::yaml::{Data, Key, Node};

/// The steps that the mappings of a version share.
#[derive(Debug)]
pub(crate) struct SharedSteps<'n> {
    by_name: HashMap<&'n str, &'n Node>,
    known: KnownNames,
}

impl<'n> SharedSteps<'n> {
    /// Returns the shared steps of a version.
    pub(crate) fn of(version: &'n Node) -> Self {
        let steps = version.get("steps").and_then(Node::as_map).unwrap_or_default();
        let names = steps.iter().map(|(key, _)| key.text.as_str());
        Self { by_name: by_key(steps), known: KnownNames::new(names, Unread::default()) }
    }

    /// Replaces every `use: name` in the steps of a mapping by the shared step of that name, which the step's other keys override.
    pub(crate) fn expand(&self, mapping: &Node, nodes: &mut Nodes, reports: &mut Reports) -> Node {
        let mut result = mapping.clone();
        if let Data::Map(entries) = &mut result.data {
            for (_, steps) in entries.iter_mut().filter(|(key, _)| key.text == "steps") {
                self.expand_steps(steps, 0, nodes, reports);
            }
        }
        result
    }

    fn expand_steps(&self, steps: &mut Node, depth: usize, nodes: &mut Nodes, reports: &mut Reports) {
        const DEEPEST: usize = 8;
        let Data::Map(entries) = &mut steps.data else { return };
        for (_, step) in entries.iter_mut() {
            if let Some(used) = step.get("use").cloned()
                && let Some(name) = used.as_text()
                && depth < DEEPEST
            {
                match self.by_name.get(name) {
                    // shared steps use others, so that a few of them can expand to very many
                    Some(base) if !nodes.takes(nodes_in(base), used.span, reports) => {}
                    Some(base) => *step = merge(base, &without(step, "use"), Shape::Step, reports),
                    None => unknown_step::report(reports, used.span, name, &self.known),
                }
            }
            if let Data::Map(entries) = &mut step.data {
                for (_, inner) in entries.iter_mut().filter(|(key, _)| key.text == "steps") {
                    self.expand_steps(inner, depth + 1, nodes, reports);
                }
            }
        }
    }
}

/// Returns the entries of a map by key; of several with the same key, the first.
pub(crate) fn by_key(entries: &[(Key, Node)]) -> HashMap<&str, &Node> {
    let mut known = HashMap::with_capacity(entries.len());
    for (key, node) in entries {
        known.entry(key.text.as_str()).or_insert(node);
    }
    known
}
