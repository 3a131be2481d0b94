//! A file to write.

/// A file to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// Its path, which starts with `mappings/` or `schemas/`.
    pub path: String,
    /// Its content.
    pub text: String,
}

impl NewFile {
    /// Creates one.
    pub(crate) fn new(path: String, text: impl Into<String>) -> Self {
        Self { path, text: text.into() }
    }
}
