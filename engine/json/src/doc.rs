//! A document with the values of a trie's paths.

use std::borrow::Cow;

use serde_json::Value;

use crate::found::{FoundMembers, FoundValues};
use crate::id::NodeId;
use crate::kind::Kind;
use crate::node::Node;
use crate::notes::NotedList;
use crate::scratch::Scratch;
use crate::span::Span;
use crate::text::Text;
use crate::trie::Trie;
use crate::value::{Entries, Json};

/// A document with the values of a [`Trie`]'s paths, as found by [`scan`](crate::scan()) or [`walk`](crate::walk()).
///
/// ```
/// use mapwright_json::{Doc, Limits, Member, Members, Piece, Scratch, Step, TrieBuilder, scan};
///
/// let mut paths = TrieBuilder::new();
/// let traits = paths.path(&[Step::Key("traits")])?;
/// let email = paths.step(traits, Step::Key("email"))?;
/// paths.members(traits);
/// let (trie, mut scratch) = (paths.build(), Scratch::new());
/// let text = br#"{"traits": {"email": "ada@example.com", "age": 36}}"#;
/// let doc: Doc<'_> = scan(&trie, text, &mut scratch, &Limits::default())?;
/// assert_eq!(doc.trie().len(), trie.len());
///
/// let members: Members<'_> = doc.members(traits);
/// let members: Vec<Member<'_>> = members.collect();
/// assert_eq!((members[0].node, members[1].key.as_ref()), (Some(email), "age"));
/// // a place in the text, which borrows nothing
/// let piece: Piece = doc.piece(members[0].value).expect("a piece of the text");
/// assert_eq!(doc.at(piece).and_then(|value| value.as_str()).as_deref(), Some("ada@example.com"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Doc<'d> {
    trie: &'d Trie,
    source: Source<'d>,
}

#[derive(Debug)]
enum Source<'d> {
    Text { text: &'d str, scratch: &'d Scratch },
    Tree { root: &'d Value, found: FoundValues<'d> },
}

impl<'d> Doc<'d> {
    pub(crate) fn of_text(trie: &'d Trie, text: &'d str, scratch: &'d Scratch) -> Self {
        Doc { trie, source: Source::Text { text, scratch } }
    }

    pub(crate) fn of_tree(trie: &'d Trie, root: &'d Value, found: FoundValues<'d>) -> Self {
        Doc { trie, source: Source::Tree { root, found } }
    }

