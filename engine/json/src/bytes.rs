//! Looking at many bytes at once.

use wide::u8x16;

/// The byte at `at`, or NUL beyond the end.
#[inline(always)]
pub(crate) fn byte(text: &[u8], at: usize) -> u8 {
    match text.get(at) {
        Some(byte) => *byte,
        None => 0,
    }
}

/// The special bytes of a text: those that cannot stand in a string as they are, which are quotes, backslashes and
/// control characters. Whatever is beyond the end is special too.
#[derive(Debug, Clone, Default)]
pub(crate) struct Specials {
    /// One bit for each byte of the text, the first in the lowest bit of the first byte, and more for what is beyond.
    bits: Vec<u8>,
}

/// How many bytes of text are looked at together.
const BLOCK: usize = 64;

/// How many bytes of bits are looked at together.
const WINDOW: usize = size_of::<u64>();

impl Specials {
    /// Looks through a text.
    ///
    /// Doing so for the whole text at once, and not for each string when it comes, makes a scan take half the time, and
    /// lets it depend less on how long the strings are.
    pub(crate) fn find(&mut self, text: &[u8]) {
        let (blocks, rest) = text.as_chunks();
        self.bits.clear();
        self.bits.resize((blocks.len() + 1) * (BLOCK / 8) + WINDOW, u8::MAX);
        let mut bits = self.bits.as_chunks_mut().0.iter_mut();
        for (block, bits) in blocks.iter().zip(bits.by_ref()) {
            *bits = specials(block).to_le_bytes();
        }
        if let Some(bits) = bits.next() {
            *bits = specials(&padded(rest, 0)).to_le_bytes();
        }
    }

    /// How long a text fits the buffer.
    pub(crate) fn capacity(&self) -> usize {
        self.bits.capacity() * 8
    }

    /// The first special byte from `at` on.
    #[inline(always)]
    pub(crate) fn next(&self, at: usize) -> usize {
        // At least 57 bits, which most strings end within.
        let window = self.bits.get(at / 8..at / 8 + WINDOW);
        if let Some(window) = window.and_then(<[u8]>::first_chunk) {
            let window = u64::from_le_bytes(*window) >> (at % 8);
            if window != 0 {
                return at + window.trailing_zeros() as usize;
            }
        }
        self.next_far(at)
    }

    #[inline(never)]
    fn next_far(&self, at: usize) -> usize {
        let mut at = (at / 8 + WINDOW) * 8;
        while let Some(window) = self.bits.get(at / 8..).and_then(<[u8]>::first_chunk) {
            let window = u64::from_le_bytes(*window);
            if window != 0 {
                return at + window.trailing_zeros() as usize;
            }
            at += WINDOW * 8;
        }
        at
    }
}

#[inline(always)]
fn specials(block: &[u8; BLOCK]) -> u64 {
    let quarters = block.as_chunks().0.iter().zip([0, 16, 32, 48]);
    quarters.fold(0, |bits, (quarter, shift)| bits | u64::from(specials_of_16(*quarter)) << shift)
}

#[inline(always)]
fn specials_of_16(bytes: [u8; 16]) -> u32 {
    let bytes = u8x16::new(bytes);
    let quote = bytes.simd_eq(u8x16::splat(b'"'));
    let backslash = bytes.simd_eq(u8x16::splat(b'\\'));
    let control = bytes.simd_lt(u8x16::splat(0x20));
    (quote | backslash | control).to_bitmask()
}

/// The first special byte of a short text.
#[inline(always)]
pub(crate) fn first_special(text: &[u8]) -> Option<usize> {
    let (chunks, rest) = text.as_chunks();
    for (chunk, start) in chunks.iter().zip((0..).step_by(16)) {
        let bits = specials_of_16(*chunk);
        if bits != 0 {
            return Some(start + bits.trailing_zeros() as usize);
        }
    }
    let (low, high) = short(rest);
    let bits = specials_of_16((u128::from(high) << 64 | u128::from(low)).to_le_bytes());
    let at = bits.trailing_zeros() as usize;
    (at < rest.len()).then(|| text.len() - rest.len() + at)
}

/// The bytes from `at` on, with NUL for those beyond the end.
#[inline(never)]
fn padded<const N: usize>(text: &[u8], at: usize) -> [u8; N] {
    let mut block = [0; N];
    for (to, from) in block.iter_mut().zip(text.get(at..).unwrap_or_default()) {
        *to = *from;
    }
    block
}

