//! Documents that are already parsed.

use std::ops::Range;

use serde_json::{Map, Value};

use crate::doc::Doc;
use crate::fingerprint::Fingerprint;
use crate::found::{FoundValues, Walked};
use crate::id::NodeId;
use crate::scratch::Scratch;
use crate::trie::{Noting, Trie, TrieNode};

/// Finds the values of a trie's paths in a parsed document.
pub fn walk<'d>(trie: &'d Trie, value: &'d Value, scratch: &'d mut Scratch) -> Doc<'d> {
    let walked = scratch.walked();
    walked.reset(trie);
    let Walked { places, children, lists } = walked;
    let values = Vec::with_capacity(trie.len().min(USUAL));
    let mut walker = Walker { trie, places, children, lists, values };
    walker.visit(NodeId::ROOT, value);
    let values = walker.values;
    Doc::of_tree(trie, value, FoundValues { values, walked: scratch.walked() })
}

/// The most paths of a trie that an ordinary document has.
const USUAL: usize = 96;

struct Walker<'w, 'd> {
    trie: &'w Trie,
    places: &'w mut [u16],
    children: &'w mut Vec<NodeId>,
    lists: &'w mut Vec<(NodeId, Range<usize>)>,
    values: Vec<&'d Value>,
}

impl<'d> Walker<'_, 'd> {
    #[inline(always)]
    fn visit(&mut self, node: NodeId, value: &'d Value) {
        if let Some(place) = self.places.get_mut(node.index()) {
            self.values.push(value);
            // there are at most as many values as nodes
            *place = self.values.len() as u16;
            match value {
                Value::Object(members) => self.visit_members(node, members),
                Value::Array(items) => self.visit_items(node, items),
                _ => {}
            }
        }
    }

    /// Visits the members of an object, as deep as the trie goes.
    fn visit_members(&mut self, node: NodeId, members: &'d Map<String, Value>) {
        let Some(plan) = self.trie.node(node) else { return };
        if plan.noting() != Noting::Value {
            self.visit_noting(node, plan, members);
        } else if !plan.keys().is_empty() {
            for (key, value) in members {
                self.visit(child(plan, key), value);
            }
        }
    }

    fn visit_items(&mut self, node: NodeId, items: &'d [Value]) {
        let Some(plan) = self.trie.node(node) else { return };
        for &(index, child) in plan.items() {
            if let Some(item) = items.get(index) {
                self.visit(child, item);
            }
        }
    }

    /// Visits an object whose members are listed.
    fn visit_noting(&mut self, node: NodeId, plan: &TrieNode, members: &'d Map<String, Value>) {
        let start = self.children.len();
        let end = start + members.len();
        self.children.resize(end, NodeId::NOWHERE);
        self.lists.push((node, start..end));
        for ((key, value), place) in members.iter().zip(start..) {
            let child = child(plan, key);
            if let Some(noted) = self.children.get_mut(place) {
                *noted = child;
            }
            self.visit(child, value);
        }
    }
}

/// Returns the child of a node for a key.
#[inline(always)]
fn child(plan: &TrieNode, key: &str) -> NodeId {
    let key = key.as_bytes();
    plan.keys().get(Fingerprint::of(key), || Some(key))
}
