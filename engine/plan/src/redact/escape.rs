//! Undoes the escapes of URLs, forms, JSON, HTML and base64, and maps the result to the original text.

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

/// A text with one kind of escape undone.
#[derive(Debug, Default)]
pub(super) struct Unescaped {
    pub(super) text: Vec<u8>,
    /// For each byte, its range in the original text.
    pub(super) origins: Vec<Range<usize>>,
}

impl Unescaped {
    fn put(&mut self, text: &[u8], origin: Range<usize>) {
        self.text.extend_from_slice(text);
        self.origins.extend(text.iter().map(|_| origin.clone()));
    }
}

impl Escape {
    /// Undoes the escapes; returns `None` if there are none.
    pub(super) fn undo(self, text: &[u8]) -> Option<Unescaped> {
        if !self.may_be_in(text) {
            return None;
        }
        let mut undone = Unescaped::default();
        let (mut at, mut any) = (0, false);
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let read = self.read(rest);
            any |= read.is_some();
            match read {
                Some((bytes, length)) => {
                    undone.put(&bytes, at..at + length);
                    at += length;
                }
                None => {
                    // a run that is not base64 is skipped as a whole
                    let length = if self == Escape::Base64 { run_length(rest).max(1) } else { 1 };
                    for (byte, at) in rest.iter().take(length).zip(at..) {
                        undone.put(&[*byte], at..at + 1);
                    }
                    at += length;
                }
            }
        }
        any.then_some(undone)
    }

    fn may_be_in(self, text: &[u8]) -> bool {
        match self {
            Escape::Percent => memchr(b'%', text).is_some(),
            Escape::Form => memchr2(b'%', b'+', text).is_some(),
            Escape::Json => memchr(b'\\', text).is_some(),
            Escape::Html => memchr(b'&', text).is_some(),
            Escape::Base64 => text.iter().any(|byte| is_base64(*byte)),
        }
    }

    /// Reads the escape at the start of the text: the bytes that it encodes, and its length.
    fn read(self, text: &[u8]) -> Option<(Vec<u8>, usize)> {
        match (self, text) {
            (Escape::Form, [b'+', ..]) => Some((vec![b' '], 1)),
            (Escape::Percent | Escape::Form, [b'%', high, low, ..]) => {
                let digits = [*high, *low];
                Some((vec![u8::try_from(number(&digits, 16)?).ok()?], 3))
            }
            (Escape::Json, [b'\\', b'u', ..]) => unicode(text),
            (Escape::Json, [b'\\', letter, ..]) => {
                let byte = match letter {
                    b'"' | b'\\' | b'/' | b'\'' => *letter,
                    b'b' => 8,
                    b'f' => 12,
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    _ => return None,
                };
                Some((vec![byte], 2))
            }
            (Escape::Html, [b'&', ..]) => entity(text),
            (Escape::Base64, _) => unpacked(text),
            _ => None,
        }
    }
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    // `from_str_radix` accepts a sign
    let digits = digits.iter().all(u8::is_ascii_alphanumeric).then_some(digits)?;
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok()
}

fn encoded(character: char, length: usize) -> (Vec<u8>, usize) {
    (character.encode_utf8(&mut [0; 4]).as_bytes().to_vec(), length)
}

/// Reads `\u0041`, or a surrogate pair.
fn unicode(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let unit = |at: usize| {
        let digits = text.get(at..)?.strip_prefix(b"\\u")?.get(..4)?;
        number(digits, 16)
    };
    let first = unit(0)?;
    if let Some(character) = char::from_u32(first) {
        return Some(encoded(character, 6));
    }
    let (high, low) = (first.checked_sub(0xD800)?, unit(6)?.checked_sub(0xDC00)?);
    let pair = (high < 0x400 && low < 0x400).then_some(0x1_0000 + (high << 10) + low)?;
    Some(encoded(char::from_u32(pair)?, 12))
}

/// Reads a character reference: numeric, or one of the named ones that escaping functions use.
fn entity(text: &[u8]) -> Option<(Vec<u8>, usize)> {
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
    Some(encoded(character, end + 1))
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

/// Decodes the base64 run at the start of the text, if it encodes printable text.
fn unpacked(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let length = run_length(text);
    let digits = text.get(..length).filter(|run| run.len() > 1)?.iter().map(|byte| match byte {
        b'-' => b'+',
        b'_' => b'/',
        other => *other,
    });
    let bytes = LENIENT.decode(digits.collect::<Vec<u8>>()).ok()?;
    let readable = std::str::from_utf8(&bytes).ok()?.chars().all(|c| !c.is_control() || c.is_whitespace());
    readable.then_some((bytes, length))
}
