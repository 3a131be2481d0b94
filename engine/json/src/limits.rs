//! Limits of documents.

/// Limits of a document. A document that exceeds them is refused with a [`SyntaxError`](crate::SyntaxError).
///
/// It is exhaustive, so that programs can write `Limits { bytes, ..Limits::default() }`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The deepest nesting of arrays and objects. Capped at [`Limits::MAX_DEPTH`].
    pub depth: usize,
    /// The longest document, in bytes. Capped at [`Limits::MAX_BYTES`].
    pub bytes: usize,
}

impl Limits {
    /// The deepest nesting that any limit allows, which is the limit of `serde_json`.
    pub const MAX_DEPTH: usize = 127;
    /// The longest text that any limit allows: offsets are 32 bits wide.
    pub const MAX_BYTES: usize = u32::MAX as usize;
}

impl Default for Limits {
    /// Returns 127 levels and 4 MiB.
    fn default() -> Self {
        Limits { depth: Limits::MAX_DEPTH, bytes: 4 << 20 }
    }
}
