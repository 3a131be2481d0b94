//! What a document may cost.

/// Bounds on a document. Beyond them it is refused with a [`SyntaxError`](crate::SyntaxError).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many arrays and objects may stand inside each other. Values above [`Limits::MAX_DEPTH`] count as that.
    pub depth: usize,
    /// How many bytes a document may have. Values above [`Limits::MAX_BYTES`] count as that.
    pub bytes: usize,
}

impl Limits {
    /// The deepest nesting that any limit allows, which is what `serde_json` allows.
    pub const MAX_DEPTH: usize = 127;
    /// The longest text that any limit allows: offsets are 32 bits wide.
    pub const MAX_BYTES: usize = u32::MAX as usize;
}

impl Default for Limits {
    /// 127 levels and 4 MiB.
    fn default() -> Self {
        Limits { depth: Limits::MAX_DEPTH, bytes: 4 << 20 }
    }
}
