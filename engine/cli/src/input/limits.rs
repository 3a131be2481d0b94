//! What bounds the memory that reading takes.

/// How deep arrays and objects may be nested where the reader has to look for an event's end: as deep as the engine takes an event
/// (`event_depth`). Lines of NDJSON it does not look into.
pub const MAX_DEPTH: usize = 127;

/// What bounds the memory that reading takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The bytes of one event, without the line's end or the white space around it; 4 MiB by default.
    pub event_bytes: usize,
    /// The window in bytes that a zstd frame may ask for; 8 MiB by default, which every level up to 19 keeps to.
    pub zstd_window: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { event_bytes: 4 * 1024 * 1024, zstd_window: 8 * 1024 * 1024 }
    }
}
