//! What mappings share with their version: steps that `use` those of the version, and named values that are laid over those of the version.

use std::collections::HashMap;

use mapwright_findings::rules::unknown_step;
use mapwright_findings::{KnownNames, Reports, Unread};

use crate::inherit::{Shape, merge, without};
use crate::size::{Nodes, nodes_in};
use crate::yaml::{Data, Key, Node};

/// What the mappings of a version share: its steps and named values.
#[derive(Debug)]
pub(crate) struct Shared<'n> {
    by_name: HashMap<&'n str, &'n Node>,
    known: KnownNames,
    values: HashMap<&'n str, &'n (Key, Node)>,
}

impl<'n> Shared<'n> {
    /// Returns what a version shares.
    pub(crate) fn of(version: &'n Node) -> Self {
        let values = version.get("values").and_then(Node::as_map).unwrap_or_default();
        let values = values.iter().map(|entry| (entry.0.text.as_str(), entry)).collect();
        let steps = version.get("steps").and_then(Node::as_map).unwrap_or_default();
        let names = steps.iter().map(|(key, _)| key.text.as_str());
        Self { by_name: by_key(steps), known: KnownNames::new(names, Unread::default()), values }
    }

    /// Lays the named values of a mapping over those of the version.
    pub(crate) fn lay_values(&self, mapping: &Node, reports: &mut Reports) -> Node {
        let (Some(values), Data::Map(entries)) = (mapping.get("values"), &mapping.data) else {
            return mapping.clone();
        };
        let below = Node { span: values.span, data: Data::Map(self.named_by(values)) };
        let laid = merge(&below, values, Shape::Values, reports);
        let entries = entries.iter().map(|(key, node)| match key.text.as_str() {
            "values" => (key.clone(), laid.clone()),
            _ => (key.clone(), node.clone()),
        });
        Node { span: mapping.span, data: Data::Map(entries.collect()) }
    }

    /// Adds the named values of the version that a variant changes to its mapping.
    pub(crate) fn with_values(&self, mapping: &Node, variant: &Node) -> Node {
        let changed = variant.get("values").map(|values| self.named_by(values)).unwrap_or_default();
        let Data::Map(mut entries) = mapping.data.clone() else { return mapping.clone() };
        let own = mapping.get("values").and_then(Node::as_map).unwrap_or_default();
        let of_version =
            changed.into_iter().filter(|(key, _)| own.iter().all(|(own, _)| own.text != key.text));
        let all: Vec<(Key, Node)> = own.iter().cloned().chain(of_version).collect();
        if let Some((first, _)) = all.first() {
            let key = Key { text: "values".to_owned(), span: first.span };
            entries.retain(|(key, _)| key.text != "values");
            entries.push((key, Node { span: mapping.span, data: Data::Map(all) }));
        }
        Node { span: mapping.span, data: Data::Map(entries) }
    }

    fn named_by(&self, values: &Node) -> Vec<(Key, Node)> {
        let names = values.as_map().unwrap_or_default().iter().map(|(key, _)| key.text.as_str());
        names.filter_map(|name| self.values.get(name)).map(|entry| (*entry).clone()).collect()
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
