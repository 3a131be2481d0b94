//! Writing values: without white space, and with each key of an object once.

use serde_json::Value;

use crate::kind::Kind;
use crate::lex::{Lexed, Lexer, Next};
use crate::members::{Key, Seen, group_by_key, have_same_hash};
use crate::notes::NotedList;
use crate::text::Text;
use crate::write::{write_int, write_str};

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

/// Writes a value of a document: without whitespace and duplicate keys.
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
    let mut writer = Writer { text: text.as_text(), lexer, pieces: Vec::new(), hashes: Vec::new(), out };
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
    pieces: Vec<WrittenMember>,
    hashes: Vec<u32>,
    out: &'w mut Vec<u8>,
}

/// A member that has been written.
#[derive(Clone, Copy)]
struct WrittenMember {
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
                    self.pieces.push(WrittenMember { key, start, end: self.out.len() });
                    next = self.lexer.next_key(end)?;
                }
                Next::End(end) => {
                    let keys = self.pieces.get(outer..).unwrap_or_default().iter().map(|piece| piece.key);
                    if seen.repeated && have_same_hash(keys, &mut self.hashes) {
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
