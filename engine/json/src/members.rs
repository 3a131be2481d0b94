//! Keys of objects, and detection of duplicate keys.

use std::borrow::Cow;

use crate::fingerprint::Fingerprint;
use crate::keys::SEED;
use crate::lex::Quoted;
use crate::span::Span;
use crate::string::unquoted;

/// A key of an object in the text.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Key {
    /// The key with its quotes.
    pub(crate) span: Span,
    /// Whether the key has escapes.
    pub(crate) escaped: bool,
    pub(crate) hash: u32,
}

impl Key {
    /// Returns the key whose opening quote is at `start`, with its hash by the hash function of its object.
    #[inline(always)]
    pub(crate) fn new(start: usize, quoted: &Quoted, hash: u64) -> Self {
        Key { span: Span::new(start, quoted.end), escaped: quoted.escaped, hash: (hash >> 32) as u32 }
    }

    /// Returns the key whose opening quote is at `start`.
    #[inline(always)]
    pub(crate) fn read(text: &str, start: usize, quoted: &Quoted) -> Self {
        Key::new(start, quoted, fingerprint(text, start, quoted).hash(SEED))
    }

    /// Returns the unquoted and unescaped key.
    #[inline(always)]
    pub(crate) fn name<'t>(&self, text: &'t str) -> Option<Cow<'t, str>> {
        if self.escaped {
            return self.unescaped_name(text);
        }
        self.span.inside(text).map(Cow::Borrowed)
    }

    /// Returns whether this is the key of a name. Most keys that are not differ in their length.
    #[inline(always)]
    pub(crate) fn is(&self, text: &str, name: &str) -> bool {
        match self.escaped {
            true => self.unescaped_name(text).is_some_and(|key| key == name),
            false => self.span.len() == name.len() + 2 && self.span.inside(text) == Some(name),
        }
    }

    /// Returns the key as written.
    #[inline(always)]
    pub(crate) fn written<'t>(&self, text: &'t str) -> Option<&'t str> {
        self.span.of(text)
    }

    /// Returns the same key, relative to the part of the text that starts at `offset`.
    #[inline(always)]
    pub(crate) fn behind(&self, offset: usize) -> Key {
        Key { span: self.span.behind(offset), ..*self }
    }

    #[cold]
    #[inline(never)]
    fn unescaped_name<'t>(&self, text: &'t str) -> Option<Cow<'t, str>> {
        unquoted(self.span.of(text)?)
    }
}

/// Returns the fingerprint of the key whose opening quote is at `start`.
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
    let name = text.get(start..quoted.end).and_then(unquoted);
    Fingerprint::of(name.as_deref().unwrap_or_default().as_bytes())
}

/// The keys of an object so far, as a set of hashes. Among 25 keys, two have the same bit half of the time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    bits: [u64; 8],
    /// Whether a key may be a duplicate. If false, no key is.
    pub(crate) repeated: bool,
}

/// Whether some of these keys have the same hash, which hardly two have that differ.
pub(crate) fn have_same_hash(keys: impl Iterator<Item = Key>, hashes: &mut Vec<u32>) -> bool {
    hashes.clear();
    hashes.extend(keys.map(|key| key.hash));
    // fewer than a hundred mostly differ in other bits than those of `Seen`
    let mut bits = [0_u64; 64];
    let differs = |hash: &u32| {
        let (word, bit) = ((hash >> 6 & 63) as usize, 1 << (hash & 63));
        bits.get_mut(word).is_some_and(|word| std::mem::replace(word, *word | bit) & bit == 0)
    };
    if hashes.iter().all(differs) {
        return false;
    }
    hashes.sort_unstable();
    hashes.windows(2).any(|pair| pair.first() == pair.last())
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

/// Groups the positions of equal keys, in order, and passes each group to
/// `each`. Sorting keeps this cheap for many members, and comparing hashes first for few.
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
