//! Cuts a source into lines.

use super::batch::Batch;
use super::error::Fault;
use super::limits::Limits;
use super::place::Place;
use super::scan::is_space;
use super::window::Window;

/// Separates lines, without parsing the JSON in them.
#[derive(Debug)]
pub(super) struct Ndjson {
    /// The current line.
    line: u64,
    /// The number of bytes of the window that are known to contain no newline.
    seen: usize,
    /// The number of bytes of the current line that were dropped because it is too long.
    dropped: u64,
}

impl Ndjson {
    /// Starts at the first byte of `line`.
    pub(super) fn new(line: u64) -> Self {
        Self { line, seen: 0, dropped: 0 }
    }

    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Moves events into the batch until it is full (true) or the window has no more complete line.
    pub(super) fn frame(
        &mut self,
        window: &mut Window,
        batch: &mut Batch,
        limits: &Limits,
        end: bool,
    ) -> bool {
        let bytes = window.bytes();
        let mut start = 0;
        while !batch.is_full() {
            let rest = bytes.get(start..).unwrap_or_default();
            match memchr::memchr(b'\n', rest.get(self.seen..).unwrap_or_default()) {
                Some(length) => {
                    let length = self.seen + length;
                    self.take(rest.get(..length).unwrap_or_default(), batch, limits);
                    start += length + 1;
                    self.line += 1;
                }
                None => {
                    self.seen = rest.len();
                    if end {
                        self.take(rest, batch, limits);
                        start = bytes.len();
                    } else if rest.len() > limits.event_bytes.saturating_add(1) {
                        // one more than the limit, since the last byte may be half of a `\r\n`
                        self.dropped += rest.len() as u64;
                        self.seen = 0;
                        start = bytes.len();
                    }
                    window.consume(start);
                    return false;
                }
            }
        }
        window.consume(start);
        true
    }

    fn take(&mut self, line: &[u8], batch: &mut Batch, limits: &Limits) {
        let size = self.dropped + line.len() as u64;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let too_large = self.dropped > 0 || line.len() > limits.event_bytes;
        (self.seen, self.dropped) = (0, 0);
        if too_large {
            let fault = Fault::TooLarge { size, limit: limits.event_bytes };
            return batch.reject(Place { line: self.line, column: 1 }, fault);
        }
        if let Some(indent) = line.iter().position(|byte| !is_space(*byte)) {
            let end = line.iter().rposition(|byte| !is_space(*byte)).map_or(0, |last| last + 1);
            let place = Place { line: self.line, column: indent as u64 + 1 };
            batch.push(place, line.get(indent..end).unwrap_or_default());
        }
    }
}
