//! Reading beyond the end of a text without harm.

/// The byte at `at`, or NUL beyond the end.
#[inline(always)]
pub(crate) fn byte(text: &[u8], at: usize) -> u8 {
    match text.get(at) {
        Some(byte) => *byte,
        None => 0,
    }
}

/// The bytes from `at` on, if there are so many.
#[inline(always)]
pub(crate) fn chunk<const N: usize>(text: &[u8], at: usize) -> Option<&[u8; N]> {
    // Offsets fit 32 bits, so there is no overflow to check for.
    let at = at as u32 as usize;
    text.get(at..at + N)?.first_chunk()
}

/// The bytes from `at` on, with NUL for those beyond the end.
#[inline(never)]
pub(crate) fn padded<const N: usize>(text: &[u8], at: usize) -> [u8; N] {
    let mut block = [0; N];
    for (to, from) in block.iter_mut().zip(text.get(at..).unwrap_or_default()) {
        *to = *from;
    }
    block
}

/// A text of less than 16 bytes as two words, with NUL behind its end.
#[inline(always)]
pub(crate) fn short(text: &[u8]) -> (u64, u64) {
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
