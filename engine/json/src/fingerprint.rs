//! Fingerprints that distinguish keys without comparing them byte by byte.

use crate::bytes::{chunk, padded, short};

/// The length of a string and its 16 bytes, or a hash of all bytes of a longer text: enough to distinguish short texts, and nearly all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    low: u64,
    high: u64,
    len: usize,
}

/// The most bytes of a string that its fingerprint contains.
const FINGERPRINTED: usize = 16;

impl Fingerprint {
    /// The fingerprint of no text.
    pub(crate) const NONE: Fingerprint = Fingerprint { low: 0, high: 0, len: usize::MAX };

    /// Returns the fingerprint of the text from `start` to `end`.
    #[inline(always)]
    pub(crate) fn within(text: &[u8], start: usize, end: usize) -> Self {
        let len = end - start;
        if len > FINGERPRINTED {
            return Fingerprint::of_long(text.get(start..end).unwrap_or_default());
        }
        let (low, high) = chunk(text, start).map_or_else(|| words(&padded(text, start)), words);
        let (low_mask, high_mask) = MASKS.get(len).copied().unwrap_or((u64::MAX, u64::MAX));
        Fingerprint { low: low & low_mask, high: high & high_mask, len }
    }

    /// Returns the fingerprint of a string that must not be read beyond its end.
    #[inline(always)]
    pub(crate) fn of(text: &[u8]) -> Self {
        if text.len() > FINGERPRINTED {
            return Fingerprint::of_long(text);
        }
        let (low, high) = text.first_chunk().map_or_else(|| short(text), words);
        Fingerprint { low, high, len: text.len() }
    }

    /// Returns the fingerprint of a string of more than 16 bytes. Long names often have a common prefix or suffix, so all bytes count.
    #[inline(never)]
    fn of_long(text: &[u8]) -> Self {
        let last = text.last_chunk().into_iter();
        let low = text.as_chunks().0.iter().chain(last).fold(text.len() as u64, |low, word| {
            (low ^ u64::from_le_bytes(*word)).wrapping_mul(MIXER).rotate_left(31)
        });
        Fingerprint { low, high: 0, len: text.len() }
    }

    /// Returns whether the fingerprint contains the whole text.
    #[inline(always)]
    pub(crate) fn is_whole(self) -> bool {
        self.len <= FINGERPRINTED
    }

    /// Returns a hash whose high bits are best.
    #[inline(always)]
    pub(crate) fn hash(self, seed: u64) -> u64 {
        (self.low ^ self.high.rotate_left(29)).wrapping_mul(seed)
    }
}

/// An odd number with an irregular bit pattern.
const MIXER: u64 = 0xD6E8_FEB8_6659_FD93;

#[inline(always)]
fn words(chunk: &[u8; FINGERPRINTED]) -> (u64, u64) {
    match chunk.as_chunks().0 {
        [low, high] => (u64::from_le_bytes(*low), u64::from_le_bytes(*high)),
        _ => (0, 0),
    }
}

/// Masks of the bits that belong to the text, by its length.
const MASKS: [(u64, u64); FINGERPRINTED] = {
    let mut masks = [(0, 0); FINGERPRINTED];
    let mut rest: &mut [(u64, u64)] = &mut masks;
    let mut mask = 0_u128;
    while let [first, more @ ..] = rest {
        *first = (mask as u64, (mask >> 64) as u64);
        mask = mask << 8 | 0xFF;
        rest = more;
    }
    masks
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_agree_and_distinguish_short_texts() {
        let text = b"some text longer than one fingerprint";
        for start in 0..text.len() {
            for end in start..text.len() {
                let of = Fingerprint::of(&text[start..end]);
                assert_eq!(Fingerprint::within(text, start, end), of, "{start}..{end}");
                assert_eq!(of.is_whole(), end - start <= 16);
                if !of.is_whole() {
                    continue;
                }
                let mut known = [0; FINGERPRINTED];
                known[..8].copy_from_slice(&of.low.to_le_bytes());
                known[8..].copy_from_slice(&of.high.to_le_bytes());
                let kept = (end - start).min(FINGERPRINTED);
                assert_eq!(known[..kept], text[start..start + kept]);
                assert!(known[kept..].iter().all(|byte| *byte == 0));
            }
        }
    }
}
