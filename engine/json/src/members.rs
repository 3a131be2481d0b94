//! The members of objects, each key once: at the place of its first occurrence, with the value of its last.

use std::borrow::Cow;

use crate::fingerprint::Fingerprint;
use crate::keys::SEED;
use crate::lex::Quoted;
use crate::span::Span;
use crate::text::Text;
use crate::trie::NodeId;

/// A key of an object in the text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    /// With its quotes.
    pub(crate) span: Span,
    /// Whether it has escapes.
    pub(crate) escaped: bool,
    pub(crate) hash: u32,
}

impl Key {
    /// The key between two offsets, of which the fingerprint is known.
    #[inline(always)]
    pub(crate) fn new(start: usize, quoted: &Quoted, fingerprint: Fingerprint) -> Self {
        let hash = (fingerprint.hash(SEED) >> 32) as u32;
        Key { span: Span::new(start, quoted.end), escaped: quoted.escaped, hash }
    }

    /// The key whose opening quote is at `start`.
    #[inline(always)]
    pub(crate) fn read(text: &str, start: usize, quoted: &Quoted) -> Self {
        Key::new(start, quoted, fingerprint(text, start, quoted))
    }

    /// The key without quotes and escapes.
    #[inline(always)]
    pub(crate) fn name<'t>(&self, text: &'t str) -> Option<Cow<'t, str>> {
        if self.escaped {
            return self.unescaped_name(text);
        }
        self.span.inside(text).map(Cow::Borrowed)
    }

    #[cold]
    #[inline(never)]
    fn unescaped_name<'t>(&self, text: &'t str) -> Option<Cow<'t, str>> {
        Text::trusted(self.span.of(text)?).as_str()
    }
}

/// The fingerprint of the key whose opening quote is at `start`.
#[inline(always)]
pub(crate) fn fingerprint(text: &str, start: usize, quoted: &Quoted) -> Fingerprint {
    if quoted.escaped {
        return fingerprint_of_escaped(text, start, quoted);
    }
    Fingerprint::within(text.as_bytes(), start + 1, quoted.end - 1)
}

#[cold]
#[inline(never)]
fn fingerprint_of_escaped(text: &str, start: usize, quoted: &Quoted) -> Fingerprint {
    let name = text.get(start..quoted.end).and_then(|key| Text::trusted(key).as_str());
    Fingerprint::of(name.as_deref().unwrap_or_default().as_bytes())
}

/// The keys of an object so far, as a set of hashes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    bits: [u64; 8],
    /// Whether some key may have been there twice. If not, none has.
    pub(crate) repeated: bool,
}

impl Seen {
    #[inline(always)]
    pub(crate) fn add(&mut self, key: Key) {
        if let Some(bits) = self.bits.get_mut((key.hash >> 29) as usize) {
            let bit = 1 << (key.hash >> 23 & 63);
            self.repeated |= *bits & bit != 0;
            *bits |= bit;
        }
    }
}

/// Sorts the places of keys so that those of one key are together, in their own order, and gives each such group to
/// `each`. Sorting keeps that cheap when there are many members, and comparing hashes first when they are few.
pub(crate) fn group_by_key(
    places: &mut [u32],
    text: &str,
    key: impl Fn(u32) -> Option<Key>,
    mut each: impl FnMut(&[u32]),
) {
    let name = |key: Option<Key>| key.and_then(|key| key.name(text));
    let order = |a: u32, b: u32| {
        let (a, b) = (key(a), key(b));
        let hash = |key: Option<Key>| key.map(|key| key.hash);
        hash(a).cmp(&hash(b)).then_with(|| name(a).cmp(&name(b)))
    };
    places.sort_unstable_by(|a, b| order(*a, *b).then(a.cmp(b)));
    for same in places.chunk_by(|a, b| order(*a, *b).is_eq()) {
        each(same);
    }
}

/// A member of a listed object.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Listed {
    /// Empty when a later member with the same key has given its value to the first.
    key: Key,
    value: Span,
    next: u32,
    /// The trie's child for the key, or nowhere.
    node: NodeId,
}

impl Listed {
    /// The key without quotes and escapes.
    #[inline(always)]
    pub(crate) fn key<'t>(&self, text: &'t str) -> Option<Cow<'t, str>> {
        self.key.name(text)
    }

    #[inline(always)]
    pub(crate) fn value<'t>(&self, text: &'t str) -> Option<Text<'t>> {
        self.value.of(text).map(Text::trusted)
    }

    /// The trie's child for the key.
    #[inline(always)]
    pub(crate) fn node(&self) -> Option<NodeId> {
        self.node.somewhere()
    }
}

/// The members of all listed objects of a text. Each list is a chain, as the objects stand inside each other.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lists {
    members: Vec<Listed>,
}

/// A list: where its first member is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct List(u32);

impl List {
    pub(crate) const EMPTY: List = List(u32::MAX);
}

/// A list that members are being added to.
#[derive(Debug)]
pub(crate) struct OpenList {
    first: u32,
    last: u32,
    seen: Seen,
}

impl OpenList {
    pub(crate) fn new() -> Self {
        OpenList { first: u32::MAX, last: u32::MAX, seen: Seen::default() }
    }

    /// Takes note that a key has been there before.
    pub(crate) fn repeats(&mut self) {
        self.seen.repeated = true;
    }
}

impl Lists {
    pub(crate) fn clear(&mut self) {
        self.members.clear();
    }

    pub(crate) fn capacity(&self) -> usize {
        self.members.capacity()
    }

    /// Adds a member. Whether a key that has a node is repeated is for the caller to know.
    #[inline(always)]
    pub(crate) fn push(&mut self, open: &mut OpenList, key: Key, value: Span, node: NodeId) {
        if node == NodeId::NOWHERE {
            open.seen.add(key);
        }
        let place = self.members.len() as u32;
        match self.members.get_mut(open.last as usize) {
            Some(last) => last.next = place,
            None => open.first = place,
        }
        open.last = place;
        self.members.push(Listed { key, value, next: u32::MAX, node });
    }

    /// Ends a list.
    #[inline(always)]
    pub(crate) fn close(&mut self, open: &OpenList, text: &str) -> List {
        let list = List(open.first);
        if open.seen.repeated {
            self.unite(list, text);
        }
        list
    }

    /// Leaves one member for each key.
    #[cold]
    #[inline(never)]
    fn unite(&mut self, List(first): List, text: &str) {
        let members = &mut self.members;
        let next = |place: &u32| members.get(*place as usize).map(|member| member.next);
        let mut places: Vec<u32> = std::iter::successors(Some(first), next).collect();
        // The end of the chain is no place.
        places.pop();
        let mut changes = Vec::new();
        let key = |place: u32| members.get(place as usize).map(|member| member.key);
        group_by_key(&mut places, text, key, |same| {
            if let [first, rest @ .., last] = same {
                let value = members.get(*last as usize).map(|member| member.value);
                changes.push((*first, value));
                changes.extend(rest.iter().chain([last]).map(|place| (*place, None)));
            }
        });
        for (place, value) in changes {
            if let Some(member) = members.get_mut(place as usize) {
                match value {
                    Some(value) => member.value = value,
                    None => member.key.span = Span::default(),
                }
            }
        }
    }

    /// The member at the head of a list, which is left with the members behind it.
    #[inline(always)]
    pub(crate) fn next(&self, list: &mut List) -> Option<&Listed> {
        loop {
            let member = self.members.get(list.0 as usize)?;
            list.0 = member.next;
            if !member.key.span.is_empty() {
                return Some(member);
            }
        }
    }
}
