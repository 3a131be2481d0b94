//! Bounds-safe reads that may extend beyond the end of a buffer.

/// Returns the byte at `at`, or NUL beyond the end.
#[inline(always)]
pub(crate) fn byte(text: &[u8], at: usize) -> u8 {
    match text.get(at) {
        Some(byte) => *byte,
        None => 0,
    }
}

/// Returns the `N` bytes from `at` on, if the text is long enough.
#[inline(always)]
pub(crate) fn chunk<const N: usize>(text: &[u8], at: usize) -> Option<&[u8; N]> {
    // offsets fit 32 bits, so this cannot overflow
    let at = at as u32 as usize;
    text.get(at..at + N)?.first_chunk()
}

/// Returns the `N` bytes from `at` on, padded with NUL beyond the end.
#[inline(never)]
pub(crate) fn padded<const N: usize>(text: &[u8], at: usize) -> [u8; N] {
    let mut block = [0; N];
    for (to, from) in block.iter_mut().zip(text.get(at..).unwrap_or_default()) {
        *to = *from;
    }
    block
}

/// Returns a string of less than 16 bytes as two words, padded with NUL.
#[inline(always)]
pub(crate) fn short(text: &[u8]) -> (u64, u64) {
    let len = text.len();
    if let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk()) {
        // with eight bytes or more, the last eight overlap the first eight
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
