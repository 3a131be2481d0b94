//! The requested paths, merged into a trie.

use std::collections::HashMap;
use std::ops::Range;

use thiserror::Error;

use crate::fingerprint::Fingerprint;
use crate::id::NodeId;
use crate::keys::Keys;

/// One step of a path.
///
/// It is exhaustive: objects and lists are all that has something inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step<'a> {
    /// Into the member of an object with this key.
    Key(&'a str),
    /// Into the item of an array at this index, counted from 0.
    Index(usize),
}

impl<'a> From<&'a str> for Step<'a> {
    fn from(key: &'a str) -> Self {
        Step::Key(key)
    }
}

impl From<usize> for Step<'_> {
    fn from(index: usize) -> Self {
        Step::Index(index)
    }
}

/// An error about a path that cannot be added to a [`TrieBuilder`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TrieError {
    /// The trie is full.
    #[error("the paths have more than {limit} different steps in all: read fewer paths")]
    TooManyNodes {
        /// The most nodes that a trie can have.
        limit: usize,
    },
}

/// Collects paths for a [`Trie`].
///
/// ```
/// use mapwright_json::{NodeId, Step, Trie, TrieBuilder, TrieError};
///
/// let mut paths = TrieBuilder::new();
/// let traits: NodeId = paths.path(&[Step::Key("traits")])?;
/// let tags = paths.step(traits, Step::Key("tags"))?;
/// let first: Result<NodeId, TrieError> = paths.step(tags, Step::Index(0));
/// let first = first?;
/// assert_eq!(paths.parent(first), Some(tags));
/// // the names in `traits` will be listed, and everything in `tags` is read
/// paths.members(traits);
/// paths.items(tags);
/// paths.inside(tags);
///
/// let trie: Trie = paths.build();
/// assert_eq!((trie.child(traits, "tags"), trie.item(tags, 0)), (Some(tags), Some(first)));
/// assert_eq!((trie.parent(first), trie.step(first)), (Some(tags), Some(Step::Index(0))));
/// assert!(trie.is_within(first, traits) && !trie.is_within(traits, first));
/// assert!(trie.nodes().map(NodeId::index).eq(0..trie.len()));
/// # Ok::<(), mapwright_json::TrieError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct TrieBuilder {
    /// All nodes but the root.
    nodes: Vec<Draft>,
    known: HashMap<(NodeId, OwnedStep), NodeId>,
    root: Noting,
}

/// What the scan records at a node.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Noting {
    /// The position of the value.
    #[default]
    Value,
    /// Also its direct members, if it is an object.
    Members,
    /// Also its items, if it is an array, and the direct members of what is in it.
    Items,
    /// Also everything nested in them.
    Inside,
}

impl Noting {
    /// What is recorded of the values in a value of which this is.
    #[inline(always)]
    pub(crate) fn nested(self) -> Noting {
        match self {
            Noting::Inside => Noting::Inside,
            Noting::Items => Noting::Members,
            Noting::Members | Noting::Value => Noting::Value,
        }
    }
}

#[derive(Debug, Clone)]
struct Draft {
    parent: NodeId,
    step: OwnedStep,
    noting: Noting,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum OwnedStep {
    Key(Box<str>),
    Index(usize),
}

impl OwnedStep {
    fn as_step(&self) -> Step<'_> {
        match self {
            OwnedStep::Key(key) => Step::Key(key),
            OwnedStep::Index(index) => Step::Index(*index),
        }
    }
}

impl From<Step<'_>> for OwnedStep {
    fn from(step: Step<'_>) -> Self {
        match step {
            Step::Key(key) => OwnedStep::Key(key.into()),
            Step::Index(index) => OwnedStep::Index(index),
        }
    }
}

impl TrieBuilder {
    /// The most nodes that a trie can have, including the root.
    pub const MAX_NODES: usize = u16::MAX as usize;

    /// Returns a builder that contains only the root.
    pub fn new() -> Self {
        TrieBuilder::default()
    }

