//! The members and items that a scan records. A duplicate key is recorded once, at the position of its first occurrence and with the value of
//! its last.

use std::borrow::Cow;

use crate::id::NodeId;
use crate::members::{Key, Seen, group_by_key, have_same_hash};
use crate::span::Span;

/// A member of a recorded object, or an item of a recorded array, which has no key.
#[derive(Debug, Clone, Copy)]
struct Noted {
    key: Key,
    value: Span,
    /// The index of the next member or item of the same container, after everything nested in this one.
    next: u32,
    /// The trie's child for the key, or [`NodeId::NOWHERE`].
    node: NodeId,
}

/// The members of objects and the items of arrays, in the order in which they start. Each container is a chain of entries, since
/// containers are nested.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lists {
    members: Vec<Noted>,
    /// A buffer for hashes of keys.
    hashes: Vec<u32>,
}

/// A chain, or the rest of one: from its first entry to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct List {
    first: u32,
    end: u32,
}

/// A chain that is still growing.
#[derive(Debug, Default)]
pub(crate) struct OpenList {
    first: u32,
    seen: Seen,
}

impl OpenList {
    /// Returns the first chain.
    pub(crate) fn new() -> Self {
        OpenList::default()
    }

    /// Records that a key is a duplicate.
    pub(crate) fn repeats(&mut self) {
        self.seen.repeated = true;
    }
}

impl Lists {
    fn clear(&mut self) {
        self.members.clear();
    }

    #[inline(always)]
    fn open(&self) -> OpenList {
        OpenList { first: self.members.len() as u32, ..OpenList::default() }
    }

    /// Adds a member.
    #[inline(always)]
    pub(crate) fn push(&mut self, open: &mut OpenList, key: Key, value: Span, node: NodeId) {
        let place = self.start(open, key, node);
        self.end(place, value);
    }

    /// Adds a member whose value follows later, and returns its position. For keys with a node, the caller detects
    /// duplicates.
    #[inline(always)]
    fn start(&mut self, open: &mut OpenList, key: Key, node: NodeId) -> usize {
        if node == NodeId::NOWHERE {
            open.seen.add(key);
        }
        self.start_item(key, node)
    }

    #[inline(always)]
    fn start_item(&mut self, key: Key, node: NodeId) -> usize {
        let place = self.members.len();
        self.members.push(Noted { key, value: Span::default(), next: 0, node });
        place
    }

    /// Completes the member at a position, after everything nested in it was added.
    #[inline(always)]
    fn end(&mut self, place: usize, value: Span) {
        let next = self.members.len() as u32;
        if let Some(member) = self.members.get_mut(place) {
            member.value = value;
            member.next = next;
        }
    }

    /// Ends a chain.
    #[inline(always)]
    pub(crate) fn close(&mut self, open: &OpenList, text: &str) -> List {
        let list = List { first: open.first, end: self.members.len() as u32 };
        if open.seen.repeated && self.has_same_hash(list) {
            self.unite(list, text);
        }
        list
    }

    #[inline(never)]
    fn has_same_hash(&mut self, list: List) -> bool {
        let Lists { members, hashes } = self;
        let mut rest = list;
        let next = || next(members, &mut rest).map(|member| member.key);
        have_same_hash(std::iter::from_fn(next), hashes)
    }

    /// Keeps one member per key.
    #[cold]
    #[inline(never)]
    fn unite(&mut self, list: List, text: &str) {
        let members = &mut self.members;
        let next = |place: &u32| members.get(*place as usize).map(|member| member.next);
        let mut places: Vec<u32> =
            std::iter::successors(Some(list.first), next).take_while(|place| *place < list.end).collect();
        let mut kept = Vec::with_capacity(places.len());
        let key = |place: u32| members.get(place as usize).map(|member| member.key);
        group_by_key(&mut places, text, key, |same| {
            if let (Some(first), Some(last)) = (same.first(), same.last()) {
                kept.push((*first, *last));
            }
        });
        kept.sort_unstable();
        let nexts: Vec<u32> = kept.iter().skip(1).map(|(first, _)| *first).chain([list.end]).collect();
        for ((first, last), next) in kept.into_iter().zip(nexts) {
            let last = members.get(last as usize).copied();
            if let (Some(member), Some(last)) = (members.get_mut(first as usize), last) {
                *member = Noted { key: last.key, value: last.value, next, node: member.node };
            }
        }
    }

    /// Removes and returns the first member of a chain.
    #[inline(always)]
    fn next(&self, list: &mut List) -> Option<&Noted> {
        next(&self.members, list)
    }
}

#[inline(always)]
fn next<'m>(members: &'m [Noted], list: &mut List) -> Option<&'m Noted> {
    if list.first >= list.end {
        return None;
    }
    let member = members.get(list.first as usize)?;
    list.first = member.next;
    Some(member)
}

/// The members of an object that no scan recorded.
#[derive(Debug, Clone)]
pub(crate) struct OwnList<'d> {
    text: &'d str,
    lists: Lists,
    list: List,
}

impl<'d> OwnList<'d> {
    pub(crate) fn new(text: &'d str, mut lists: Lists, open: &OpenList) -> Self {
        let list = lists.close(open, text);
        OwnList { text, lists, list }
    }
}

impl<'d> Iterator for OwnList<'d> {
    type Item = (Cow<'d, str>, &'d str);

    fn next(&mut self) -> Option<Self::Item> {
        let member = self.lists.next(&mut self.list)?;
        Some((member.key.name(self.text)?, member.value.of(self.text)?))
    }
}

