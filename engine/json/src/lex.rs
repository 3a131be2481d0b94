//! The grammar of JSON: validates one construct of a document and returns where it ends.

use crate::bytes::{byte, chunk};
use crate::error::{Expected, Found, SyntaxError, SyntaxErrorKind as Kind};
use crate::limits::Limits;
use crate::specials::Specials;

/// The error is boxed, so that the success case fits into two registers.
pub(crate) type Lexed<T> = Result<T, Box<SyntaxError>>;

/// Validates a document.
///
/// All methods take offsets into the text. Beyond its end they read NUL, which JSON allows nowhere.
#[derive(Debug, Clone)]
pub(crate) struct Lexer<'t> {
    pub(crate) text: &'t [u8],
    specials: Specials,
    depth: u32,
}

/// A string or key.
pub(crate) struct Quoted {
    /// The offset after the closing quote.
    pub(crate) end: usize,
    /// Whether the string has escapes.
    pub(crate) escaped: bool,
}

/// A key and the colon after it.
pub(crate) struct Named {
    pub(crate) key: Quoted,
    /// Where the value starts.
    pub(crate) value: usize,
}

/// Returns the first offset from `at` on that is not whitespace.
#[inline(always)]
pub(crate) fn space(text: &[u8], mut at: usize) -> usize {
    while matches!(byte(text, at), b' ' | b'\n' | b'\t' | b'\r') {
        at += 1;
    }
    at
}

#[cold]
#[inline(never)]
fn fail<T>(kind: Kind, at: usize) -> Lexed<T> {
    Err(Box::new(SyntaxError::new(kind, at)))
}

impl<'t> Lexer<'t> {
    /// Returns a lexer that allows `depth` levels of nesting. The buffer may be reused.
    pub(crate) fn new(text: &'t [u8], mut specials: Specials, depth: usize) -> Self {
        specials.find(text);
        Lexer { text, specials, depth: depth.min(Limits::MAX_DEPTH) as u32 }
    }

    /// Returns a lexer for text without limits.
    pub(crate) fn of(text: &'t [u8]) -> Self {
        Lexer::new(text, Specials::default(), Limits::MAX_DEPTH)
    }

    /// Returns the buffer.
    pub(crate) fn into_buffer(self) -> Specials {
        self.specials
    }

    /// Returns the number of levels that are allowed.
    pub(crate) fn depth(&self) -> u32 {
        self.depth
    }