    /// Adds a path from the root, and all its prefixes. The same path always has the same node.
    pub fn path(&mut self, steps: &[Step<'_>]) -> Result<NodeId, TrieError> {
        steps.iter().try_fold(NodeId::ROOT, |node, step| self.step(node, *step))
    }

    /// Adds the path that leads from a node one step further.
    pub fn step(&mut self, parent: NodeId, step: Step<'_>) -> Result<NodeId, TrieError> {
        let edge = (parent, OwnedStep::from(step));
        if let Some(&node) = self.known.get(&edge) {
            return Ok(node);
        }
        let limit = TrieBuilder::MAX_NODES;
        let node = match u16::try_from(self.nodes.len() + 1) {
            Ok(id) if usize::from(id) < limit => NodeId(id),
            _ => return Err(TrieError::TooManyNodes { limit }),
        };
        self.nodes.push(Draft { parent, step: edge.1.clone(), noting: Noting::Value });
        self.known.insert(edge, node);
        Ok(node)
    }

    /// Returns the node's parent; `None` for the root.
    pub fn parent(&self, node: NodeId) -> Option<NodeId> {
        self.nodes.get(node.index().checked_sub(1)?).map(|draft| draft.parent)
    }

    /// Marks a node whose direct members will be listed with [`Doc::members`](crate::Doc::members), so that
    /// the scan records them.
    pub fn members(&mut self, node: NodeId) {
        self.note(node, Noting::Members);
    }

    /// Marks a node whose items will be read, and direct members of them, so that the scan records these.
    pub fn items(&mut self, node: NodeId) {
        self.note(node, Noting::Items);
    }

    /// Marks a node whose whole value will be read, so that the scan records all members and items in
    /// it, at every level. Otherwise they are searched on demand.
    pub fn inside(&mut self, node: NodeId) {
        self.note(node, Noting::Inside);
    }

    fn note(&mut self, node: NodeId, noting: Noting) {
        let noted = match node.index().checked_sub(1) {
            None => Some(&mut self.root),
            Some(place) => self.nodes.get_mut(place).map(|draft| &mut draft.noting),
        };
        if let Some(noted) = noted {
            *noted = noting.max(*noted);
        }
    }

    /// Returns the finished trie. Nodes keep their ids.
    pub fn build(self) -> Trie {
        let mut nodes = Vec::with_capacity(self.nodes.len() + 1);
        let mut keys: Vec<Vec<(Box<str>, NodeId)>> = vec![Vec::new(); self.nodes.len() + 1];
        nodes.push(TrieNode { noting: self.root, ..TrieNode::default() });
        for (draft, id) in self.nodes.into_iter().zip(1..) {
            nodes.push(TrieNode {
                noting: draft.noting,
                edge: Some((draft.parent, draft.step.clone())),
                ..TrieNode::default()
            });
            match draft.step {
                OwnedStep::Key(key) => {
                    if let Some(keys) = keys.get_mut(draft.parent.index()) {
                        keys.push((key, NodeId(id)));
                    }
                }
                OwnedStep::Index(index) => {
                    if let Some(parent) = nodes.get_mut(draft.parent.index()) {
                        parent.items.push((index, NodeId(id)));
                    }
                }
            }
        }
        for (node, keys) in nodes.iter_mut().zip(keys) {
            node.keys = Keys::new(&keys);
            node.items.sort_unstable();
        }
        let order = number(&mut nodes);
        Trie { nodes: nodes.into(), order, nothing: TrieNode::default() }
    }
}

/// Numbers the nodes so that each subtree is one range, and returns the nodes in that order.
fn number(nodes: &mut [TrieNode]) -> Box<[NodeId]> {
    // children come after their parents, so one backward pass sums up the sizes …
    let mut sizes = vec![1_usize; nodes.len()];
    for (id, node) in nodes.iter().enumerate().rev() {
        let size = sizes.get(id).copied().unwrap_or_default();
        if let Some(parent) = node.parent().and_then(|parent| sizes.get_mut(parent.index())) {
            *parent += size;
        }
    }
    // … and one forward pass assigns the ranges
    let mut next: Vec<usize> = vec![1; nodes.len()];
    let mut order = vec![NodeId::ROOT; nodes.len()];
    for id in 0..nodes.len() {
        let size = sizes.get(id).copied().unwrap_or_default();
        let parent = nodes.get(id).and_then(TrieNode::parent);
        let start = match parent.and_then(|parent| next.get_mut(parent.index())) {
            Some(place) => {
                *place += size;
                *place - size
            }
            None => 0,
        };
        if let (Some(node), Some(next)) = (nodes.get_mut(id), next.get_mut(id)) {
            node.subtree = start..start + size;
            *next = start + 1;
        }
        if let Some(place) = order.get_mut(start) {
            *place = NodeId(id as u16);
        }
    }
    order.into()
}

/// An immutable set of paths, ready for [`scan`](crate::scan()) and [`walk`](crate::walk()).
#[derive(Debug, Clone)]
pub struct Trie {
    nodes: Box<[TrieNode]>,
    /// All nodes, parents directly before their subtrees.
    order: Box<[NodeId]>,
    /// The node of values that no path leads to.
    nothing: TrieNode,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct TrieNode {
    keys: Keys,
    items: Vec<(usize, NodeId)>,
    noting: Noting,
    /// The range of the node and its descendants in `Trie::order`.
    subtree: Range<usize>,
    /// The parent and the last step; `None` for the root.
    edge: Option<(NodeId, OwnedStep)>,
}

impl TrieNode {
    fn parent(&self) -> Option<NodeId> {
        self.edge.as_ref().map(|(parent, _)| *parent)
    }

