//! What a version sends: the fields of its bodies, and what they read.

use std::collections::BTreeMap;

use mapwright_convert::{PathStep, Root};
use mapwright_findings::Span;

/// The fields that a version sends, by the place of their names.
pub type SentFields = BTreeMap<Span, SentField>;

/// Something that was read: a path in one of the documents.
pub type Read = (Root, Vec<PathStep>);

/// A field in the bodies of some operations.
#[derive(Debug, Default)]
pub struct SentField {
    pub name: String,
    pub operations: Vec<String>,
    /// What their schemas list.
    pub properties: Vec<String>,
    /// Whether one of them allows the field: it may have a value only where that one is sent.
    pub allowed: bool,
    /// Those that do not allow it and are sent with it all the same, with their schemas.
    pub broken: Vec<(String, String)>,
}

/// A field that has a value whatever is sent, in the body of an operation that does not allow it.
#[derive(Debug)]
pub struct Misfit {
    pub field: Span,
    pub operation: String,
    pub schema: String,
    pub reads: Vec<Read>,
}
