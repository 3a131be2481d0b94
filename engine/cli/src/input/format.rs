//! Detects how events follow each other in a source.

use super::scan::{LineCounter, Scan, Scanner, is_space};

/// The format of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// One event per line.
    Ndjson,
    /// Concatenated values, or elements of an array.
    Values,
}

/// Detects the [`Format`] from the first bytes, which may arrive in pieces.
///
/// - `[` starts an array. Anything other than `{` and `[` starts a line that is not JSON.
/// - A complete object on the first line is NDJSON, unless another value follows it on that line.
/// - An object over several lines is pretty-printed.
/// - If the first object is broken, the source is NDJSON, unless the fault is on a later line and the
///   second line is not an object of its own.
#[derive(Debug)]
pub(super) struct Detector {
    phase: Phase,
    scanner: Scanner,
    lines: LineCounter,
    /// The number of bytes that were processed.
    scanned: usize,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    Start,
    /// In the first object, which starts here.
    First(usize),
    /// After the first object, on its line.
    Tail,
    /// On the line after that of a broken object, which starts here.
    Second(usize),
}

impl Detector {
    pub(super) fn new() -> Self {
        Self { phase: Phase::Start, scanner: Scanner::new(), lines: LineCounter::new(1, 0), scanned: 0 }
    }

    /// Processes all bytes from the source's start on. `None` requests more of them, up to `limit`.
    pub(super) fn decide(&mut self, bytes: &[u8], end: bool, limit: usize) -> Option<Format> {
        let end = end || bytes.len() > limit;
        loop {
            let next = bytes.get(self.scanned..).unwrap_or_default();
            match self.phase {
                Phase::Start => match next.iter().find(|byte| !is_space(**byte)) {
                    None if end => return Some(Format::Ndjson),
                    None => {
                        self.scanned = bytes.len();
                        return None;
                    }
                    Some(b'[') => return Some(Format::Values),
                    Some(b'{') => {
                        self.scanned += next.iter().position(|byte| *byte == b'{').unwrap_or_default();
                        self.phase = Phase::First(self.scanned);
                    }
                    Some(_) => return Some(Format::Ndjson),
                },
                Phase::First(start) => {
                    let scan = self.scanner.scan(bytes, self.scanned, 0, &mut self.lines);
                    let one_line = self.lines.line() == 1;
                    match scan {
                        Scan::Complete(length) if one_line => {
                            (self.phase, self.scanned) = (Phase::Tail, length);
                        }
                        Scan::Complete(_) => return Some(Format::Values),
                        Scan::More if !end => {
                            self.scanned = bytes.len();
                            return None;
                        }
                        _ if one_line => return Some(Format::Ndjson),
                        _ => {
                            let rest = bytes.get(start..).unwrap_or_default();
                            self.scanned = start + memchr::memchr(b'\n', rest)? + 1;
                            self.phase = Phase::Second(self.scanned);
                        }
                    }
                }
                Phase::Tail => match next.iter().find(|byte| !matches!(byte, b' ' | b'\t' | b'\r')) {
                    Some(b'{' | b'[') => return Some(Format::Values),
                    None if !end => {
                        self.scanned = bytes.len();
                        return None;
                    }
                    _ => return Some(Format::Ndjson),
                },
                Phase::Second(start) => match memchr::memchr(b'\n', next) {
                    None if !end => {
                        self.scanned = bytes.len();
                        return None;
                    }
                    found => {
                        let length = self.scanned + found.unwrap_or(next.len());
                        let line = bytes.get(start..length).unwrap_or_default();
                        return Some(if is_object(line) { Format::Ndjson } else { Format::Values });
                    }
                },
            }
        }
    }
}

/// Returns whether a line is exactly one object, without indentation.
fn is_object(line: &[u8]) -> bool {
    let line = line.trim_ascii_end();
    line.starts_with(b"{")
        && Scanner::new().scan(line, 0, 0, &mut LineCounter::new(1, 0)) == Scan::Complete(line.len())
}
