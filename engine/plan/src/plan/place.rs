//! Places: where a source reads.

use std::sync::{Arc, OnceLock};

use jsonpath_rust::parser::model::JpQuery;
use mapwright_convert::PathStep;
use mapwright_findings::Span;
use mapwright_json::NodeId;
use serde_json::Value;

/// One place that a source names.
#[derive(Debug)]
pub struct Place {
    /// The path as the author wrote it.
    pub text: String,
    /// Where the source that names it stands.
    pub span: Span,
    /// Where to start.
    pub slot: Slot,
    /// What follows for a path that can name several values: the place is then the list of them.
    pub query: Option<JpQuery>,
}

impl Place {
    /// Returns whether the place may be more than one step into the item of a loop.
    pub fn is_deep(&self) -> bool {
        self.query.is_some()
            || match &self.slot {
                Slot::Item(steps) | Slot::Named { steps, .. } => steps.len() > 1,
                Slot::Lazy { .. } => true,
                _ => false,
            }
    }
}

/// Where a value is read from.
#[derive(Debug)]
pub enum Slot {
    /// A slot of the event.
    Event(NodeId),
    /// The same place in the destination's options, in each of its spellings.
    Options(Vec<NodeId>),
    /// A setting, and the path in it.
    Setting(Vec<PathStep>),
    /// A payload part.
    Part {
        /// The part, by its position in the flow.
        part: usize,
        /// The path in it.
        steps: Vec<PathStep>,
    },
    /// A field of a payload part.
    Field {
        /// The part, by its position in the flow.
        part: usize,
        /// The field, by its position in the part.
        field: usize,
        /// The path in it; of a field that spreads an object, the first step names the member.
        steps: Vec<PathStep>,
    },
    /// What has a value, or else another slot.
    Either {
        /// The slot that counts if it has a value.
        first: Box<Slot>,
        /// The other one.
        then: Box<Slot>,
        /// The path in the one that counts.
        steps: Vec<PathStep>,
    },
    /// A named value that is made whenever it is read.
    Lazy {
        /// The row that makes it, by its position in the version.
        row: usize,
        /// The path in it.
        steps: Vec<PathStep>,
        /// Whether it is the same wherever it is read of one response.
        kept: bool,
    },
    /// A captured value.
    Capture {
        /// The capture, by its position in the flow.
        capture: usize,
        /// The path in it.
        steps: Vec<PathStep>,
    },
    /// The status of the response.
    Status,
    /// A header of the response.
    Header(String),
    /// A slot of the response's body.
    Body(NodeId),
    /// The response's body as text.
    Text,
    /// A value set of the version.
    Set(Arc<NameSet>),
    /// The path in the item of the innermost loop that gives it no name.
    Item(Vec<PathStep>),
    /// The path in the item of a loop that gives it a name.
    Named {
        /// The loop, by its position among those with a name, the outermost first.
        depth: usize,
        /// The path in the item.
        steps: Vec<PathStep>,
    },
    /// The time at which the event is mapped.
    Now,
    /// The name of the version.
    Version(String),
}

/// A value set of a version, which all that name it share.
#[derive(Debug)]
pub struct NameSet {
    /// The names, in the order in which they are stated.
    pub names: Arc<[String]>,
    value: OnceLock<Value>,
    /// The positions of the names, in the order of their texts.
    sorted: OnceLock<Vec<usize>>,
}

impl NameSet {
    /// Creates a set of names.
    pub fn new(names: &[String]) -> Self {
        Self { names: names.into(), value: OnceLock::new(), sorted: OnceLock::new() }
    }

    /// Returns the list of the names.
    pub fn value(&self) -> &Value {
        self.value.get_or_init(|| self.names.iter().map(String::as_str).collect())
    }

    /// Returns whether a name is in the set.
    pub fn has(&self, name: &str) -> bool {
        let text = |at: &usize| self.names.get(*at).map(String::as_str);
        let sorted = self.sorted.get_or_init(|| {
            let mut sorted: Vec<usize> = (0..self.names.len()).collect();
            sorted.sort_unstable_by_key(text);
            sorted
        });
        sorted.binary_search_by_key(&Some(name), text).is_ok()
    }
}
