//! Undoes the escapes of URLs, forms, JSON, HTML and base64, and maps the result to the original text.

use std::borrow::Cow;
use std::ops::Range;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use memchr::{memchr, memchr2};

/// Base64 with or without padding.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A way to escape text within other text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escape {
    /// `%2F`, in either case of its digits.
    Percent,
    /// The same, with `+` for a space.
    Form,
    /// `\"`, `\u0041`.
    Json,
    /// `&amp;`, `&#47;`, `&#x2F;`.
    Html,
    /// A run of base64 that encodes printable text.
    Base64,
}

impl Escape {
    /// Undoes the escapes; returns `None` if there are none.
    pub(super) fn undo(self, text: &[u8]) -> Option<Vec<u8>> {
        if !self.may_be_in(text) {
            return None;
        }
        let mut undone = Vec::with_capacity(text.len());
        let mut any = false;
        self.pieces(text, |origin, bytes| {
            any |= bytes.is_some();
            undone.extend_from_slice(bytes.unwrap_or(text.get(origin).unwrap_or_default()));
        });
        any.then_some(undone)
    }

    /// Turns ranges of the text without these escapes into the ranges of the text that they come from.
    ///
    /// A string in which something is found is read once more, so that no text needs the origins of all its bytes.
    pub(super) fn trace<'r>(self, text: &[u8], ranges: impl Iterator<Item = &'r mut Range<usize>>) {
        let ends = ranges.filter(|range| range.start < range.end).flat_map(|range| {
            let Range { start, end } = range;
            [End { at: *start, first: true, place: start }, End { at: *end - 1, first: false, place: end }]
        });
        let mut ends: Vec<End<'_>> = ends.collect();
        ends.sort_unstable_by_key(|end| end.at);
        let mut ends = ends.into_iter().peekable();
        let mut at = 0;
        self.pieces(text, |origin, bytes| {
            let after = at + bytes.map_or(origin.len(), <[u8]>::len);
            while let Some(end) = ends.next_if(|end| end.at < after) {
                let byte = match bytes {
                    Some(_) => origin.clone(),
                    None => origin.start + end.at - at..origin.start + end.at - at + 1,
                };
                *end.place = if end.first { byte.start } else { byte.end };
            }
            at = after;
        });
    }

    /// Visits the text in pieces: where it is escaped, with the bytes that stand for it.
    fn pieces(self, text: &[u8], mut visit: impl FnMut(Range<usize>, Option<&[u8]>)) {
        let mut bytes = Vec::new();
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            bytes.clear();
            let escaped = self.read(rest, &mut bytes);
            let length = escaped.unwrap_or_else(|| self.unescaped(rest));
            visit(at..at + length, escaped.map(|_| bytes.as_slice()));
            at += length;
        }
    }

    fn may_be_in(self, text: &[u8]) -> bool {
        match self {
            Escape::Base64 => text.iter().any(|byte| is_base64(*byte)),
            other => other.next(text).is_some(),
        }
    }

    /// Returns the place of the next byte that an escape can begin with.
    fn next(self, text: &[u8]) -> Option<usize> {
        match self {
            Escape::Percent => memchr(b'%', text),
            Escape::Form => memchr2(b'%', b'+', text),
            Escape::Json => memchr(b'\\', text),
            Escape::Html => memchr(b'&', text),
            Escape::Base64 => text.iter().position(|byte| is_base64(*byte)),
        }
    }

    /// Returns how much of a string that does not begin with an escape has none: at least one byte.
    fn unescaped(self, text: &[u8]) -> usize {
        // a run that is not base64 is skipped as a whole
        let begun = if self == Escape::Base64 { run_length(text).max(1) } else { 1 };
        let rest = text.get(begun..).unwrap_or_default();
        begun + self.next(rest).unwrap_or(rest.len())
    }

    /// Reads the escape at the start of the text: appends the bytes that it stands for, and returns its length.
    fn read(self, text: &[u8], bytes: &mut Vec<u8>) -> Option<usize> {
        match (self, text) {
            (Escape::Form, [b'+', ..]) => {
                bytes.push(b' ');
                Some(1)
            }
            (Escape::Percent | Escape::Form, [b'%', high, low, ..]) => {
                bytes.push(u8::try_from(number(&[*high, *low], 16)?).ok()?);
                Some(3)
            }
            (Escape::Json, [b'\\', b'u', ..]) => {
                let (character, length) = unicode(text)?;
                Some(put(character, length, bytes))
            }
            (Escape::Json, [b'\\', letter, ..]) => {
                bytes.push(match letter {
                    b'"' | b'\\' | b'/' | b'\'' => *letter,
                    b'b' => 8,
                    b'f' => 12,
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    _ => return None,
                });
                Some(2)
            }
            (Escape::Html, [b'&', ..]) => {
                let (character, length) = entity(text)?;
                Some(put(character, length, bytes))
            }
            (Escape::Base64, _) => unpacked(text, bytes),
            _ => None,
        }
    }
}

