//! Finds where JSON values end, without a look at what is in them.

use super::error::Expected;
use super::limits::MAX_DEPTH;
use super::place::Place;

/// Counts lines: the position of the scanner in the source.
#[derive(Clone, Copy, Debug)]
pub(super) struct LineCounter {
    line: u64,
    start: u64,
}

impl LineCounter {
    /// `line` starts at the source's byte `start`.
    pub(super) fn new(line: u64, start: u64) -> Self {
        Self { line, start }
    }

    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Records a newline at `offset`.
    pub(super) fn newline(&mut self, offset: u64) {
        self.line += 1;
        self.start = offset + 1;
    }

    /// Returns the position of a byte of the current line.
    pub(super) fn place(&self, offset: u64) -> Place {
        Place { line: self.line, column: offset.saturating_sub(self.start) + 1 }
    }

    /// Returns the offset of the current line's first byte.
    pub(super) fn start(&self) -> u64 {
        self.start
    }
}

/// Finds the end of a JSON value that arrives in pieces.
///
/// It checks the sequence of brackets, keys, colons, commas and strings, which separates one value
/// from the next. Numbers, literals and the content of strings are left to the parser.
#[derive(Clone, Debug)]
pub(super) struct Scanner {
    state: State,
    depth: usize,
    /// One bit per open bracket: whether it is an object's.
    objects: [u64; MAX_DEPTH.div_ceil(64)],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Value,
    FirstElement,
    FirstKey,
    Key,
    Colon,
    /// After a member or element.
    Next,
    /// In a string, which may be a key.
    Text(Role),
    /// After a backslash.
    Escape(Role),
    /// In a number or literal.
    Scalar,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Key,
    Value,
}

/// The result of a [`Scanner`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scan {
    /// The value has this number of bytes.
    Complete(usize),
    /// The byte at this index is unexpected.
    Unexpected(usize, Expected),
    /// The bracket at this index exceeds the depth limit.
    TooDeep(usize),
    /// The value continues after these bytes.
    More,
}

impl Scanner {
    pub(super) fn new() -> Self {
        Self { state: State::Value, depth: 0, objects: [0; MAX_DEPTH.div_ceil(64)] }
    }

    /// Starts over with another value.
    pub(super) fn reset(&mut self) {
        (self.state, self.depth) = (State::Value, 0);
    }

    /// Returns the number of open brackets.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// Continues at `from`, with the first of `bytes` at `offset` in the source. The first byte of a value must not be
    /// whitespace.
    pub(super) fn scan(&mut self, bytes: &[u8], from: usize, offset: u64, lines: &mut LineCounter) -> Scan {
        let mut at = from;
        while let Some(&byte) = bytes.get(at) {
            match self.state {
                State::Text(role) => {
                    let rest = bytes.get(at..).unwrap_or_default();
                    let Some(length) = memchr::memchr3(b'"', b'\\', b'\n', rest) else { return Scan::More };
                    at += length;
                    match rest.get(length) {
                        Some(b'"') => {
                            self.state = if role == Role::Key { State::Colon } else { State::Next };
                            if self.depth == 0 {
                                return Scan::Complete(at + 1);
                            }
                        }
                        Some(b'\\') => self.state = State::Escape(role),
                        _ => return Scan::Unexpected(at, Expected::Quote),
                    }
                }
                State::Escape(_) if byte == b'\n' => return Scan::Unexpected(at, Expected::Quote),
                State::Escape(role) => self.state = State::Text(role),
                State::Scalar => {
                    let rest = bytes.get(at..).unwrap_or_default();
                    let Some(length) = rest.iter().position(|byte| ends_scalar(*byte)) else {
                        return Scan::More;
                    };
                    if self.depth == 0 {
                        return Scan::Complete(at + length);
                    }
                    self.state = State::Next;
                    at += length;
                    continue;
                }
                _ => match byte {
                    b' ' | b'\t' | b'\r' => {}
                    b'\n' => lines.newline(offset + at as u64),
                    _ => match self.token(byte) {
                        Ok(true) => return Scan::Complete(at + 1),
                        Ok(false) => {}
                        Err(Stop::Unexpected) => return Scan::Unexpected(at, self.expected()),
                        Err(Stop::TooDeep) => return Scan::TooDeep(at),
                    },
                },
            }
            at += 1;
        }
        Scan::More
    }

    /// Returns what is missing at the end of the source; `None` if the value is complete.
    pub(super) fn end(&self) -> Option<Expected> {
        (self.state != State::Scalar || self.depth > 0).then(|| self.expected())
    }

    /// Processes a byte that starts a token. Returns whether it ends the value.
    fn token(&mut self, byte: u8) -> Result<bool, Stop> {
        self.state = match (self.state, byte) {
            (State::FirstKey, b'}') | (State::FirstElement, b']') => return Ok(self.close()),
            (State::Next, b'}') if self.in_object() => return Ok(self.close()),
            (State::Next, b']') if !self.in_object() => return Ok(self.close()),
            (State::Next, b',') => {
                if self.in_object() {
                    State::Key
                } else {
                    State::Value
                }
            }
            (State::Key | State::FirstKey, b'"') => State::Text(Role::Key),
            (State::Colon, b':') => State::Value,
            (State::Value | State::FirstElement, _) => match byte {
                b'"' => State::Text(Role::Value),
                b'{' => self.open(true)?,
                b'[' => self.open(false)?,
                b'}' | b']' | b',' | b':' => return Err(Stop::Unexpected),
                _ => State::Scalar,
            },
            _ => return Err(Stop::Unexpected),
        };
        Ok(false)
    }

    fn open(&mut self, object: bool) -> Result<State, Stop> {
        let word =
            self.objects.get_mut(self.depth / 64).filter(|_| self.depth < MAX_DEPTH).ok_or(Stop::TooDeep)?;
        let bit = 1 << (self.depth % 64);
        *word = if object { *word | bit } else { *word & !bit };
        self.depth += 1;
        Ok(if object { State::FirstKey } else { State::FirstElement })
    }

    fn close(&mut self) -> bool {
        self.depth = self.depth.saturating_sub(1);
        self.state = State::Next;
        self.depth == 0
    }

    fn in_object(&self) -> bool {
        let level = self.depth.saturating_sub(1);
        self.objects.get(level / 64).is_some_and(|word| word >> (level % 64) & 1 == 1)
    }

    fn expected(&self) -> Expected {
        match self.state {
            State::Value => Expected::Value,
            State::FirstElement => Expected::ValueOrBracket,
            State::FirstKey => Expected::KeyOrBrace,
            State::Key => Expected::Key,
            State::Colon => Expected::Colon,
            State::Next | State::Scalar if self.in_object() => Expected::CommaOrBrace,
            State::Next | State::Scalar => Expected::CommaOrBracket,
            State::Text(_) | State::Escape(_) => Expected::Quote,
        }
    }
}

enum Stop {
    Unexpected,
    TooDeep,
}

pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

fn ends_scalar(byte: u8) -> bool {
    is_space(byte) || matches!(byte, b',' | b':' | b'"' | b'[' | b']' | b'{' | b'}')
}
