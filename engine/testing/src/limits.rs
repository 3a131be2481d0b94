//! The limits of schemas and tests; an error about one names it as here.

/// The most cases of a test: the limit `test_cases`.
pub(crate) const TEST_CASES: usize = 1_000;

/// The most properties of a test file: the limit `test_properties`.
pub(crate) const TEST_PROPERTIES: usize = 100;

/// The most bytes of the events of a test file; an event counts for each test and case: the limit `test_bytes`.
pub(crate) const TEST_BYTES: usize = 64 << 20;

/// The deepest nesting of a body schema, with its references resolved: the limit `schema_depth`.
pub(crate) const SCHEMA_DEPTH: usize = 256;

/// The deepest nesting of a body schema before it refers to itself: the limit `schema_cycle`. Each level of a body nests the schema once more.
pub(crate) const SCHEMA_CYCLE: usize = 32;

/// The most values of a body schema, with its references resolved: the limit `schema_size`.
pub(crate) const SCHEMA_SIZE: usize = 100_000;

/// The remaining bytes for the events of a test file.
#[derive(Debug)]
pub(crate) struct Room(usize);

impl Default for Room {
    fn default() -> Self {
        Self(TEST_BYTES)
    }
}

impl Room {
    /// Returns whether there is room for more bytes, and takes them.
    pub(crate) fn takes(&mut self, bytes: usize) -> bool {
        let left = self.0.checked_sub(bytes);
        self.0 = left.unwrap_or(self.0);
        left.is_some()
    }
}
