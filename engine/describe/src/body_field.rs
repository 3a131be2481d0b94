//! What the schemas of an operation say of fields, as plain data.

use crate::place::Place;

/// What a schema of an operation is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaOf {
    /// The body of its requests.
    Body,
    /// What an event adds to a batch.
    Item,
    /// The body of its responses.
    Answer,
}

/// What a schema says of a field of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BodyField {
    /// The field, as in `companies[].name`; nothing for the body itself.
    pub path: String,
    /// Whether a body, or the object around it, must have it.
    pub required: bool,
    /// The types that it may have; none, if it may have any.
    pub types: Vec<String>,
    /// The values that it may have, as JSON; none, if it may have any.
    pub values: Vec<String>,
    /// Whether it may have no members but those that are listed.
    pub closed: bool,
    /// Other keywords that limit it, with what they say.
    pub limits: Vec<(String, String)>,
    /// Where the schema states it, or what refers to it.
    pub place: Place,
}
