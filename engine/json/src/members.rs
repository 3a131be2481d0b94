//! The members of objects whose members are listed.

use crate::bytes::Fingerprint;
use crate::keys::SEED;
use crate::span::Span;
use crate::trie::NodeId;
use crate::value::Text;

/// A member of a listed object.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MemberSpan {
    /// With its quotes. None when a later member with the same key has taken the place of the first.
    key: Span,
    value: Span,
    hash: u32,
    next: u32,
    /// The trie's child for the key, or nowhere.
    node: NodeId,
}

impl MemberSpan {
    /// The key with its quotes.
    pub(crate) fn key<'t>(&self, text: &'t str) -> Option<Text<'t>> {
        self.key.of(text).map(Text::trusted)
    }

    pub(crate) fn node(&self) -> Option<NodeId> {
        self.node.somewhere()
    }

    pub(crate) fn value<'t>(&self, text: &'t str) -> Option<Text<'t>> {
        self.value.of(text).map(Text::trusted)
    }
}

/// All lists of a document. They are chains in one vector, as the objects stand inside each other.
#[derive(Debug, Default)]
pub(crate) struct MemberLists {
    members: Vec<MemberSpan>,
    /// The first member of each list.
    heads: Vec<u32>,
    /// For [`MemberLists::unite`].
    sorted: Vec<u32>,
}

/// The end of a chain.
const NONE: u32 = u32::MAX;

/// Buffers that grew beyond this many members for one document are given back before the next.
const KEPT: usize = 1 << 14;

/// The list of an object that is being read.
pub(crate) struct OpenList {
    list: usize,
    last: u32,
    /// A set of hashes: a key that is not in it is new.
    seen: [u64; 8],
    repeated: bool,
}

impl OpenList {
    pub(crate) fn new(list: usize) -> Self {
        OpenList { list, last: NONE, seen: [0; 8], repeated: false }
    }

    /// Takes note that a key may have been there before.
    #[inline(always)]
    pub(crate) fn repeats(&mut self) {
        self.repeated = true;
    }

    /// Whether the key may have been there before.
    #[inline(always)]
    fn see(&mut self, hash: u32) {
        if let Some(seen) = self.seen.get_mut((hash >> 29) as usize) {
            let bit = 1 << (hash >> 23 & 63);
            self.repeated |= *seen & bit != 0;
            *seen |= bit;
        }
    }
}

impl MemberLists {
    pub(crate) fn reset(&mut self, lists: usize) {
        if self.members.capacity() > KEPT {
            *self = MemberLists::default();
        }
        self.members.clear();
        self.heads.clear();
        self.heads.resize(lists, NONE);
    }

    /// Adds a member to a list.
    #[inline(always)]
    pub(crate) fn push(
        &mut self,
        open: &mut OpenList,
        (key, fingerprint): (Span, Fingerprint),
        value: Span,
        node: NodeId,
    ) {
        let hash = (fingerprint.hash(SEED) >> 32) as u32;
        if node == NodeId::NOWHERE {
            open.see(hash);
        }
        let place = self.members.len() as u32;
        self.members.push(MemberSpan { key, value, hash, next: NONE, node });
        let link = match self.members.get_mut(open.last as usize) {
            Some(last) => Some(&mut last.next),
            None => self.heads.get_mut(open.list),
        };
        if let Some(link) = link {
            *link = place;
        }
        open.last = place;
    }

    /// Ends a list.
    #[inline(always)]
    pub(crate) fn close(&mut self, open: &OpenList, text: &str) {
        if open.repeated {
            self.unite(open.list, text);
        }
    }

    /// Empties a list.
    pub(crate) fn clear(&mut self, list: usize) {
        if let Some(head) = self.heads.get_mut(list) {
            *head = NONE;
        }
    }

    /// Leaves one member for each key: at the place of the first, with the value of the last.
    #[cold]
    #[inline(never)]
    fn unite(&mut self, list: usize, text: &str) {
        let MemberLists { members, heads, sorted } = self;
        let head = heads.get(list).copied().unwrap_or(NONE);
        sorted.clear();
        sorted.extend(chain(members, head));
        // By key, and the members of one key as they stand in the text. Comparing the hashes first is faster.
        let key = |place: u32| {
            let member = members.get(place as usize);
            let hash = member.map(|member| member.hash);
            (hash, move || member.and_then(|member| member.key(text)).and_then(Text::as_str))
        };
        let order = |a: &u32, b: &u32| {
            let ((a_hash, a_key), (b_hash, b_key)) = (key(*a), key(*b));
            a_hash.cmp(&b_hash).then_with(|| a_key().cmp(&b_key()))
        };
        sorted.sort_unstable_by(|a, b| order(a, b).then(a.cmp(b)));
        let mut values = Vec::new();
        for same in sorted.chunk_by(|a, b| order(a, b).is_eq()) {
            if let ([first, rest @ ..], Some(last)) = (same, same.last()) {
                let value = members.get(*last as usize).map(|member| member.value);
                values.push((*first, value));
                values.extend(rest.iter().map(|place| (*place, None)));
            }
        }
        for (place, value) in values {
            if let Some(member) = members.get_mut(place as usize) {
                match value {
                    Some(value) => member.value = value,
                    None => member.key = Span::default(),
                }
            }
        }
    }

    /// The members of a list, in the order of the text.
    pub(crate) fn iter(&self, list: usize) -> Chain<'_> {
        Chain { members: &self.members, next: self.heads.get(list).copied().unwrap_or(NONE) }
    }
}

/// The places of a chain's members.
fn chain(members: &[MemberSpan], head: u32) -> impl Iterator<Item = u32> {
    std::iter::successors(Some(head), |place| Some(members.get(*place as usize)?.next))
        .filter(|place| *place != NONE)
}

/// Iterates over a list.
#[derive(Debug, Clone)]
pub(crate) struct Chain<'s> {
    members: &'s [MemberSpan],
    next: u32,
}

impl<'s> Iterator for Chain<'s> {
    type Item = &'s MemberSpan;

    #[inline]
    fn next(&mut self) -> Option<&'s MemberSpan> {
        loop {
            let member = self.members.get(self.next as usize)?;
            self.next = member.next;
            if !member.key.is_empty() {
                return Some(member);
            }
        }
    }
}
