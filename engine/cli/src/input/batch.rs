//! Events as they are cut out of a source, and batches of them.

use std::sync::Arc;

use super::envelope;
use super::error::Fault;
use super::place::Place;

/// An event of the input, or the fault that prevented separating one.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// The source's name: the file as given, or `<stdin>`.
    pub source: &'a str,
    /// Where the event starts.
    pub place: Place,
    /// The index across all sources, from 1. Faults have one too.
    pub index: u64,
    /// The event's bytes without the whitespace around them. The worker checks whether they are valid JSON,
    /// unless a fault made it impossible to find the end of the event.
    pub json: Result<&'a [u8], &'a Fault>,
}

impl Event<'_> {
    /// Returns the position of the byte at `offset` in [`Event::json`], for events that span several lines.
    #[must_use]
    pub fn place_of(&self, offset: usize) -> Place {
        let bytes = self.json.unwrap_or_default();
        let before = bytes.get(..offset).unwrap_or(bytes);
        match memchr::memrchr(b'\n', before) {
            None => Place { line: self.place.line, column: self.place.column + before.len() as u64 },
            Some(newline) => Place {
                line: self.place.line + memchr::memchr_iter(b'\n', before).count() as u64,
                column: (before.len() - newline) as u64,
            },
        }
    }
}

/// Some events of one source, in order, with a buffer of their bytes.
///
/// Reuse batches: once their buffers have grown, events need no allocation.
#[derive(Debug)]
pub struct Batch {
    source: Arc<str>,
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    first_index: u64,
    size: BatchSize,
}

/// When a batch is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchSize {
    /// The number of bytes of events; the last event may exceed it.
    pub bytes: usize,
    /// The number of events.
    pub events: usize,
}

impl BatchSize {
    /// 256 KiB, about 170 events of ordinary size. Measured with two workers: smaller batches lose time by waking
    /// threads (a quarter at 64 KiB), larger ones by exceeding the processor's cache.
    pub const DEFAULT: Self = Self { bytes: 256 * 1024, events: 2048 };
}

#[derive(Debug)]
struct Entry {
    end: usize,
    place: Place,
    fault: Option<Fault>,
}

impl Batch {
    /// Returns an empty batch with this size.
    #[must_use]
    pub fn new(size: BatchSize) -> Self {
        Self { source: Arc::from(""), bytes: Vec::new(), entries: Vec::new(), first_index: 1, size }
    }

    /// Returns the events, in input order.
    pub fn events(&self) -> impl Iterator<Item = Event<'_>> {
        let mut start = 0;
        (self.first_index..).zip(&self.entries).map(move |(index, entry)| {
            let bytes = self.bytes.get(start..entry.end).unwrap_or_default();
            start = entry.end;
            let json = entry.fault.as_ref().map_or(Ok(bytes), Err);
            Event { source: &self.source, place: entry.place, index, json }
        })
    }

    /// Returns the number of events and faults.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns whether the batch is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns the number of bytes of events.
    #[must_use]
    pub fn byte_len(&self) -> usize {
        self.bytes.len()
    }

    /// Clears the batch, and frees the memory of an unusually large event.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(self.size.bytes.saturating_mul(2));
        self.entries.clear();
    }

    pub(super) fn start(&mut self, first_index: u64) {
        self.clear();
        self.first_index = first_index;
    }

    pub(super) fn set_source(&mut self, source: &Arc<str>) {
        self.source = Arc::clone(source);
    }

    /// Returns whether the batch is large enough to be processed before the next read.
    pub(super) fn is_worthwhile(&self) -> bool {
        self.bytes.len() >= self.size.bytes / 2 || self.entries.len() >= self.size.events / 2
    }

    pub(super) fn is_full(&self) -> bool {
        self.bytes.len() >= self.size.bytes || self.entries.len() >= self.size.events
    }

    /// Adds an event, or the events of an envelope.
    pub(super) fn push(&mut self, place: Place, json: &[u8]) {
        let Some(events) = envelope::events(json) else { return self.add(place, json) };
        for event in events {
            let offset = (event.as_ptr() as usize).saturating_sub(json.as_ptr() as usize);
            let whole = Event { source: "", place, index: 0, json: Ok(json) };
            self.add(whole.place_of(offset), event);
        }
    }

    fn add(&mut self, place: Place, json: &[u8]) {
        self.bytes.extend_from_slice(json);
        self.entries.push(Entry { end: self.bytes.len(), place, fault: None });
    }

    pub(super) fn reject(&mut self, place: Place, fault: Fault) {
        self.entries.push(Entry { end: self.bytes.len(), place, fault: Some(fault) });
    }

    /// Removes the events after the first `count`.
    pub(super) fn truncate(&mut self, count: usize) {
        self.entries.truncate(count);
        self.bytes.truncate(self.entries.last().map_or(0, |entry| entry.end));
    }
}
