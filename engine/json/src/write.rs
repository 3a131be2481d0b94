//! Writing JSON text.

use serde_json::Value;

use crate::bytes::{padded, short};
use crate::lex::{Lexed, Lexer, Next};
use crate::members::{Key, Seen, group_by_key};
use crate::notes::NotedList;
use crate::specials::{first_special, has_special, has_special_before};
use crate::text::Text;
use crate::value::Kind;

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
    /// Returns a snippet of a text.
    pub fn new(text: &[u8]) -> Self {
        Snippet { pieces: text.chunks(PIECE).map(|piece| padded(piece, 0)).collect(), len: text.len() }
    }

    /// Appends the text.
    ///
    /// ```
    /// use mapwright_json::Snippet;
    /// let mut out = b"[".to_vec();
    /// Snippet::new(b"\"a text of more than one piece\"").write(&mut out);
    /// assert_eq!(out, b"[\"a text of more than one piece\"");
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

/// Writes a quote, a text and `behind`: as one piece, if it fits and nothing has to be escaped.
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

/// Writes a quote, a text of any length and `behind`.
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

/// Writes a quote, a text that needs escapes, and `behind`.
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

/// Writes a value of a parsed tree, as `serde_json` does.
#[inline(always)]
pub(crate) fn write_tree(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::String(text) => write_str(out, text),
        _ => write_other(out, value),
    }
}

#[inline(never)]
fn write_other(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Number(number) if number.is_i64() => write_int(out, number.as_i64().unwrap_or_default()),
        // writing to a vector cannot fail, and the keys of a map are strings
        _ => drop(serde_json::to_writer(out, value)),
    }
}

/// Writes a value of a text: without whitespace and duplicate keys.
#[inline]
pub(crate) fn write_text(out: &mut Vec<u8>, text: Text<'_>) {
    let bytes = text.as_text().as_bytes();
    match bytes.first() {
        Some(b'{' | b'[') if !text.is_written() => write_container(out, text),
        _ => out.extend_from_slice(bytes),
    }
}

#[inline(never)]
fn write_container(out: &mut Vec<u8>, text: Text<'_>) {
    if let Some(list) = text.list() {
        return write_noted(out, list, text.kind());
    }
    let start = out.len();
    let lexer = Lexer::of(text.as_text().as_bytes());
    let mut writer = Writer { text: text.as_text(), lexer, pieces: Vec::new(), out };
    if writer.value(0, writer.lexer.depth()).is_err() {
        out.truncate(start);
        out.extend_from_slice(text.as_text().as_bytes());
    }
}

fn write_noted(out: &mut Vec<u8>, list: NotedList<'_>, kind: Kind) {
    let (open, close) = if kind == Kind::Object { (b'{', b'}') } else { (b'[', b']') };
    out.push(open);
    for (place, member) in list.enumerate() {
        if place > 0 {
            out.push(b',');
        }
        if kind == Kind::Object {
            out.extend_from_slice(member.written_key().unwrap_or("\"\"").as_bytes());
            out.push(b':');
        }
        write_text(out, member.value().unwrap_or(Text::NULL));
    }
    out.push(close);
}

struct Writer<'w> {
    text: &'w str,
    lexer: Lexer<'w>,
    /// The members of the objects that are being written; those of the innermost object come last.
    pieces: Vec<Piece>,
    out: &'w mut Vec<u8>,
}

/// A member that has been written.
#[derive(Clone, Copy)]
struct Piece {
    key: Key,
    /// The position of the member in the output.
    start: usize,
    end: usize,
}

impl Writer<'_> {
    fn value(&mut self, at: usize, depth: u32) -> Lexed<usize> {
        match self.lexer.byte(at) {
            b'{' => self.object(at, depth),
            b'[' => self.array(at, depth),
            _ => {
                let end = self.lexer.value(at, depth)?;
                self.copy(at, end);
                Ok(end)
            }
        }
    }

    fn copy(&mut self, start: usize, end: usize) {
        self.out.extend_from_slice(self.lexer.text.get(start..end).unwrap_or_default());
    }

    fn array(&mut self, start: usize, depth: u32) -> Lexed<usize> {
        let depth = self.lexer.enter(depth, start)?;
        self.out.push(b'[');
        let mut next = self.lexer.first_item(start)?;
        let mut comma = false;
        loop {
            match next {
                Next::At(at) => {
                    if std::mem::replace(&mut comma, true) {
                        self.out.push(b',');
                    }
                    let end = self.value(at, depth)?;
                    next = self.lexer.next_item(end)?;
                }
                Next::End(end) => {
                    self.out.push(b']');
                    return Ok(end);
                }
            }
        }
    }

    fn object(&mut self, start: usize, depth: u32) -> Lexed<usize> {
        let depth = self.lexer.enter(depth, start)?;
        self.out.push(b'{');
        let outer = self.pieces.len();
        let mut seen = Seen::default();
        let mut next = self.lexer.first_key(start)?;
        loop {
            match next {
                Next::At(at) => {
                    if self.pieces.len() > outer {
                        self.out.push(b',');
                    }
                    let start = self.out.len();
                    let quoted = self.lexer.string(at + 1)?;
                    self.copy(at, quoted.end);
                    self.out.push(b':');
                    let value = self.lexer.colon(quoted.end)?;
                    let end = self.value(value, depth)?;
                    let key = Key::read(self.text, at, &quoted);
                    seen.add(key);
                    self.pieces.push(Piece { key, start, end: self.out.len() });
                    next = self.lexer.next_key(end)?;
                }
                Next::End(end) => {
                    if seen.repeated {
                        self.unite(outer);
                    }
                    self.pieces.truncate(outer);
                    self.out.push(b'}');
                    return Ok(end);
                }
            }
        }
    }

    /// Removes duplicate keys from the pieces from `outer` on, which end the output: keeps the last value, at the position of the first.
    #[cold]
    fn unite(&mut self, outer: usize) {
        let pieces = self.pieces.get(outer..).unwrap_or_default();
        let Some(start) = pieces.first().map(|piece| piece.start) else { return };
        let piece = |place: u32| pieces.get(place as usize).copied();
        let mut places: Vec<u32> = (0..pieces.len() as u32).collect();
        let mut kept = Vec::with_capacity(places.len());
        group_by_key(
            &mut places,
            self.text,
            |place| Some(piece(place)?.key),
            |same| {
                if let (Some(first), Some(last)) = (same.first(), same.last()) {
                    kept.push((*first, piece(*last)));
                }
            },
        );
        kept.sort_unstable_by_key(|(first, _)| *first);
        let written = self.out.split_off(start);
        for (place, piece) in kept.iter().filter_map(|(_, piece)| *piece).enumerate() {
            if place > 0 {
                self.out.push(b',');
            }
            self.out
                .extend_from_slice(written.get(piece.start - start..piece.end - start).unwrap_or_default());
        }
    }
}
