//! What bounds the memory that reading takes.

/// The deepest nesting of arrays and objects when the reader searches for an event's end, which is the engine's limit
/// (`event_depth`). The reader does not parse lines of NDJSON.
pub const MAX_DEPTH: usize = 127;

/// The limits of reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest event in bytes, without the whitespace around it. The default is 4 MiB.
    pub event_bytes: usize,
    /// The largest window of a zstd frame in bytes. The default is 8 MiB, which is enough for every level up to 19.
    pub zstd_window: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { event_bytes: 4 * 1024 * 1024, zstd_window: 8 * 1024 * 1024 }
    }
}
