//! What a version sends: the fields of its bodies, and what they read.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use mapwright_convert::{PathStep, Root};
use mapwright_findings::Span;

/// The fields that a version sends, by the position of their names.
pub(crate) type SentFields = BTreeMap<Span, SentField>;

/// A read: a path in a document.
pub(crate) type ReadPath = (Root, Vec<PathStep>);

/// The read of a named value: as that of a part which no mapping can name.
pub(crate) fn read_of_value(name: &str) -> ReadPath {
    (Root::Payload, vec![PathStep::Key(format!("${name}"))])
}

/// A field in the bodies of some operations.
#[derive(Debug, Default)]
pub(crate) struct SentField {
    pub name: String,
    pub operations: Vec<Arc<Sent>>,
    /// Whether one of them allows the field, which may have a value only when that operation is called.
    pub allowed: bool,
    /// The operations that do not allow the field and are sent with it, with their schemas.
    pub broken: Vec<(String, String)>,
}

/// The operations that a version sends fields to, by name.
pub(crate) type OperationsSent = HashMap<String, Arc<Sent>>;

/// An operation that fields are sent to.
#[derive(Debug)]
pub(crate) struct Sent {
    pub operation: String,
    /// The properties in its schema, if that allows no others.
    pub listed: Option<HashSet<String>>,
    /// The same properties, in the order of the schema.
    pub properties: Vec<String>,
}

/// A field that has a value whichever operation is called, in the body of an operation that does not allow it.
#[derive(Debug)]
pub(crate) struct Misfit {
    pub field: Span,
    pub operation: String,
    pub schema: String,
    pub reads: Vec<ReadPath>,
}
