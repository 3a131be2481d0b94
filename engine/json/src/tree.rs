//! Documents that are already parsed.

use std::ops::Range;

use serde_json::{Map, Value};

use crate::doc::Doc;
use crate::fingerprint::Fingerprint;
use crate::scan::Scratch;
use crate::trie::{Node, NodeId, Noting, Trie};

/// Finds the values of a trie's paths in a parsed document.
pub fn walk<'d>(trie: &'d Trie, value: &'d Value, scratch: &'d mut Scratch) -> Doc<'d> {
    let walked = scratch.walked();
    walked.reset(trie);
    let Walked { places, children, lists } = walked;
    let values = Vec::with_capacity(trie.len().min(USUAL));
    let mut walker = Walker { trie, places, children, lists, values };
    walker.visit(NodeId::ROOT, value);
    let values = walker.values;
    Doc::of_tree(trie, value, Found { values, walked: scratch.walked() })
}

/// The most paths of a trie that an ordinary document has.
const USUAL: usize = 96;

/// Buffers with a larger capacity are freed before the next document.
const KEPT: usize = 1 << 14;

/// The buffers of a walk.
#[derive(Debug, Default)]
pub(crate) struct Walked {
    /// The position of each node's value, counted from 1.
    places: Vec<u16>,
    /// The nodes of the members of objects whose members are listed.
    children: Vec<NodeId>,
    /// The ranges of these nodes, by the node of the object.
    lists: Vec<(NodeId, Range<usize>)>,
}

impl Walked {
    fn reset(&mut self, trie: &Trie) {
        if self.children.capacity() > KEPT {
            *self = Walked::default();
        }
        self.places.clear();
        self.places.resize(trie.len(), 0);
        self.children.clear();
        self.lists.clear();
    }
}

/// The results of a walk.
#[derive(Debug)]
pub(crate) struct Found<'d> {
    values: Vec<&'d Value>,
    walked: &'d Walked,
}

impl<'d> Found<'d> {
    /// Returns the value at a node's path.
    #[inline(always)]
    pub(crate) fn get(&self, node: NodeId) -> Option<&'d Value> {
        let place = self.walked.places.get(node.index())?.checked_sub(1)?;
        self.values.get(usize::from(place)).copied()
    }

    /// Returns the members of the object at a node's path with their nodes, if the node was marked for it.
    #[inline]
    pub(crate) fn members(&self, node: NodeId) -> Option<FoundMembers<'d>> {
        let (_, range) = self.walked.lists.iter().find(|(noted, _)| *noted == node)?;
        let children = self.walked.children.get(range.clone())?;
        Some(FoundMembers { members: self.get(node)?.as_object()?.iter(), children: children.iter() })
    }
}

/// Iterates over the members of an object.
#[derive(Debug, Clone)]
pub(crate) struct FoundMembers<'d> {
    members: serde_json::map::Iter<'d>,
    children: std::slice::Iter<'d, NodeId>,
}

impl<'d> Iterator for FoundMembers<'d> {
    type Item = (&'d str, &'d Value, Option<NodeId>);

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        let (key, value) = self.members.next()?;
        Some((key, value, self.children.next()?.somewhere()))
    }
}

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
    fn visit_noting(&mut self, node: NodeId, plan: &Node, members: &'d Map<String, Value>) {
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
fn child(plan: &Node, key: &str) -> NodeId {
    let key = key.as_bytes();
    plan.keys().get(Fingerprint::of(key), || Some(key))
}