    /// Returns how many of `depth` levels remain inside the container at `at`.
    #[inline(always)]
    pub(crate) fn enter(&self, depth: u32, at: usize) -> Lexed<u32> {
        match depth.checked_sub(1) {
            Some(depth) => Ok(depth),
            None => fail(Kind::TooDeep { limit: self.depth as usize }, at),
        }
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn unexpected<T>(&self, at: usize, expected: Expected) -> Lexed<T> {
        fail(Kind::Unexpected { expected, found: Found::at(self.text, at) }, at)
    }

    #[inline(always)]
    pub(crate) fn byte(&self, at: usize) -> u8 {
        byte(self.text, at)
    }

    #[inline(always)]
    pub(crate) fn space(&self, at: usize) -> usize {
        space(self.text, at)
    }

    /// Validates that nothing follows the text's only value, which ends at `end`.
    pub(crate) fn end(&self, end: usize) -> Lexed<()> {
        let rest = self.space(end);
        if rest != self.text.len() {
            return self.unexpected(rest, Expected::End);
        }
        Ok(())
    }

    /// Validates the value that starts at `at` and returns where it ends. `depth` more levels are allowed.
    #[inline(always)]
    pub(crate) fn value(&self, at: usize, depth: u32) -> Lexed<usize> {
        match self.byte(at) {
            b'"' => Ok(self.string(at + 1)?.end),
            _ => self.value_but_string(at, depth),
        }
    }

    /// Validates the value at `at`, which is not a string. Most values are strings, so this is a separate function.
    #[inline(never)]
    pub(crate) fn value_but_string(&self, at: usize, depth: u32) -> Lexed<usize> {
        match self.byte(at) {
            b'{' => self.object(at, depth),
            b'[' => self.array(at, depth),
            b'-' | b'0'..=b'9' => self.number(at),
            b't' => self.word(at, "true"),
            b'f' => self.word(at, "false"),
            b'n' => self.word(at, "null"),
            _ => self.unexpected(at, Expected::Value),
        }
    }

    fn object(&self, start: usize, depth: u32) -> Lexed<usize> {
        let depth = self.enter(depth, start)?;
        let mut next = self.first_key(start)?;
        loop {
            match next {
                Next::At(at) => {
                    let named = self.key(at)?;
                    let end = self.value(named.value, depth)?;
                    next = self.next_key(end)?;
                }
                Next::End(end) => return Ok(end),
            }
        }
    }

    fn array(&self, start: usize, depth: u32) -> Lexed<usize> {
        let depth = self.enter(depth, start)?;
        let mut next = self.first_item(start)?;
        loop {
            match next {
                Next::At(at) => {
                    let end = self.value(at, depth)?;
                    next = self.next_item(end)?;
                }
                Next::End(end) => return Ok(end),
            }
        }
    }

    /// Returns what follows the opening brace at `start`.
    #[inline(always)]
    pub(crate) fn first_key(&self, start: usize) -> Lexed<Next> {
        let at = self.space(start + 1);
        match self.byte(at) {
            b'"' => Ok(Next::At(at)),
            b'}' => Ok(Next::End(at + 1)),
            _ => self.unexpected(at, Expected::KeyOrBrace),
        }
    }

    /// Returns what follows a member of an object, which ends at `end`.
    #[inline(always)]
    pub(crate) fn next_key(&self, end: usize) -> Lexed<Next> {
        // fast path without whitespace
        if chunk(self.text, end) == Some(b",\"") {
            return Ok(Next::At(end + 1));
        }
        self.next_spaced_key(end)
    }

    fn next_spaced_key(&self, end: usize) -> Lexed<Next> {
        let at = self.space(end);
        match self.byte(at) {
            b',' => {
                let at = self.space(at + 1);
                if self.byte(at) != b'"' {
                    return self.unexpected(at, Expected::Key);
                }
                Ok(Next::At(at))
            }
            b'}' => Ok(Next::End(at + 1)),
            _ => self.unexpected(at, Expected::CommaOrBrace),
        }
    }

    /// Returns what follows the opening bracket at `start`.
    #[inline(always)]
    pub(crate) fn first_item(&self, start: usize) -> Lexed<Next> {
        let at = self.space(start + 1);
        match self.byte(at) {
            b']' => Ok(Next::End(at + 1)),
            0 | b',' | b':' | b'}' => self.unexpected(at, Expected::ValueOrBracket),
            _ => Ok(Next::At(at)),
        }
    }

    /// Returns what follows an item of an array, which ends at `end`.
    #[inline(always)]
    pub(crate) fn next_item(&self, end: usize) -> Lexed<Next> {
        let at = self.space(end);
        match self.byte(at) {
            b',' => Ok(Next::At(self.space(at + 1))),
            b']' => Ok(Next::End(at + 1)),
            _ => self.unexpected(at, Expected::CommaOrBracket),
        }
    }

    /// Validates the key whose opening quote is at `at`, and the colon after it.
    #[inline(always)]
    pub(crate) fn key(&self, at: usize) -> Lexed<Named> {
        let end = self.specials.next(at + 1);
        // fast path without escapes, and without whitespace before the colon
        if let Some([quote, colon, next]) = chunk(self.text, end)
            && [*quote, *colon] == *b"\":"
        {
            let value = if *next > b' ' { end + 2 } else { self.space(end + 2) };
            return Ok(Named { key: Quoted { end: end + 1, escaped: false }, value });
        }
        self.other_key(at)
    }

    #[inline(never)]
    fn other_key(&self, at: usize) -> Lexed<Named> {
        let key = self.string(at + 1)?;
        let value = self.colon(key.end)?;
        Ok(Named { key, value })
    }

    /// Validates the colon after a key, which ends at `end`, and returns where the value starts.
    #[inline(always)]
    pub(crate) fn colon(&self, end: usize) -> Lexed<usize> {
        // fast path without whitespace
        if self.byte(end) == b':' && self.byte(end + 1) > b' ' {
            return Ok(end + 1);
        }
        self.spaced_colon(end)
    }

    fn spaced_colon(&self, end: usize) -> Lexed<usize> {
        let at = self.space(end);
        if self.byte(at) != b':' {
            return self.unexpected(at, Expected::Colon);
        }
        Ok(self.space(at + 1))
    }

    /// Validates the string whose opening quote is before `start`.
    #[inline(always)]
    pub(crate) fn string(&self, start: usize) -> Lexed<Quoted> {
        let end = self.specials.next(start);
        if self.byte(end) == b'"' {
            return Ok(Quoted { end: end + 1, escaped: false });
        }
        let end = self.unclean_string(start, end)?;
        Ok(Quoted { end, escaped: true })
    }

    /// Validates the rest of a string from `at` on, where the next special byte is not a quote.
    #[inline(never)]
    fn unclean_string(&self, start: usize, mut at: usize) -> Lexed<usize> {
        loop {
            match self.text.get(at) {
                Some(b'"') => return Ok(at + 1),
                Some(b'\\') => {
                    let end = self.escape(at)?;
                    at = self.specials.next(end);
                }
                Some(control) => return fail(Kind::ControlCharacter(*control), at),
                None => return fail(Kind::UnfinishedString, start - 1),
            }
        }
    }

    /// Validates the escape at `at` and returns where it ends.
    fn escape(&self, at: usize) -> Lexed<usize> {
        match self.byte(at + 1) {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Ok(at + 2),
            b'u' => {
                let first = self.hex(at + 2)?;
                match first {
                    0xD800..=0xDBFF if self.byte(at + 6) == b'\\' && self.byte(at + 7) == b'u' => {
                        match self.hex(at + 8)? {
                            0xDC00..=0xDFFF => Ok(at + 12),
                            _ => fail(Kind::LoneSurrogate(first), at),
                        }
                    }
                    0xD800..=0xDFFF => fail(Kind::LoneSurrogate(first), at),
                    _ => Ok(at + 6),
                }
            }
            _ => fail(Kind::UnknownEscape(Found::at(self.text, at + 1)), at + 1),
        }
    }

    /// Parses the four hexadecimal digits at `at`.
    fn hex(&self, at: usize) -> Lexed<u16> {
        let mut code = 0;
        for place in at..at + 4 {
            match char::from(self.byte(place)).to_digit(16) {
                Some(digit) => code = code << 4 | digit as u16,
                None => return fail(Kind::BadHexEscape(Found::at(self.text, place)), place),
            }
        }
        Ok(code)
    }

    /// Validates the number at `start`, which is a digit or a minus sign, and returns where it ends.
    #[inline(always)]
    fn number(&self, start: usize) -> Lexed<usize> {
        let mut at = start;
        if self.byte(at) == b'-' {
            at += 1;
        }
        if self.byte(at) == b'0' && self.byte(at + 1).is_ascii_digit() {
            return fail(Kind::LeadingZero, at);
        }
        at = self.digits(at)?;
        if self.byte(at) == b'.' {
            at = self.digits(at + 1)?;
        }
        let exponent = matches!(self.byte(at), b'e' | b'E');
        if exponent || at - start > SURELY_IN_RANGE {
            return self.extreme_number(start, at);
        }
        Ok(at)
    }

    /// Validates the rest of a number that may have an exponent at `at` and may exceed the range of `f64`.
    #[inline(never)]
    fn extreme_number(&self, start: usize, mut at: usize) -> Lexed<usize> {
        if matches!(self.byte(at), b'e' | b'E') {
            at += 1;
            if matches!(self.byte(at), b'+' | b'-') {
                at += 1;
            }
            at = self.digits(at)?;
        }
        // whether it does depends on the rounding of `serde_json`
        let number = self.text.get(start..at).unwrap_or_default();
        if serde_json::from_slice::<serde_json::Number>(number).is_err() {
            return fail(Kind::NumberOutOfRange, start);
        }
        Ok(at)
    }

    /// Validates one or more digits and returns where they end.
    #[inline(always)]
    fn digits(&self, mut at: usize) -> Lexed<usize> {
        if !self.byte(at).is_ascii_digit() {
            return self.unexpected(at, Expected::Digit);
        }
        while self.byte(at).is_ascii_digit() {
            at += 1;
        }
        Ok(at)
    }

    /// Validates `true`, `false` or `null`, whose first letter was read.
    #[inline(always)]
    fn word(&self, at: usize, word: &'static str) -> Lexed<usize> {
        let end = at + word.len();
        if self.text.get(at..end) != Some(word.as_bytes()) {
            return self.bad_word(at, word);
        }
        Ok(end)
    }

    #[cold]
    #[inline(never)]
    fn bad_word<T>(&self, at: usize, word: &'static str) -> Lexed<T> {
        let wrong = (at..).zip(word.bytes()).find(|&(place, letter)| self.byte(place) != letter);
        match wrong {
            // a single letter does not suggest that this word was meant
            Some((place, _)) if place > at + 1 || place == self.text.len() => {
                self.unexpected(place, Expected::Word(word))
            }
            _ => self.unexpected(at, Expected::Value),
        }
    }
}

/// What follows next in an object or array.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Next {
    /// A key or item, which starts here.
    At(usize),
    /// The end of the container, which is here.
    End(usize),
}

/// Numbers with at most this many characters and no exponent are within the range of `f64`.
const SURELY_IN_RANGE: usize = 300;
