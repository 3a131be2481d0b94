//! The grammar of JSON: functions that validate one construct of a text and say where it ends.
//!
//! All take the text and an offset into it. Beyond the end of the text they see NUL, which JSON allows nowhere.

use crate::error::{Expected, Found, SyntaxError, SyntaxErrorKind as Kind};

/// Boxed, so that the good case fits two registers.
pub(crate) type Lexed<T> = Result<T, Box<SyntaxError>>;

/// The byte at `at`, or NUL beyond the end.
#[inline(always)]
pub(crate) fn byte(text: &[u8], at: usize) -> u8 {
    match text.get(at) {
        Some(byte) => *byte,
        None => 0,
    }
}

/// The first offset from `at` on that does not hold white space.
#[inline(always)]
pub(crate) fn space(text: &[u8], mut at: usize) -> usize {
    while matches!(byte(text, at), b' ' | b'\n' | b'\t' | b'\r') {
        at += 1;
    }
    at
}

#[cold]
#[inline(never)]
pub(crate) fn fail<T>(kind: Kind, at: usize) -> Lexed<T> {
    Err(Box::new(SyntaxError::new(kind, at)))
}

#[cold]
#[inline(never)]
pub(crate) fn unexpected<T>(text: &[u8], at: usize, expected: Expected) -> Lexed<T> {
    fail(Kind::Unexpected { expected, found: Found::at(text, at) }, at)
}

/// Validates the value that starts at `at` and returns where it ends.
///
/// `depth` is how many more levels of nesting are allowed, out of `limit`.
pub(crate) fn value(text: &[u8], at: usize, depth: Depth) -> Lexed<usize> {
    match byte(text, at) {
        b'"' => string(text, at + 1).map(|(end, _)| end),
        b'{' => object(text, at + 1, depth.enter(at)?),
        b'[' => array(text, at + 1, depth.enter(at)?),
        b'-' | b'0'..=b'9' => number(text, at),
        b't' => word(text, at, "true"),
        b'f' => word(text, at, "false"),
        b'n' => word(text, at, "null"),
        _ => unexpected(text, at, Expected::Value),
    }
}

/// How deep containers may still nest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Depth {
    left: u32,
    limit: u32,
}

impl Depth {
    pub(crate) fn new(limit: usize) -> Self {
        let limit = limit.min(crate::Limits::MAX_DEPTH) as u32;
        Depth { left: limit, limit }
    }

    /// One level further, for the container at `at`.
    #[inline(always)]
    pub(crate) fn enter(self, at: usize) -> Lexed<Self> {
        match self.left.checked_sub(1) {
            Some(left) => Ok(Depth { left, ..self }),
            None => fail(Kind::TooDeep { limit: self.limit as usize }, at),
        }
    }
}

/// `at` is behind the opening brace.
fn object(text: &[u8], at: usize, depth: Depth) -> Lexed<usize> {
    let mut at = space(text, at);
    if byte(text, at) == b'}' {
        return Ok(at + 1);
    }
    let mut expected = Expected::KeyOrBrace;
    loop {
        let (key_end, _) = key(text, at, expected)?;
        at = value(text, colon(text, key_end)?, depth)?;
        at = space(text, at);
        match byte(text, at) {
            b',' => at = space(text, at + 1),
            b'}' => return Ok(at + 1),
            _ => return unexpected(text, at, Expected::CommaOrBrace),
        }
        expected = Expected::Key;
    }
}

/// `at` is behind the opening bracket.
fn array(text: &[u8], at: usize, depth: Depth) -> Lexed<usize> {
    let mut at = space(text, at);
    match byte(text, at) {
        b']' => return Ok(at + 1),
        b',' | b'}' | b':' | 0 => return unexpected(text, at, Expected::ValueOrBracket),
        _ => {}
    }
    loop {
        at = value(text, at, depth)?;
        at = space(text, at);
        match byte(text, at) {
            b',' => at = space(text, at + 1),
            b']' => return Ok(at + 1),
            _ => return unexpected(text, at, Expected::CommaOrBracket),
        }
    }
}

/// Validates the key at `at`, with its quotes. Returns where it ends and whether it has escapes.
#[inline(always)]
pub(crate) fn key(text: &[u8], at: usize, expected: Expected) -> Lexed<(usize, bool)> {
    if byte(text, at) != b'"' {
        return unexpected(text, at, expected);
    }
    string(text, at + 1)
}

