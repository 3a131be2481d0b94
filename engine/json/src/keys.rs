//! An immutable map from keys to nodes.

use crate::fingerprint::Fingerprint;
use crate::id::NodeId;

/// An immutable map from keys to nodes: a hash table whose seed was chosen so that no keys collide, if
/// possible. The keys come from a mapping, so an attacker cannot choose colliding ones.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    /// The slots: a power of two, or none.
    slots: Box<[Slot]>,
    seed: u64,
    shift: u32,
    /// The largest distance of a key from its slot.
    reach: usize,
    /// A bit for each length that a key has, the highest for all longer ones.
    lengths: u64,
}

#[derive(Debug, Clone)]
struct Slot {
    fingerprint: Fingerprint,
    /// The key, if its fingerprint does not contain all of it.
    key: Option<Box<str>>,
    node: NodeId,
}

impl Slot {
    const FREE: Slot = Slot { fingerprint: Fingerprint::NONE, key: None, node: NodeId::ROOT };
}

/// The number of slots per key. A look-up usually finds a free slot or the key itself.
const SPARSENESS: usize = 4;

/// The most seeds to try.
const SEEDS: usize = 200;

/// The most keys that all tries place together: among very many keys, some collide with every seed.
const PLACED: usize = 8_000;

impl Default for Keys {
    fn default() -> Self {
        Keys { slots: Box::default(), seed: SEED, shift: 0, reach: 0, lengths: 0 }
    }
}

impl Keys {
    pub(crate) fn new(keys: &[(Box<str>, NodeId)]) -> Self {
        if keys.is_empty() {
            return Keys::default();
        }
        let size = (keys.len() * SPARSENESS).next_power_of_two();
        let mut best = Keys::with_seed(keys, size, SEED);
        for step in 1..SEEDS.min(PLACED / keys.len()) as u64 {
            if best.reach == 0 {
                break;
            }
            let other = Keys::with_seed(keys, size, SEED.wrapping_mul(2 * step + 1));
            if other.reach < best.reach {
                best = other;
            }
        }
        best
    }

    fn with_seed(keys: &[(Box<str>, NodeId)], size: usize, seed: u64) -> Self {
        let shift = u64::BITS - size.trailing_zeros();
        let mut table = Keys { slots: vec![Slot::FREE; size].into(), seed, shift, reach: 0, lengths: 0 };
        for (key, node) in keys {
            table.lengths |= bit_of(key.len());
            let fingerprint = Fingerprint::of(key.as_bytes());
            let start = table.start(table.hash(fingerprint));
            for distance in 0..size {
                match table.slots.get_mut((start + distance) % size) {
                    Some(slot) if slot.fingerprint == Fingerprint::NONE => {
                        let key = (!fingerprint.is_whole()).then(|| key.clone());
                        *slot = Slot { fingerprint, key, node: *node };
                        table.reach = table.reach.max(distance);
                        break;
                    }
                    _ => {}
                }
            }
        }
        table
    }

    /// Whether a key may be among them, as far as its length tells.
    #[inline(always)]
    pub(crate) fn may_have(&self, length: usize) -> bool {
        self.lengths & bit_of(length) != 0
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Returns the node of a key, or [`NodeId::NOWHERE`]. Calls `key` only if the fingerprint does not identify the key.
    #[inline(always)]
    pub(crate) fn get<'k>(&self, fingerprint: Fingerprint, key: impl Fn() -> Option<&'k [u8]>) -> NodeId {
        self.get_hashed(self.hash(fingerprint), fingerprint, key)
    }

    /// Returns the hash of a key.
    #[inline(always)]
    pub(crate) fn hash(&self, fingerprint: Fingerprint) -> u64 {
        fingerprint.hash(self.seed)
    }

    /// Like [`Keys::get`], for a key whose hash is known.
    #[inline(always)]
    pub(crate) fn get_hashed<'k>(
        &self,
        hash: u64,
        fingerprint: Fingerprint,
        key: impl Fn() -> Option<&'k [u8]>,
    ) -> NodeId {
        let start = self.start(hash);
        let Some(slot) = self.slots.get(start) else { return NodeId::NOWHERE };
        if slot.fingerprint == fingerprint && fingerprint.is_whole() {
            return slot.node;
        }
        if self.reach == 0 && slot.fingerprint != fingerprint {
            return NodeId::NOWHERE;
        }
        key().map_or(NodeId::NOWHERE, |key| self.search(start, key))
    }

    #[inline(always)]
    fn start(&self, hash: u64) -> usize {
        (hash >> (self.shift & 63)) as usize
    }

    /// Computes the fingerprint again, so that the caller does not have to keep it for this rare case.
    #[inline(never)]
    fn search(&self, start: usize, key: &[u8]) -> NodeId {
        let fingerprint = Fingerprint::of(key);
        let (before, after) = self.slots.split_at_checked(start).unwrap_or_default();
        let mut candidates = after.iter().chain(before).take(self.reach + 1);
        let found = candidates.find(|slot| {
            slot.fingerprint == fingerprint
                && (fingerprint.is_whole() || slot.key.as_deref().map(str::as_bytes) == Some(key))
        });
        found.map_or(NodeId::NOWHERE, |slot| slot.node)
    }
}

#[inline(always)]
fn bit_of(length: usize) -> u64 {
    1 << length.min(63)
}

/// An odd constant with irregular bits.
pub(crate) const SEED: u64 = 0x9E37_79B9_7F4A_7C15;

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(names: &[String]) -> Keys {
        let names: Vec<_> =
            names.iter().zip(1..).map(|(key, id)| (Box::from(key.as_str()), NodeId(id))).collect();
        Keys::new(&names)
    }

    fn get(keys: &Keys, key: &str) -> NodeId {
        keys.get(Fingerprint::of(key.as_bytes()), || Some(key.as_bytes()))
    }

    #[test]
    fn finds_each_key_and_no_other() {
        let alike = (0..300).map(|place| format!("a common start of the key, then {place}"));
        let zeros = (0..20).map(|count| "\0".repeat(count));
        let words =
            "userId traits context email name phone createdAt firstName lastName address company".split(' ');
        for names in
            [alike.collect::<Vec<_>>(), zeros.collect(), words.map(str::to_owned).collect(), Vec::new()]
        {
            let keys = keys(&names);
            for (name, id) in names.iter().zip(1..) {
                assert_eq!(get(&keys, name), NodeId(id), "{name:?}");
                for other in [format!("{name}x"), format!("x{name}"), name.replace('e', "f")] {
                    assert_eq!(get(&keys, &other) != NodeId::NOWHERE, names.contains(&other), "{other:?}");
                }
            }
        }
    }

    #[test]
    fn ordinary_keys_do_not_collide() {
        let words = "userId anonymousId type event messageId timestamp originalTimestamp sentAt receivedAt context \
            traits integrations channel properties userAgent locale library device os network screen app timezone ip \
            page campaign referrer consentManagement externalId mappedToDestination email firstName lastName";
        assert_eq!(keys(&words.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).reach, 0);
    }
}
