//! What the event spec says of the values of the fields of events.

use mapwright_convert::PathStep;

use crate::event::{Known, known};
use crate::facts::meet::stated;
use crate::facts::types::{Kinds, Type};
use crate::view::FlowView;

/// What the event spec says of the fields of the events of a mapping.
#[derive(Debug, Default)]
pub(crate) struct EventTypes {
    messages: Vec<String>,
}

impl EventTypes {
    pub(crate) fn of(flow: &FlowView<'_>) -> Self {
        Self { messages: flow.messages() }
    }

    /// What a path into the event gives. Where the spec is not strict, it may be anything.
    pub(crate) fn at(&self, steps: &[PathStep]) -> Type {
        match known(&self.messages, steps) {
            Known::Field(nodes) if !nodes.is_empty() => {
                let kinds = nodes.iter().map(|node| stated(node)).fold(Kinds::NONE, Kinds::or);
                Type::of(kinds.and(Kinds::VALUE)).or_absent()
            }
            _ => Type::anything(),
        }
    }
}
