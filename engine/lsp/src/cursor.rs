//! What stands at a byte of a file: the way through its tree.

use mapwright_findings::Span;
use mapwright_language::yaml::{Data, Key, Node};

/// A step down a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// The value of this key.
    Key(String),
    /// The item at this position.
    Item(usize),
}

/// What stands at a byte.
#[derive(Debug)]
pub(crate) struct Cursor<'n> {
    /// The way to it: of a key, that to its value.
    pub path: Vec<Step>,
    /// The nodes on the way, from the outermost one; the last is the value itself.
    pub nodes: Vec<&'n Node>,
    /// The key, if it is on one.
    pub key: Option<&'n Key>,
}

impl<'n> Cursor<'n> {
    /// The key or the scalar at a byte.
    pub(crate) fn at(root: &'n Node, byte: usize) -> Option<Self> {
        let mut cursor = Self { path: Vec::new(), nodes: vec![root], key: None };
        cursor.find(root, byte as u32).then_some(cursor)
    }

    fn find(&mut self, node: &'n Node, byte: u32) -> bool {
        match &node.data {
            Data::Map(entries) => {
                for (key, value) in entries {
                    self.path.push(Step::Key(key.text.clone()));
                    self.nodes.push(value);
                    if holds(key.span, byte) {
                        self.key = Some(key);
                        return true;
                    }
                    if self.find(value, byte) {
                        return true;
                    }
                    self.path.pop();
                    self.nodes.pop();
                }
                false
            }
            Data::List(items) => {
                for (at, item) in items.iter().enumerate() {
                    self.path.push(Step::Item(at));
                    self.nodes.push(item);
                    if self.find(item, byte) {
                        return true;
                    }
                    self.path.pop();
                    self.nodes.pop();
                }
                false
            }
            Data::Null => false,
            _ => holds(node.span, byte),
        }
    }

    /// The value.
    pub(crate) fn node(&self) -> Option<&'n Node> {
        self.nodes.last().copied()
    }

    /// The key of the step so many steps before the last, if it is one.
    pub(crate) fn key_before(&self, back: usize) -> Option<&str> {
        match self.path.iter().rev().nth(back)? {
            Step::Key(key) => Some(key),
            Step::Item(_) => None,
        }
    }

    /// The keys on the way, without positions in lists.
    pub(crate) fn keys(&self) -> Vec<&str> {
        let keys = self.path.iter().filter_map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::Item(_) => None,
        });
        keys.collect()
    }

    /// Where it stands.
    pub(crate) fn span(&self) -> Option<Span> {
        self.key.map(|key| key.span).or_else(|| self.node().map(|node| node.span))
    }
}

/// Whether a byte is in a span, or right behind it.
pub(crate) fn holds(span: Span, byte: u32) -> bool {
    span.start <= byte && byte <= span.end
}

/// The byte behind everything in a node.
pub(crate) fn end(node: &Node) -> usize {
    let inner = match &node.data {
        Data::Map(entries) => entries.iter().map(|(key, value)| end(value).max(key.span.end as usize)).max(),
        Data::List(items) => items.iter().map(end).max(),
        Data::Null => Some(node.span.start as usize),
        _ => None,
    };
    inner.unwrap_or(0).max(if matches!(node.data, Data::Null) { 0 } else { node.span.end as usize })
}

/// The node at the end of a way of keys.
pub(crate) fn below<'n>(node: &'n Node, keys: &[&str]) -> Option<&'n Node> {
    keys.iter().try_fold(node, |node, key| node.get(key))
}
