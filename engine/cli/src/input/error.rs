//! Why events cannot be cut out of a source, and why a source cannot be read.

use std::fmt;
use std::io;
use std::sync::Arc;

use super::compression::Compression;
use super::place::Place;

/// Why a part of the input was rejected as one item. Reading continues after it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The event takes more bytes than [`Limits::event_bytes`](super::Limits::event_bytes).
    #[error("the event has {size} bytes, and {limit} are allowed (limit `event_bytes`); split it")]
    TooLarge {
        /// The number of its bytes that were read.
        size: u64,
        /// The limit.
        limit: usize,
    },
    /// Arrays and objects are nested deeper than [`MAX_DEPTH`](super::MAX_DEPTH).
    #[error(
        "line {}, column {}: arrays and objects are nested deeper than {limit} levels (limit `event_depth`); flatten the event",
        place.line, place.column
    )]
    TooDeep {
        /// The bracket that exceeds the limit.
        place: Place,
        /// The limit.
        limit: usize,
    },
    /// Invalid JSON; the rest of the value was skipped.
    #[error(
        "line {}, column {}: expected {expected}, found {}; the rest of this value was skipped",
        place.line, place.column, FoundByte(*found)
    )]
    Unexpected {
        /// The position of the unexpected byte.
        place: Place,
        /// The unexpected byte.
        found: u8,
        /// What is expected.
        expected: Expected,
    },
    /// The source ends inside a value or an array.
    #[error(
        "line {}, column {}: expected {expected}, found the end of the input; \
         the input is truncated or a bracket is not closed",
        place.line, place.column
    )]
    UnexpectedEnd {
        /// The position after the last byte.
        place: Place,
        /// What is expected.
        expected: Expected,
    },
}

/// What JSON requires at some position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Any value.
    Value,
    /// A value, or the end of the empty array.
    ValueOrBracket,
    /// An object's key.
    Key,
    /// A key, or the end of the empty object.
    KeyOrBrace,
    /// The colon after a key.
    Colon,
    /// What follows a member of an object.
    CommaOrBrace,
    /// What follows an element of an array.
    CommaOrBracket,
    /// The end of a string; strings do not span lines.
    Quote,
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Value => "a value",
            Self::ValueOrBracket => "a value or `]`",
            Self::Key => "a key in double quotes",
            Self::KeyOrBrace => "a key in double quotes or `}`",
            Self::Colon => "`:` after the key",
            Self::CommaOrBrace => "`,` or `}`",
            Self::CommaOrBracket => "`,` or `]`",
            Self::Quote => "`\"` at the end of the string",
        })
    }
}

struct FoundByte(u8);

impl fmt::Display for FoundByte {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            b'\n' => f.write_str("the end of the line"),
            byte @ b'!'..=b'~' => write!(f, "`{}`", char::from(byte)),
            byte => write!(f, "the byte 0x{byte:02X}"),
        }
    }
}

/// An error that prevented reading a source to its end. Events before it were read.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.text())]
pub struct SourceError {
    /// The source's name.
    pub source_name: Arc<str>,
    /// The line where reading stopped.
    pub line: u64,
    /// The kind of error.
    pub kind: SourceErrorKind,
}

/// The kind of a source error.
#[derive(Debug)]
pub enum SourceErrorKind {
    /// The file could not be opened.
    Open(io::Error),
    /// The operating system reported an error while reading.
    Read(io::Error),
    /// Compressed data ends too early.
    Truncated(Compression),
    /// Compressed data is damaged, or something else follows it.
    Corrupt {
        /// The compression in use.
        compression: Compression,
        /// The decoder's message.
        detail: String,
    },
    /// A zstd frame requires more memory than [`Limits::zstd_window`](super::Limits::zstd_window).
    WindowTooLarge {
        /// The number of bytes that the frame requires.
        needed: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// A zstd frame was compressed with a dictionary.
    Dictionary {
        /// The dictionary's id.
        id: u32,
    },
    /// The first bytes are those of an unsupported format.
    Unsupported {
        /// The format's usual name.
        format: &'static str,
    },
}

impl SourceError {
    fn text(&self) -> String {
        let (name, line) = (&self.source_name, self.line);
        match &self.kind {
            SourceErrorKind::Open(error) => format!("cannot open `{name}`: {error}"),
            SourceErrorKind::Read(error) => {
                format!("cannot read `{name}` beyond line {line}: {error}; the events before it were read")
            }
            SourceErrorKind::Truncated(compression) => format!(
                "the {compression} data of `{name}` is truncated on line {line}; the events before it were read; \
                 fetch or compress the file again"
            ),
            SourceErrorKind::Corrupt { compression, detail } => format!(
                "the {compression} data of `{name}` is damaged on line {line}: {detail}; \
                 the events before it were read; fetch or compress the file again"
            ),
            SourceErrorKind::WindowTooLarge { needed, limit } => format!(
                "the zstd data of `{name}` needs a window of {needed} bytes from line {line} on, more than the \
                 limit of {limit}; compress without `--long` and `--ultra`"
            ),
            SourceErrorKind::Dictionary { id } => format!(
                "the zstd data of `{name}` needs the dictionary {id} from line {line} on, expected data without \
                 one; compress it without a dictionary"
            ),
            SourceErrorKind::Unsupported { format } => format!(
                "`{name}` looks like {format}, expected JSON in UTF-8, uncompressed or compressed with gzip or zstd; \
                 convert it first"
            ),
        }
    }
}