    /// Returns the trie whose paths were searched.
    pub fn trie(&self) -> &'d Trie {
        self.trie
    }

    /// Returns the whole document.
    pub fn root(&self) -> Json<'d> {
        match &self.source {
            Source::Tree { root, .. } => Json::Tree(root),
            Source::Text { .. } => self.get(NodeId::ROOT).unwrap_or(Json::NULL),
        }
    }

    /// Returns the value at a node's path, if the document has it. Null is a value.
    #[inline]
    pub fn get(&self, node: NodeId) -> Option<Json<'d>> {
        match &self.source {
            Source::Text { text, scratch } => {
                scratch.slot(node).of(text).map(|text| Json::Text(Text::noted(text, scratch.notes())))
            }
            Source::Tree { found, .. } => found.get(node).map(Json::Tree),
        }
    }

    /// Returns where a value stands in the text of this document, if it is a piece of that text.
    pub fn piece(&self, value: Json<'_>) -> Option<Piece> {
        let (Source::Text { text, .. }, Json::Text(piece)) = (&self.source, value) else { return None };
        let piece = piece.as_text();
        let start = piece.as_ptr().addr().checked_sub(text.as_ptr().addr())?;
        let end = start.checked_add(piece.len()).filter(|end| *end <= text.len())?;
        Some(Piece(Span::new(start, end)))
    }

    /// Returns the value that stands there in the text of this document.
    pub fn at(&self, piece: Piece) -> Option<Json<'d>> {
        let Source::Text { text, scratch } = &self.source else { return None };
        piece.0.of(text).map(|text| Json::Text(Text::noted(text, scratch.notes())))
    }

    /// Shows the values at the paths of these nodes, one after the other and each with its place among them, until one is taken;
    /// which kind of document they stand in is asked once.
    #[inline(always)]
    pub fn offer<T: TakeOne<'d>>(&self, nodes: &[NodeId], taker: &mut T) -> Option<T::Taken> {
        match &self.source {
            Source::Text { text, scratch } => nodes.iter().enumerate().find_map(|(place, node)| {
                let found = scratch.slot(*node).of(text).map(|found| Text::noted(found, scratch.notes()));
                taker.value(place, found)
            }),
            Source::Tree { found, .. } => {
                nodes.iter().enumerate().find_map(|(place, node)| taker.value(place, found.get(*node)))
            }
        }
    }

    /// Passes the members that [`Doc::members`] lists to `taker`. Dispatches on the kind of document only once.
    ///
    /// # Errors
    /// Returns the error of `taker`.
    #[inline]
    pub fn each_member<T: TakeMembers<'d>>(&self, node: NodeId, taker: &mut T) -> Result<(), T::Stop> {
        let Members { trie, parent, source } = self.members(node);
        match source {
            MemberSource::Noted(list) => {
                for member in list {
                    if taker.wants(member.node())
                        && let (Some(key), Some(value)) = (member.key(), member.value())
                    {
                        taker.member(key, value, member.node())?;
                    }
                }
            }
            MemberSource::Found(members) => {
                for (key, value, node) in members {
                    if taker.wants(node) {
                        taker.member(Cow::Borrowed(key), value, node)?;
                    }
                }
            }
            MemberSource::Entries(entries) => {
                for (key, value) in entries {
                    let node = trie.child(parent, &key);
                    match value {
                        _ if !taker.wants(node) => {}
                        Json::Text(value) => taker.member(key, value, node)?,
                        Json::Tree(value) => taker.member(key, value, node)?,
                    }
                }
            }
        }
        Ok(())
    }

    /// Returns the direct members of the object at a node's path, in document order, each key once and with its
    /// last value. Empty if the value is not an object. Fast if the node was marked with
    /// [`TrieBuilder::members`](crate::TrieBuilder::members).
    pub fn members(&self, node: NodeId) -> Members<'d> {
        let value = self.get(node).unwrap_or(Json::NULL);
        let noted = match (&self.source, value) {
            (Source::Text { .. }, Json::Text(text)) if text.kind() == Kind::Object => {
                text.list().map(MemberSource::Noted)
            }
            (Source::Tree { found, .. }, _) => found.members(node).map(MemberSource::Found),
            _ => None,
        };
        let source = noted.unwrap_or_else(|| MemberSource::Entries(value.entries()));
        Members { trie: self.trie, parent: node, source }
    }
}

/// Where a value stands in the text of a document: see [`Doc::piece`].
#[derive(Debug, Clone, Copy)]
pub struct Piece(Span);

/// A member of an object.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Member<'d> {
    /// Its key, unquoted and unescaped.
    pub key: Cow<'d, str>,
    /// Its value.
    pub value: Json<'d>,
    /// The node that the key leads to from the object's node.
    pub node: Option<NodeId>,
}

/// Iterates over the members of an object: see [`Doc::members`].
#[derive(Debug, Clone)]
pub struct Members<'d> {
    trie: &'d Trie,
    parent: NodeId,
    source: MemberSource<'d>,
}

