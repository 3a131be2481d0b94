//! The same view on a document that is already parsed.

use std::ops::Range;

use serde_json::Value;

use crate::doc::Doc;
use crate::fingerprint::Fingerprint;
use crate::trie::{NodeId, Noting, Trie};

/// Finds the values of a trie's paths in a parsed document.
pub fn walk<'d>(trie: &'d Trie, value: &'d Value) -> Doc<'d> {
    let mut found = Found { slots: vec![None; trie.len()], members: Vec::new(), lists: Vec::new() };
    found.visit(trie, NodeId::ROOT, value);
    Doc::of_tree(trie, value, found)
}

/// What a walk has found.
#[derive(Debug)]
pub(crate) struct Found<'d> {
    slots: Vec<Option<&'d Value>>,
    /// The members of the objects whose members are going to be listed.
    members: Vec<FoundMember<'d>>,
    /// Where they stand, by the node of the object.
    lists: Vec<(NodeId, Range<usize>)>,
}

/// A member of an object.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FoundMember<'d> {
    pub(crate) key: &'d str,
    pub(crate) value: &'d Value,
    /// The trie's child for the key, or nowhere.
    pub(crate) node: NodeId,
}

impl<'d> Found<'d> {
    /// The value at a node's path.
    #[inline(always)]
    pub(crate) fn get(&self, node: NodeId) -> Option<&'d Value> {
        self.slots.get(node.index()).copied().flatten()
    }

    /// The members of the object at a node's path, if the node was marked for that.
    #[inline]
    pub(crate) fn members(&self, node: NodeId) -> Option<&[FoundMember<'d>]> {
        let (_, range) = self.lists.iter().find(|(noted, _)| *noted == node)?;
        self.members.get(range.clone())
    }

    #[inline(always)]
    fn visit(&mut self, trie: &Trie, node: NodeId, value: &'d Value) {
        if let Some(slot) = self.slots.get_mut(node.index()) {
            *slot = Some(value);
            if let Value::Object(_) | Value::Array(_) = value {
                self.visit_inside(trie, node, value);
            }
        }
    }

    /// Goes as deep as the trie does.
    fn visit_inside(&mut self, trie: &Trie, node: NodeId, value: &'d Value) {
        let Some(plan) = trie.node(node) else { return };
        match value {
            Value::Object(members) if plan.noting() != Noting::Value => {
                let start = self.members.len();
                self.members.extend(members.iter().map(|(key, value)| FoundMember {
                    key,
                    value,
                    node: plan.keys().get(Fingerprint::of(key.as_bytes()), || Some(key.as_bytes())),
                }));
                let range = start..self.members.len();
                self.lists.push((node, range.clone()));
                for place in range {
                    if let Some(&FoundMember { value, node, .. }) = self.members.get(place) {
                        self.visit(trie, node, value);
                    }
                }
            }
            Value::Object(members) if !plan.keys().is_empty() => {
                for (key, value) in members {
                    let key = key.as_bytes();
                    self.visit(trie, plan.keys().get(Fingerprint::of(key), || Some(key)), value);
                }
            }
            Value::Array(items) => {
                for &(index, child) in plan.items() {
                    if let Some(item) = items.get(index) {
                        self.visit(trie, child, item);
                    }
                }
            }
            _ => {}
        }
    }
}
