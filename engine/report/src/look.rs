//! How text looks.

/// How text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Colors.
    pub color: bool,
    /// Links, from the name of a rule to its page.
    pub links: bool,
    /// Whether the numbers of findings and files come last.
    pub summary: bool,
}

impl Look {
    /// Neither colors nor links, as for files.
    pub const PLAIN: Self = Self { color: false, links: false, summary: true };
}