/// One end of a range that is traced.
struct End<'r> {
    /// The byte at this end.
    at: usize,
    first: bool,
    place: &'r mut usize,
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    // `from_str_radix` accepts a sign
    let digits = digits.iter().all(u8::is_ascii_alphanumeric).then_some(digits)?;
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok()
}

fn put(character: char, length: usize, bytes: &mut Vec<u8>) -> usize {
    bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    length
}

/// Reads `\u0041`, or a surrogate pair.
fn unicode(text: &[u8]) -> Option<(char, usize)> {
    let unit = |at: usize| {
        let digits = text.get(at..)?.strip_prefix(b"\\u")?.get(..4)?;
        number(digits, 16)
    };
    let first = unit(0)?;
    if let Some(character) = char::from_u32(first) {
        return Some((character, 6));
    }
    let (high, low) = (first.checked_sub(0xD800)?, unit(6)?.checked_sub(0xDC00)?);
    let pair = (high < 0x400 && low < 0x400).then_some(0x1_0000 + (high << 10) + low)?;
    Some((char::from_u32(pair)?, 12))
}

/// Reads a character reference: numeric, or one of the named ones that escaping functions use.
fn entity(text: &[u8]) -> Option<(char, usize)> {
    /// The longest reference: `&#x10FFFF;` with leading zeros.
    const LONGEST: usize = 16;
    let end = text.iter().take(LONGEST).position(|byte| *byte == b';')?;
    let character = match text.get(1..end)? {
        b"amp" => '&',
        b"lt" => '<',
        b"gt" => '>',
        b"quot" => '"',
        b"apos" => '\'',
        [b'#', b'x' | b'X', digits @ ..] => char::from_u32(number(digits, 16)?)?,
        [b'#', digits @ ..] => char::from_u32(number(digits, 10)?)?,
        _ => return None,
    };
    Some((character, end + 1))
}

/// Returns true for a base64 digit of either alphabet.
pub(super) fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

/// Returns the length of the base64 run at the start of the text, with its padding.
fn run_length(text: &[u8]) -> usize {
    let digits = text.iter().take_while(|byte| is_base64(**byte)).count();
    let padding = text.iter().skip(digits).take(2).take_while(|byte| **byte == b'=').count();
    if digits == 0 { 0 } else { digits + padding }
}

/// Returns a digit in the standard alphabet.
fn in_standard(digit: &u8) -> u8 {
    match digit {
        b'-' => b'+',
        b'_' => b'/',
        other => *other,
    }
}

/// Decodes the base64 run at the start of the text, if it encodes printable text.
fn unpacked(text: &[u8], bytes: &mut Vec<u8>) -> Option<usize> {
    let length = run_length(text);
    let run = text.get(..length).filter(|run| run.len() > 1)?;
    let digits = match memchr2(b'-', b'_', run) {
        None => Cow::Borrowed(run),
        Some(_) => run.iter().map(in_standard).collect(),
    };
    LENIENT.decode_vec(digits, bytes).ok()?;
    let readable = std::str::from_utf8(bytes).ok()?.chars().all(|c| !c.is_control() || c.is_whitespace());
    readable.then_some(length)
}
