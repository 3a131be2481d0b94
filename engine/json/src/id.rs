//! The names of the nodes of a trie.

/// A node of a [`Trie`](crate::Trie): one path, and the slot of a [`Doc`](crate::Doc) for the value found there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(crate) u16);

impl NodeId {
    /// The empty path: the document itself.
    pub const ROOT: NodeId = NodeId(0);

    /// The id of no node.
    pub(crate) const NOWHERE: NodeId = NodeId(u16::MAX);

    /// Returns the node, unless this is [`NodeId::NOWHERE`].
    #[inline]
    pub(crate) fn somewhere(self) -> Option<NodeId> {
        (self != NodeId::NOWHERE).then_some(self)
    }

    /// Returns the node's place in its trie: from 0 to [`Trie::len`](crate::Trie::len) exclusive, parents before their children.
    #[inline]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}