/// Validates the colon after a key and returns where the value starts.
#[inline(always)]
pub(crate) fn colon(text: &[u8], at: usize) -> Lexed<usize> {
    let at = space(text, at);
    if byte(text, at) != b':' {
        return unexpected(text, at, Expected::Colon);
    }
    Ok(space(text, at + 1))
}

/// `at` is behind the opening quote. Returns the offset behind the closing one, and whether there are escapes.
#[inline(always)]
pub(crate) fn string(text: &[u8], start: usize) -> Lexed<(usize, bool)> {
    let mut at = start;
    let mut escaped = false;
    loop {
        match text.get(at) {
            Some(b'"') => return Ok((at + 1, escaped)),
            Some(b'\\') => {
                at = escape(text, at)?;
                escaped = true;
            }
            Some(&control @ ..0x20) => return fail(Kind::ControlCharacter(control), at),
            Some(_) => at += 1,
            None => return fail(Kind::UnfinishedString, start - 1),
        }
    }
}

/// Validates the escape at `at` and returns where it ends.
fn escape(text: &[u8], at: usize) -> Lexed<usize> {
    match byte(text, at + 1) {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Ok(at + 2),
        b'u' => {
            let first = hex4(text, at + 2)?;
            match first {
                0xD800..=0xDBFF if byte(text, at + 6) == b'\\' && byte(text, at + 7) == b'u' => {
                    match hex4(text, at + 8)? {
                        0xDC00..=0xDFFF => Ok(at + 12),
                        _ => fail(Kind::LoneSurrogate(first), at),
                    }
                }
                0xD800..=0xDFFF => fail(Kind::LoneSurrogate(first), at),
                _ => Ok(at + 6),
            }
        }
        _ => fail(Kind::UnknownEscape(Found::at(text, at + 1)), at + 1),
    }
}

/// The four hexadecimal digits at `at`.
fn hex4(text: &[u8], at: usize) -> Lexed<u16> {
    let mut code = 0;
    for place in at..at + 4 {
        match char::from(byte(text, place)).to_digit(16) {
            Some(digit) => code = code << 4 | digit as u16,
            None => return fail(Kind::BadHexEscape(Found::at(text, place)), place),
        }
    }
    Ok(code)
}

/// Numbers with at most this many characters and no exponent are within the range of `f64`.
const SURELY_IN_RANGE: usize = 300;

/// Validates the number at `at`, which starts with a digit or a minus, and returns where it ends.
fn number(text: &[u8], start: usize) -> Lexed<usize> {
    let mut at = start;
    if byte(text, at) == b'-' {
        at += 1;
    }
    if byte(text, at) == b'0' && byte(text, at + 1).is_ascii_digit() {
        return fail(Kind::LeadingZero, at);
    }
    at = digits(text, at)?;
    if byte(text, at) == b'.' {
        at = digits(text, at + 1)?;
    }
    let exponent = matches!(byte(text, at), b'e' | b'E');
    if exponent {
        at += 1;
        if matches!(byte(text, at), b'+' | b'-') {
            at += 1;
        }
        at = digits(text, at)?;
    }
    if exponent || at - start > SURELY_IN_RANGE {
        // Whether it fits depends on how `serde_json` rounds, so it decides.
        let digits = text.get(start..at).unwrap_or_default();
        if serde_json::from_slice::<serde_json::Number>(digits).is_err() {
            return fail(Kind::NumberOutOfRange, start);
        }
    }
    Ok(at)
}

/// Validates one or more digits and returns where they end.
#[inline(always)]
fn digits(text: &[u8], mut at: usize) -> Lexed<usize> {
    if !byte(text, at).is_ascii_digit() {
        return unexpected(text, at, Expected::Digit);
    }
    while byte(text, at).is_ascii_digit() {
        at += 1;
    }
    Ok(at)
}

/// Validates `true`, `false` or `null`, of which the first letter is there.
#[inline(always)]
fn word(text: &[u8], at: usize, word: &'static str) -> Lexed<usize> {
    let end = at + word.len();
    if text.get(at..end) != Some(word.as_bytes()) {
        let wrong = (at..end).zip(word.bytes()).find(|&(place, letter)| byte(text, place) != letter);
        return unexpected(text, wrong.map_or(at, |(place, _)| place), Expected::Word(word));
    }
    Ok(end)
}
