//! What a walk through a parsed document has found.

use std::ops::Range;

use serde_json::Value;

use crate::id::NodeId;
use crate::trie::Trie;

/// Buffers with a larger capacity are freed before the next document.
const KEPT: usize = 1 << 14;

/// The buffers of a walk.
#[derive(Debug, Default)]
pub(crate) struct Walked {
    /// The position of each node's value, counted from 1.
    pub(crate) places: Vec<u16>,
    /// The nodes of the members of objects whose members are listed.
    pub(crate) children: Vec<NodeId>,
    /// The ranges of these nodes, by the node of the object.
    pub(crate) lists: Vec<(NodeId, Range<usize>)>,
}

impl Walked {
    pub(crate) fn reset(&mut self, trie: &Trie) {
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
pub(crate) struct FoundValues<'d> {
    pub(crate) values: Vec<&'d Value>,
    pub(crate) walked: &'d Walked,
}

impl<'d> FoundValues<'d> {
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
