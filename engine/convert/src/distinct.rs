//! Whether names have been there before, for many names that mostly have not.

/// A set of names that keeps their hashes alone.
///
/// It never takes a name that has been there for a new one. It may take a new one for one that has been there, which whoever asks has
/// to find out: by accident hardly ever, but names can be chosen so that they share a hash.
///
/// Aligned to cache lines: clearing it takes three times as long otherwise.
#[repr(align(64))]
pub(crate) struct DistinctNames {
    /// Hashes at the places that they lead to, or behind them; zero is none.
    few: [u64; 64],
    /// The same, as soon as there are too many for `few`.
    many: Vec<u64>,
    count: usize,
}

/// How far from its place a hash is looked for: in a table that is half empty chance takes none so far.
const REACH: usize = 64;

/// How many of the hashes in the small table are too many.
const FULL: usize = 48;

impl Default for DistinctNames {
    fn default() -> Self {
        Self { few: [0; 64], many: Vec::new(), count: 0 }
    }
}

impl DistinctNames {
    /// Adds a name. Returns false if it may be a duplicate.
    #[inline]
    pub(crate) fn add(&mut self, name: &str) -> bool {
        // the small one is looked through completely, so that it may become fuller
        let (table, most) = match self.many.len() {
            0 => (self.few.as_mut_slice(), FULL),
            many => (self.many.as_mut_slice(), many / 2),
        };
        let added = insert(table, hash(name.as_bytes()));
        self.count += 1;
        added && (self.count <= most || self.grow())
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self) -> bool {
        let table = if self.many.is_empty() { self.few.as_slice() } else { &self.many };
        let mut larger = vec![0; table.len() * 4];
        let all = table.iter().filter(|hash| **hash != 0).all(|hash| insert(&mut larger, *hash));
        self.many = larger;
        all
    }
}

/// Puts a hash into a table whose length is a power of two, unless it is there already.
#[inline]
fn insert(table: &mut [u64], hash: u64) -> bool {
    let mask = table.len() - 1;
    for place in (hash as usize..).take(REACH) {
        match table.get_mut(place & mask) {
            Some(slot) if *slot == 0 => {
                *slot = hash;
                return true;
            }
            Some(slot) if *slot == hash => return false,
            _ => {}
        }
    }
    false
}

/// A hash of all of a name; never zero.
#[inline]
fn hash(name: &[u8]) -> u64 {
    let mut hash = (name.len() as u64).wrapping_mul(0xA076_1D64_78BD_642F);
    let mut rest = name;
    while let Some((chunk, more)) = rest.split_first_chunk::<16>() {
        let [low, high] = halves(chunk);
        hash = mixed(hash ^ low, high);
        rest = more;
    }
    let [low, high] = match (rest.first_chunk::<8>(), rest.last_chunk::<8>()) {
        (Some(first), Some(last)) => [u64::from_le_bytes(*first), u64::from_le_bytes(*last)],
        _ => match (rest.first_chunk::<4>(), rest.last_chunk::<4>()) {
            (Some(first), Some(last)) => {
                [u32::from_le_bytes(*first), u32::from_le_bytes(*last)].map(u64::from)
            }
            _ => [rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)), 0],
        },
    };
    mixed(hash ^ low, high).max(1)
}

#[inline]
fn halves(chunk: &[u8; 16]) -> [u64; 2] {
    let whole = u128::from_le_bytes(*chunk);
    [whole as u64, (whole >> 64) as u64]
}

/// Two words as one, each bit of which depends on all of theirs.
#[inline]
fn mixed(low: u64, high: u64) -> u64 {
    let product = u128::from(low ^ 0x9E37_79B9_7F4A_7C15) * u128::from(high ^ 0xD6E8_FEB8_6659_FD93);
    (product as u64) ^ ((product >> 64) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of some names are taken for others that were there before.
    fn repeated(names: impl IntoIterator<Item = String>) -> usize {
        let mut distinct = DistinctNames::default();
        names.into_iter().filter(|name| !distinct.add(name)).count()
    }

    #[test]
    fn names_that_differ_anywhere_are_different() {
        assert_eq!(repeated((0..2_000).map(|place| format!("products[{place}].product_id"))), 0);
        assert_eq!(repeated((0..300).map(|length| "a".repeat(length))), 0);
        assert_eq!(repeated((0..300).map(|length| "\0".repeat(length))), 0);
        let long = "a name that is longer than a few words of the machine, by some letters";
        let changed = (0..long.len()).map(|place| {
            let mut changed = long.to_owned();
            changed.replace_range(place..=place, "~");
            changed
        });
        assert_eq!(repeated(changed.chain([long.to_owned()])), 0);
        assert_eq!(repeated((0..100_000).map(|place| place.to_string())), 0);
    }

    #[test]
    fn a_name_that_was_there_is_found_among_any_number() {
        for count in [1, 2, 31, 32, 33, 127, 128, 129, 5_000] {
            let mut distinct = DistinctNames::default();
            assert!((0..count).all(|place| distinct.add(&format!("name {place}"))));
            assert!((0..count).all(|place| !distinct.add(&format!("name {place}"))), "{count}");
        }
    }

    #[test]
    fn words_as_people_use_them_do_not_share_hashes() {
        let words =
            ["plan", "Plan", "naem", "name", "nmae", "a", "b", "ab", "ba", "", "a_b", "a.b", "a_b_c", "abc"];
        let pairs =
            words.iter().flat_map(|first| words.iter().map(move |second| format!("{first}/{second}")));
        assert_eq!(repeated(pairs), 0);
    }
}
