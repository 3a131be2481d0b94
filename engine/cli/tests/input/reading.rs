//! Reads sources piece by piece, and prints what is read as lines of text.

use std::io::{self, Read, Write};

use flate2::Compression as Level;
use flate2::write::GzEncoder;
use mapwright_cli::input::{Batch, BatchSize, Input, Limits, Source};

/// A reader that returns at most `chunk` bytes at once.
pub(crate) struct Chunks {
    pub(crate) bytes: Vec<u8>,
    pub(crate) at: usize,
    pub(crate) chunk: usize,
}

impl Read for Chunks {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let count = rest.len().min(self.chunk).min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.at += count;
        Ok(count)
    }
}

pub(crate) fn chunks(bytes: &[u8], chunk: usize) -> Source {
    Source::reader("test", Chunks { bytes: bytes.to_vec(), at: 0, chunk })
}

/// Returns everything that is read, one line each: `line:column bytes` or `line:column ! fault`, and the errors.
pub(crate) fn read(sources: Vec<Source>, limits: Limits) -> Vec<String> {
    let mut input = Input::new(sources, limits);
    let mut batch = Batch::new(BatchSize { bytes: 64, events: 3 });
    let mut seen = Vec::new();
    while input.fill(&mut batch) {
        for event in batch.events() {
            let place = format!("{}:{}", event.place.line, event.place.column);
            assert_eq!(event.index, seen.len() as u64 + 1);
            seen.push(match event.json {
                Ok(bytes) => format!("{place} {}", String::from_utf8_lossy(bytes)),
                Err(fault) => format!("{place} ! {fault}"),
            });
        }
    }
    assert_eq!(input.position().events, seen.len() as u64);
    seen.extend(input.take_errors().iter().map(|error| format!("error: {error}")));
    seen
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Level::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ::zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn small_limit(event_bytes: usize) -> Limits {
    Limits { event_bytes, ..Limits::default() }
}