#[derive(Debug, Clone)]
enum MemberSource<'d> {
    /// Members that the scan recorded.
    Noted(NotedList<'d>),
    /// Members that the walk recorded.
    Found(FoundMembers<'d>),
    /// Members that are found while iterating.
    Entries(Entries<'d>),
}

impl<'d> Iterator for Members<'d> {
    type Item = Member<'d>;

    fn next(&mut self) -> Option<Member<'d>> {
        match &mut self.source {
            MemberSource::Noted(list) => {
                let member = list.next()?;
                Some(Member { key: member.key()?, value: Json::Text(member.value()?), node: member.node() })
            }
            MemberSource::Found(members) => {
                let (key, value, node) = members.next()?;
                Some(Member { key: Cow::Borrowed(key), value: Json::Tree(value), node })
            }
            MemberSource::Entries(entries) => {
                let (key, value) = entries.next()?;
                let node = self.trie.child(self.parent, &key);
                Some(Member { key, value, node })
            }
        }
    }
}

/// Receives values until it accepts one: see [`Doc::offer`].
///
/// ```
/// use mapwright_json::{Limits, Node, Scratch, Step, TakeOne, TrieBuilder, scan};
///
/// struct WriteText(Vec<u8>);
///
/// impl<'d> TakeOne<'d> for WriteText {
///     type Taken = usize;
///
///     fn value<N: Node<'d>>(&mut self, _place: usize, value: Option<N>) -> Option<usize> {
///         let value = value?;
///         let bytes = value.str_bytes()?;
///         value.write(&mut self.0);
///         Some(bytes)
///     }
/// }
///
/// let mut paths = TrieBuilder::new();
/// let nodes = [paths.path(&[Step::Key("id")])?, paths.path(&[Step::Key("name")])?];
/// let trie = paths.build();
/// let mut scratch = Scratch::new();
/// let doc = scan(&trie, br#"{"id": 7, "name": "Ada"}"#, &mut scratch, &Limits::default())?;
/// let mut first = WriteText(Vec::new());
/// assert_eq!(doc.offer(&nodes, &mut first), Some(3));
/// assert_eq!(first.0, br#""Ada""#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait TakeOne<'d> {
    /// The result for an accepted value.
    type Taken;

    /// Takes the value of the node at a place, which may have none, or continues to the next.
    fn value<N: Node<'d>>(&mut self, place: usize, value: Option<N>) -> Option<Self::Taken>;
}

/// Receives the members of an object: see [`Doc::each_member`].
///
/// ```
/// use std::borrow::Cow;
///
/// use mapwright_json::{Kind, Node, NodeId, Scratch, TakeMembers, TrieBuilder, walk};
///
/// struct Names(Vec<String>);
///
/// impl<'d> TakeMembers<'d> for Names {
///     type Stop = String;
///
///     fn wants(&self, _node: Option<NodeId>) -> bool {
///         true
///     }
///
///     fn member<N: Node<'d>>(&mut self, key: Cow<'d, str>, value: N, _node: Option<NodeId>) -> Result<(), String> {
///         if value.kind() == Kind::Object {
///             return Err(format!("{key} is nested"));
///         }
///         self.0.push(key.into_owned());
///         Ok(())
///     }
/// }
///
/// let trie = TrieBuilder::new().build();
/// let event = serde_json::json!({ "plan": "pro", "seats": 12, "address": {} });
/// let mut scratch = Scratch::new();
/// let mut names = Names(Vec::new());
/// let stopped = walk(&trie, &event, &mut scratch).each_member(NodeId::ROOT, &mut names);
/// assert_eq!(stopped, Err("address is nested".to_owned()));
/// assert_eq!(names.0, ["plan", "seats"]);
/// ```
pub trait TakeMembers<'d> {
    /// The reason to stop.
    type Stop;

    /// Returns whether it wants members whose key leads to this node. Skipping a member costs next to nothing.
    fn wants(&self, node: Option<NodeId>) -> bool;

    /// Receives a member.
    ///
    /// # Errors
    /// Returns an error to stop.
    fn member<N: Node<'d>>(
        &mut self,
        key: Cow<'d, str>,
        value: N,
        node: Option<NodeId>,
    ) -> Result<(), Self::Stop>;
}
