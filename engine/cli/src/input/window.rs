//! The bytes of a source that are looked at.

use std::io::{self, Read};

/// The number of bytes per read.
const CHUNK: usize = 256 * 1024;

/// The bytes of a source that were read and not separated into events yet.
#[derive(Debug)]
pub(super) struct Window {
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    offset: u64,
}

impl Window {
    pub(super) fn new() -> Self {
        Self { buffer: Vec::new(), start: 0, end: 0, offset: 0 }
    }

    /// Returns the bytes of the window.
    pub(super) fn bytes(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// Returns the offset of the first of [`Self::bytes`] in the source.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Drops the first `count` bytes.
    pub(super) fn consume(&mut self, count: usize) {
        let count = count.min(self.end - self.start);
        self.start += count;
        self.offset += count as u64;
    }

    /// Drops everything and starts over at offset 0, with the same buffer.
    pub(super) fn reset(&mut self) {
        (self.start, self.end, self.offset) = (0, 0, 0);
    }

    /// Reads once and appends; 0 means that the source has ended.
    pub(super) fn fill(&mut self, source: &mut impl Read) -> io::Result<usize> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        // bytes beyond the event limit are dropped, which bounds this growth
        if self.buffer.len() - self.end < CHUNK / 2 {
            let length = (self.end + self.end / 2).next_multiple_of(CHUNK).max(CHUNK);
            self.buffer.reserve_exact(length - self.buffer.len());
            self.buffer.resize(length, 0);
        }
        let free = self.buffer.get_mut(self.end..).unwrap_or_default();
        loop {
            match source.read(free) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
                Ok(count) => {
                    self.end = (self.end + count).min(self.buffer.len());
                    return Ok(count);
                }
            }
        }
    }
}
