//! What the event spec says of the fields of events.

use mapwright_convert::PathStep;

use crate::facts::types::Type;
use crate::view::FlowView;

/// What the event spec says of the fields of the events of a mapping.
#[derive(Debug, Default)]
pub(crate) struct EventTypes;

impl EventTypes {
    pub(crate) fn of(_: &FlowView<'_>) -> Self {
        Self
    }

    /// What a path into the event gives.
    pub(crate) fn at(&self, _: &[PathStep]) -> Type {
        Type::anything()
    }
}
