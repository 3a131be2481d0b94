//! Finding the ends of strings.

use wide::u8x16;

use crate::bytes::{padded, short};

/// The special bytes of a document, which cannot occur unescaped in a string: quotes, backslashes and
/// control characters. Everything beyond the end is special too.
#[derive(Debug, Clone, Default)]
pub(crate) struct Specials {
    /// One bit per byte of the text, starting with the lowest bit of the first byte, and more beyond the end.
    bits: Vec<u8>,
}

/// The number of bytes of text that are processed together.
const BLOCK: usize = 64;

/// The number of bytes of bits that are read together.
const WINDOW: usize = size_of::<u64>();

impl Specials {
    /// Finds the special bytes of a document.
    ///
    /// Doing this for the whole text at once, instead of for each string, halves the time of a scan and makes it
    /// depend less on the length of strings.
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

    /// Returns the length of the longest text that fits into the buffer.
    pub(crate) fn capacity(&self) -> usize {
        self.bits.capacity() * 8
    }

    /// Returns the position of the first special byte from `at` on.
    #[inline(always)]
    pub(crate) fn next(&self, at: usize) -> usize {
        // at least 57 bits, and most strings are shorter
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

/// Returns whether one of 16 bytes is special.
#[inline(always)]
pub(crate) fn has_special(bytes: [u8; 16]) -> bool {
    specials_of_16(bytes) != 0
}

/// Returns whether one of the first `end` of 16 bytes is special.
#[inline(always)]
pub(crate) fn has_special_before(bytes: [u8; 16], end: usize) -> bool {
    (specials_of_16(bytes).trailing_zeros() as usize) < end
}

/// Returns the position of the first special byte of a short text.
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

#[cfg(test)]
mod tests {
    use super::*;

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
