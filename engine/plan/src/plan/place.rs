//! Places: where a source reads.

use jsonpath_rust::parser::model::JpQuery;
use mapwright_convert::PathStep;
use mapwright_json::NodeId;

/// One place that a source names.
#[derive(Debug)]
pub struct Place {
    /// As the author wrote it.
    pub text: String,
    pub slot: Slot,
    /// What follows for a path that can name several values: the place is then the list of them.
    pub query: Option<JpQuery>,
}

#[derive(Debug)]
pub enum Slot {
    /// A slot of the event.
    Event(NodeId),
    /// The same place in the destination's options, in each of its spellings.
    Options(Vec<NodeId>),
    Setting(Vec<PathStep>),
    Part {
        part: usize,
        steps: Vec<PathStep>,
    },
    Field {
        part: usize,
        field: usize,
        steps: Vec<PathStep>,
    },
    Capture {
        capture: usize,
        steps: Vec<PathStep>,
    },
    Status,
    Header(String),
    /// A slot of the response's body.
    Body(NodeId),
    Item(Vec<PathStep>),
    Now,
}
