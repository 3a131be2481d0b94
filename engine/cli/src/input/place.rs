//! Places in a source.

/// A position in a source: line and byte column, both from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line, counted by newlines from the start of the (decompressed) source.
    pub line: u64,
    /// The byte's position in its line; a byte order mark at the start of a source is not counted.
    pub column: u64,
}