    /// Returns whether members of an object are requested here.
    #[inline(always)]
    pub(crate) fn wants_members(&self) -> bool {
        self.noting != Noting::Value || !self.keys.is_empty()
    }

    /// Returns whether items of an array are requested here.
    #[inline(always)]
    pub(crate) fn wants_items(&self) -> bool {
        self.noting >= Noting::Items || !self.items.is_empty()
    }

    /// Returns what the scan records here.
    #[inline(always)]
    pub(crate) fn noting(&self) -> Noting {
        self.noting
    }

    /// Returns the requested items of an array, in order.
    #[inline(always)]
    pub(crate) fn items(&self) -> &[(usize, NodeId)] {
        &self.items
    }

    /// Returns the children by key.
    #[inline(always)]
    pub(crate) fn keys(&self) -> &Keys {
        &self.keys
    }
}

impl Trie {
    /// Returns the number of nodes, which includes the root.
    #[expect(clippy::len_without_is_empty, reason = "a trie is never empty")]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Returns all nodes, parents before their children.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = NodeId> + use<> {
        (0..self.nodes.len() as u16).map(NodeId)
    }

    /// Returns the node that `key` leads to from `node`.
    pub fn child(&self, node: NodeId, key: &str) -> Option<NodeId> {
        let key = key.as_bytes();
        self.node(node)?.keys.get(Fingerprint::of(key), || Some(key)).somewhere()
    }

    /// Returns the node that the item at `index` leads to from `node`.
    pub fn item(&self, node: NodeId, index: usize) -> Option<NodeId> {
        let items = self.node(node)?.items();
        items.iter().find(|(wanted, _)| *wanted == index).map(|(_, child)| *child)
    }

    /// Returns the node's parent; `None` for the root.
    pub fn parent(&self, node: NodeId) -> Option<NodeId> {
        self.node(node)?.parent()
    }

    /// Returns the last step of the node's path; `None` for the root.
    pub fn step(&self, node: NodeId) -> Option<Step<'_>> {
        self.node(node)?.edge.as_ref().map(|(_, step)| step.as_step())
    }

    /// Returns the node's path from the root.
    pub fn path(&self, node: NodeId) -> Vec<Step<'_>> {
        let mut steps = Vec::new();
        let mut at = node;
        while let (Some(step), Some(parent)) = (self.step(at), self.parent(at)) {
            steps.push(step);
            at = parent;
        }
        steps.reverse();
        steps
    }

    /// Returns whether `node` is `ancestor` or one of its descendants.
    pub fn is_within(&self, node: NodeId, ancestor: NodeId) -> bool {
        match (self.node(node), self.node(ancestor)) {
            (Some(node), Some(ancestor)) => ancestor.subtree.contains(&node.subtree.start),
            _ => false,
        }
    }

    /// Returns the node of values that no path leads to.
    #[inline(always)]
    pub(crate) fn nothing(&self) -> &TrieNode {
        &self.nothing
    }

    #[inline(always)]
    pub(crate) fn node(&self, node: NodeId) -> Option<&TrieNode> {
        self.nodes.get(node.index())
    }

    /// Returns the node and its descendants.
    pub(crate) fn subtree(&self, node: NodeId) -> &[NodeId] {
        self.node(node).and_then(|node| self.order.get(node.subtree.clone())).unwrap_or_default()
    }
}
