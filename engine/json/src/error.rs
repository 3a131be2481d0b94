//! Syntax errors of JSON text.

use std::fmt;

use thiserror::Error;

use crate::write::write_str;

/// An error about a document that is not a JSON document or exceeds the [`Limits`](crate::Limits).
///
/// ```
/// use mapwright_json::{SyntaxError, SyntaxErrorKind, Text};
///
/// let error: SyntaxError = Text::parse(r#"{"age": 007}"#).unwrap_err();
/// assert!(matches!(error.kind(), SyntaxErrorKind::LeadingZero));
/// assert_eq!(error.offset(), 8);
///
/// use mapwright_json::{Expected, Found};
/// let error = Text::parse("[1 2]").unwrap_err();
/// assert_eq!(*error.kind(), SyntaxErrorKind::Unexpected { expected: Expected::CommaOrBracket, found: Found::Char('2') });
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("byte {offset}: {kind}")]
pub struct SyntaxError {
    kind: SyntaxErrorKind,
    offset: usize,
}

impl SyntaxError {
    pub(crate) fn new(kind: SyntaxErrorKind, offset: usize) -> Self {
        SyntaxError { kind, offset }
    }

    /// Returns the kind of error.
    pub fn kind(&self) -> &SyntaxErrorKind {
        &self.kind
    }

    /// Returns the position of the error, in bytes from the start of the text.
    pub fn offset(&self) -> usize {
        self.offset
    }
}

/// The kind of a syntax error.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SyntaxErrorKind {
    /// The text has `found` where the grammar requires `expected`.
    #[error("expected {expected}, found {found}")]
    Unexpected {
        /// What the grammar requires.
        expected: Expected,
        /// What the text has.
        found: Found,
    },
    /// A number such as `007`.
    #[error("a number cannot have a leading zero: remove the zero, or put the number in quotes")]
    LeadingZero,
    /// A number such as `1e999`.
    #[error(
        "the number is beyond the range of a 64-bit float (about ±1.8e308): put it in quotes to pass it as text"
    )]
    NumberOutOfRange,
    /// A string without its closing quote.
    #[error("the string that starts here has no closing `\"`")]
    UnfinishedString,
    /// A raw control character inside a string.
    #[error("a string cannot contain the raw control character U+{0:04X}: write it as `{escape}`", escape = escape(*.0))]
    ControlCharacter(u8),
    /// A backslash before a character that cannot be escaped.
    #[error("expected one of `\"`, `\\`, `/`, `b`, `f`, `n`, `r`, `t` or `u` after the backslash, found {0}")]
    UnknownEscape(Found),
    /// A `\u` without its four digits.
    #[error("expected four hexadecimal digits after `\\u`, found {0}")]
    BadHexEscape(Found),
    /// One half of a surrogate pair alone.
    #[error(
        "`\\u{0:04x}` is one half of a surrogate pair: expected `\\ud800`–`\\udbff` followed by `\\udc00`–`\\udfff`"
    )]
    LoneSurrogate(u16),
    /// Bytes that are not UTF-8.
    #[error("the text is not valid UTF-8: JSON must be encoded as UTF-8")]
    NotUtf8,
    /// More nesting than [`Limits::depth`](crate::Limits::depth).
    #[error("arrays and objects are nested more than {limit} levels deep")]
    TooDeep {
        /// The limit, in levels.
        limit: usize,
    },
    /// More bytes than [`Limits::bytes`](crate::Limits::bytes).
    #[error("the document has {bytes} bytes, more than the limit of {limit}")]
    TooLarge {
        /// The length of the document, in bytes.
        bytes: usize,
        /// The limit, in bytes.
        limit: usize,
    },
}

fn escape(control: u8) -> String {
    let mut quoted = Vec::new();
    write_str(&mut quoted, char::from(control).encode_utf8(&mut [0; 4]));
    String::from_utf8_lossy(&quoted).trim_matches('"').to_owned()
}

/// What the grammar requires at some position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Expected {
    /// Any value.
    Value,
    /// The first value of an array, or its end.
    ValueOrBracket,
    /// The next key of an object.
    Key,
    /// The first key of an object, or its end.
    KeyOrBrace,
    /// The colon after a key.
    Colon,
    /// The next member of an object, or its end.
    CommaOrBrace,
    /// The next item of an array, or its end.
    CommaOrBracket,
    /// A digit of a number.
    Digit,
    /// The rest of `true`, `false` or `null`.
    Word(&'static str),
    /// The end of the text.
    End,
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Expected::Value => "a value",
            Expected::ValueOrBracket => "a value or `]`",
            Expected::Key => "a key in double quotes",
            Expected::KeyOrBrace => "a key in double quotes or `}`",
            Expected::Colon => "`:` after the key",
            Expected::CommaOrBrace => "`,` or `}` after a member of an object",
            Expected::CommaOrBracket => "`,` or `]` after an item of an array",
            Expected::Digit => "a digit",
            Expected::Word(word) => return write!(f, "the rest of `{word}`"),
            Expected::End => "the end of the text after its one value",
        })
    }
}

/// What a document has at some position.
///
/// It is exhaustive, so that a program does not compile until it handles a new variant: a `_` would hide one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// The end of the text.
    End,
    /// A character.
    Char(char),
}

impl Found {
    /// Returns what `text` has at byte `at`.
    #[cold]
    pub(crate) fn at(text: &[u8], at: usize) -> Self {
        let rest = text.get(at..).unwrap_or_default();
        let start = rest.get(..4).unwrap_or(rest);
        let valid = start.utf8_chunks().next().map_or("", |chunk| chunk.valid());
        match valid.chars().next() {
            Some(found) => Found::Char(found),
            None if rest.is_empty() => Found::End,
            None => Found::Char(char::REPLACEMENT_CHARACTER),
        }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Found::End => f.write_str("the end of the text"),
            Found::Char('\u{feff}') => f.write_str("a byte order mark (U+FEFF): remove it"),
            Found::Char(' ') => f.write_str("a space"),
            Found::Char(c)
                if c.is_control() || c.is_whitespace() || c.escape_debug().len() > 1 && !c.is_ascii() =>
            {
                write!(f, "U+{:04X}", u32::from(c))
            }
            Found::Char('`') => f.write_str("a backtick"),
            Found::Char(c) => write!(f, "`{c}`"),
        }
    }
}
