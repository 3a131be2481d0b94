//! Places in a source.

/// A place in a source: 1-based line, 1-based column in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line, counted by newlines from the start of the (decompressed) source.
    pub line: u64,
    /// The byte's position in its line; a byte order mark at the start of a source does not count.
    pub column: u64,
}
