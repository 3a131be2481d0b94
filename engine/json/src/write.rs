//! Writing strings, keys and numbers.

use crate::bytes::{padded, short};
use crate::specials::{first_special, has_special, has_special_before};

/// Writes `s` as a JSON string with its quotes, escaped as `serde_json` does.
///
/// ```
/// let mut out = Vec::new();
/// mapwright_json::write_str(&mut out, "a \"b\"\n");
/// assert_eq!(out, br#""a \"b\"\n""#);
/// ```
pub fn write_str(out: &mut Vec<u8>, s: &str) {
    write_quoted(out, s.as_bytes(), *b"\"");
}

/// Writes `name` as the key of a member, followed by a colon.
///
/// ```
/// let mut out = Vec::new();
/// mapwright_json::write_key(&mut out, "plan");
/// assert_eq!(out, br#""plan":"#);
/// ```
pub fn write_key(out: &mut Vec<u8>, name: &str) {
    write_quoted(out, name.as_bytes(), *b"\":");
}

/// Writes a whole number.
///
/// ```
/// let mut out = Vec::new();
/// mapwright_json::write_int(&mut out, -7);
/// assert_eq!(out, b"-7");
/// ```
pub fn write_int(out: &mut Vec<u8>, int: i64) {
    let mut digits = itoa::Buffer::new();
    match digits.format(int).as_bytes() {
        text if text.len() < PIECE => {
            let end = out.len() + text.len();
            out.extend_from_slice(&u128_of(short(text)).to_le_bytes());
            out.truncate(end);
        }
        text => out.extend_from_slice(text),
    }
}

/// JSON text that is known in advance and written often, stored in pieces that are copied as a whole.
#[derive(Debug, Clone)]
pub struct Snippet {
    pieces: Box<[[u8; PIECE]]>,
    len: usize,
}

impl Snippet {
    /// Returns a snippet of a string.
    pub fn new(text: &[u8]) -> Self {
        Snippet { pieces: text.chunks(PIECE).map(|piece| padded(piece, 0)).collect(), len: text.len() }
    }

    /// Appends the text.
    ///
    /// ```
    /// use mapwright_json::Snippet;
    /// let mut out = b"[".to_vec();
    /// Snippet::new(b"\"text of more than one piece\"").write(&mut out);
    /// assert_eq!(out, b"[\"text of more than one piece\"");
    /// ```
    #[inline]
    pub fn write(&self, out: &mut Vec<u8>) {
        let end = out.len() + self.len;
        for piece in &self.pieces {
            out.extend_from_slice(piece);
        }
        out.truncate(end);
    }
}

/// The number of bytes that are copied together. Copying a whole piece of a short text is cheaper than checking its length.
const PIECE: usize = 16;

/// Writes a quote, a string and `behind`: as one piece, if it fits and nothing has to be escaped.
#[inline(always)]
fn write_quoted<const N: usize>(out: &mut Vec<u8>, text: &[u8], behind: [u8; N]) {
    let end = out.len() + 1 + text.len() + N;
    // other cases are tail calls, so that this function needs few registers
    if text.len() + 1 + N > PIECE || out.capacity() - out.len() < PIECE {
        return write_long(out, text, behind);
    }
    let letters = u128_of(short(text));
    if has_special_before(letters.to_le_bytes(), text.len()) {
        return write_escaped(out, text, behind);
    }
    let behind = behind.iter().rev().fold(0, |letters, letter| letters << 8 | u128::from(*letter));
    let quoted = u128::from(b'"') | letters << 8 | behind << (8 * (text.len() + 1));
    out.extend_from_slice(&quoted.to_le_bytes());
    out.truncate(end);
}

/// Writes a quote, a string of any length and `behind`.
#[inline(never)]
fn write_long<const N: usize>(out: &mut Vec<u8>, text: &[u8], behind: [u8; N]) {
    let start = out.len();
    out.reserve(1 + text.len() + PIECE + N);
    out.push(b'"');
    let end = out.len() + text.len();
    let (pieces, rest) = text.as_chunks::<PIECE>();
    for piece in pieces {
        out.extend_from_slice(piece);
        if has_special(*piece) {
            out.truncate(start);
            return write_escaped(out, text, behind);
        }
    }
    let piece = u128_of(short(rest)).to_le_bytes();
    if has_special_before(piece, rest.len()) {
        out.truncate(start);
        return write_escaped(out, text, behind);
    }
    out.extend_from_slice(&piece);
    out.truncate(end);
    out.extend_from_slice(&behind);
}

#[inline(always)]
fn u128_of((low, high): (u64, u64)) -> u128 {
    u128::from(high) << 64 | u128::from(low)
}

/// Writes a quote, a string that needs escapes, and `behind`.
#[inline(never)]
fn write_escaped<const N: usize>(out: &mut Vec<u8>, text: &[u8], behind: [u8; N]) {
    let mut rest = text;
    out.push(b'"');
    while let Some((clean, [special, after @ ..])) =
        first_special(rest).and_then(|at| rest.split_at_checked(at))
    {
        out.extend_from_slice(clean);
        write_escape(out, *special);
        rest = after;
    }
    out.extend_from_slice(rest);
    out.extend_from_slice(&behind);
}

#[inline(never)]
fn write_escape(out: &mut Vec<u8>, byte: u8) {
    let digit = |nibble: u8| nibble + if nibble < 10 { b'0' } else { b'a' - 10 };
    match byte {
        b'"' => out.extend_from_slice(b"\\\""),
        b'\\' => out.extend_from_slice(b"\\\\"),
        0x08 => out.extend_from_slice(b"\\b"),
        0x09 => out.extend_from_slice(b"\\t"),
        0x0A => out.extend_from_slice(b"\\n"),
        0x0C => out.extend_from_slice(b"\\f"),
        0x0D => out.extend_from_slice(b"\\r"),
        control => {
            out.extend_from_slice(&[b'\\', b'u', b'0', b'0', digit(control >> 4), digit(control & 15)])
        }
    }
}