/// The length of a text and its first 16 bytes: enough to tell short texts apart, and most others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    low: u64,
    high: u64,
    len: usize,
}

/// How many bytes of a text its fingerprint holds.
const FINGERPRINTED: usize = 16;

impl Fingerprint {
    /// Of no text.
    pub(crate) const NONE: Fingerprint = Fingerprint { low: 0, high: 0, len: usize::MAX };

    /// Of the text from `start` to `end`.
    #[inline(always)]
    pub(crate) fn within(text: &[u8], start: usize, end: usize) -> Self {
        let (low, high) = match text.get(start..).and_then(<[u8]>::first_chunk) {
            Some(chunk) => words(chunk),
            None => words(&padded(text, start)),
        };
        let len = end - start;
        let (low_mask, high_mask) = MASKS.get(len).copied().unwrap_or((u64::MAX, u64::MAX));
        Fingerprint { low: low & low_mask, high: high & high_mask, len }
    }

    /// Of a text that must not be read beyond its end.
    #[inline(always)]
    pub(crate) fn of(text: &[u8]) -> Self {
        let (low, high) = text.first_chunk().map_or_else(|| short(text), words);
        Fingerprint { low, high, len: text.len() }
    }

    /// Whether the fingerprint holds the whole text.
    #[inline(always)]
    pub(crate) fn is_whole(self) -> bool {
        self.len <= FINGERPRINTED
    }

    /// A hash, the better towards its high bits.
    #[inline(always)]
    pub(crate) fn hash(self, seed: u64) -> u64 {
        self.low.wrapping_mul(seed) ^ self.high.wrapping_mul(seed.rotate_left(32))
    }
}

/// A text of less than 16 bytes as two words, with NUL behind its end.
#[inline(always)]
fn short(text: &[u8]) -> (u64, u64) {
    let len = text.len();
    if let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk()) {
        // Eight bytes or more: what the last eight add to the first eight.
        let last = u64::from_le_bytes(*last);
        (u64::from_le_bytes(*first), last.checked_shr(128 - 8 * len as u32).unwrap_or(0))
    } else if let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk()) {
        let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
        (u64::from(first) | u64::from(last) << (8 * len - 32), 0)
    } else {
        let low = match *text {
            [first, second, third] => u32::from_le_bytes([first, second, third, 0]),
            [first, second] => u32::from_le_bytes([first, second, 0, 0]),
            [first] => u32::from(first),
            _ => 0,
        };
        (u64::from(low), 0)
    }
}

#[inline(always)]
fn words(chunk: &[u8; FINGERPRINTED]) -> (u64, u64) {
    match chunk.as_chunks().0 {
        [low, high] => (u64::from_le_bytes(*low), u64::from_le_bytes(*high)),
        _ => (0, 0),
    }
}

/// By length: which bits of the first 16 bytes belong to the text.
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
    fn fingerprints_agree_and_tell_short_texts_apart() {
        let text = b"a text that is longer than a fingerprint";
        for start in 0..text.len() {
            for end in start..text.len() {
                let of = Fingerprint::of(&text[start..end]);
                assert_eq!(Fingerprint::within(text, start, end), of, "{start}..{end}");
                assert_eq!(of.is_whole(), end - start <= 16);
                let mut known = [0; FINGERPRINTED];
                known[..8].copy_from_slice(&of.low.to_le_bytes());
                known[8..].copy_from_slice(&of.high.to_le_bytes());
                let kept = (end - start).min(FINGERPRINTED);
                assert_eq!(known[..kept], text[start..start + kept]);
                assert!(known[kept..].iter().all(|byte| *byte == 0));
            }
        }
    }

    #[test]
    fn finds_what_a_string_cannot_hold() {
        let mut text: Vec<u8> = (0..=255).collect();
        text.extend([b'x'; 300]);
        text.extend_from_slice(b"\"\n");
        let mut specials = Specials::default();
        for start in 0..text.len() {
            let text = &text[start..];
            specials.find(text);
            for at in 0..=text.len() {
                let special = |byte: &u8| matches!(byte, 0..0x20 | b'"' | b'\\');
                let expected = text[at..].iter().position(special).map_or(text.len(), |found| at + found);
                assert_eq!(specials.next(at), expected, "{at} of {}", text.len());
            }
            assert!(specials.next(text.len() + 1) >= text.len());
            assert!(specials.next(text.len() + 1000) >= text.len());
        }
    }
}
