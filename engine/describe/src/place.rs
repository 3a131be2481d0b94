//! Places in files, and what stands there as it is stated.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
pub struct Place {
    /// The path of the file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    #[serde(skip)]
    pub column: usize,
}

/// A piece of a file, with everything that it inherits, as it is stated.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// The keys that lead to it, as in `payload.user.email`.
    pub name: String,
    /// What is stated, without what is for readers only; nothing, if there are statements of each thing in it.
    pub value: Option<serde_json::Value>,
    /// Where its key stands.
    pub place: Place,
    /// Where something of it stands.
    pub places: BTreeSet<Place>,
}