/// The records of a scan about a document.
#[derive(Debug, Clone, Default)]
pub(crate) struct Notes {
    /// The address of the document, which identifies parts of it.
    base: usize,
    lists: Lists,
    /// The recorded objects and arrays, by the position of their start.
    chains: Vec<(u32, List)>,
    /// Whether the text is in the form that this crate writes: without whitespace and duplicate keys.
    written: bool,
}

/// The records of all texts that this crate has written.
pub(crate) static WRITTEN: Notes = Notes {
    base: 0,
    lists: Lists { members: Vec::new(), hashes: Vec::new() },
    chains: Vec::new(),
    written: true,
};

/// An object or array that is being recorded.
#[derive(Debug)]
pub(crate) struct OpenNote {
    place: usize,
    list: OpenList,
}

/// The position of a member or item that is being recorded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place(usize);

impl Place {
    /// The position of a member or item that is not recorded.
    pub(crate) const NONE: Place = Place(usize::MAX);
}

/// The chain of a container that was not recorded completely.
const UNKNOWN: List = List { first: u32::MAX, end: u32::MAX };

/// Buffers with a larger capacity are freed before the next document.
const KEPT: usize = 1 << 14;

impl Notes {
    pub(crate) fn reset(&mut self, text: &str, written: bool) {
        if self.lists.members.capacity() > KEPT {
            *self = Notes::default();
        }
        (self.base, self.written) = (text.as_ptr().addr(), written);
        self.lists.clear();
        self.chains.clear();
    }

    /// Opens the object or array at `start`, which must be after all that were opened before.
    #[inline(always)]
    pub(crate) fn open(&mut self, start: usize) -> OpenNote {
        let place = self.chains.len();
        self.chains.push((start as u32, UNKNOWN));
        OpenNote { place, list: self.lists.open() }
    }

    /// Adds a member to an object, and returns its position. Its value follows later.
    #[inline(always)]
    pub(crate) fn member(&mut self, open: &mut OpenNote, key: Key, node: NodeId) -> Place {
        Place(self.lists.start(&mut open.list, key, node))
    }

    /// Adds an item to an array, and returns its position. Its value follows later.
    #[inline(always)]
    pub(crate) fn item(&mut self, node: NodeId) -> Place {
        Place(self.lists.start_item(Key::default(), node))
    }

    /// Completes the member or item at a position.
    #[inline(always)]
    pub(crate) fn complete(&mut self, place: Place, value: Span) {
        self.lists.end(place.0, value);
    }

    /// Closes an object or array.
    #[inline(always)]
    pub(crate) fn close(&mut self, open: &OpenNote, text: &str) {
        if let Some((_, chain)) = self.chains.get_mut(open.place) {
            *chain = self.lists.close(&open.list, text);
        }
    }

    /// Returns whether the text is in the form that this crate writes.
    #[inline]
    pub(crate) fn is_written(&self) -> bool {
        self.written
    }

    /// Returns the content of a part of the document, if it was recorded.
    #[inline]
    pub(crate) fn list<'d>(&'d self, text: &'d str) -> Option<NotedList<'d>> {
        let offset = text.as_ptr().addr().wrapping_sub(self.base);
        let start = u32::try_from(offset).ok()?;
        let place = self.chains.binary_search_by_key(&start, |(start, _)| *start).ok()?;
        let (_, list) = *self.chains.get(place).filter(|(_, list)| *list != UNKNOWN)?;
        Some(NotedList { text, offset, notes: self, list })
    }
}

impl OpenNote {
    /// Records that a key is a duplicate.
    pub(crate) fn repeats(&mut self) {
        self.list.repeats();
    }
}

/// Iterates over a recorded object or array.
#[derive(Debug, Clone)]
pub(crate) struct NotedList<'d> {
    /// The object or array.
    text: &'d str,
    /// The position of its start in the document.
    offset: usize,
    notes: &'d Notes,
    list: List,
}

impl<'d> NotedList<'d> {
    /// Returns the value of the member with a name, a piece of the document that is noted.
    pub(crate) fn get(mut self, name: &str) -> Option<(&'d str, &'d Notes)> {
        loop {
            let member = self.notes.lists.next(&mut self.list)?;
            if member.key.behind(self.offset).is(self.text, name) {
                return Some((member.value.behind(self.offset).of(self.text)?, self.notes));
            }
        }
    }
}

/// A member or item of a [`NotedList`].
pub(crate) struct NotedMember<'d> {
    text: &'d str,
    notes: &'d Notes,
    key: Key,
    value: Span,
    node: NodeId,
}

impl<'d> NotedMember<'d> {
    /// Returns the unquoted and unescaped key.
    #[inline(always)]
    pub(crate) fn key(&self) -> Option<Cow<'d, str>> {
        self.key.name(self.text)
    }

    /// Returns the key as written.
    #[inline(always)]
    pub(crate) fn written_key(&self) -> Option<&'d str> {
        self.key.written(self.text)
    }

    /// The value, a piece of the document that is noted.
    #[inline(always)]
    pub(crate) fn noted_value(&self) -> Option<(&'d str, &'d Notes)> {
        Some((self.value.of(self.text)?, self.notes))
    }

    /// Returns the trie's child for the key.
    #[inline(always)]
    pub(crate) fn node(&self) -> Option<NodeId> {
        self.node.somewhere()
    }
}

impl<'d> Iterator for NotedList<'d> {
    type Item = NotedMember<'d>;

    #[inline(always)]
    fn next(&mut self) -> Option<NotedMember<'d>> {
        let member = self.notes.lists.next(&mut self.list)?;
        let (key, value) = (member.key.behind(self.offset), member.value.behind(self.offset));
        Some(NotedMember { text: self.text, notes: self.notes, key, value, node: member.node })
    }
}
