//! What rows can read by name: those of a mapping, or those that all mappings of a version share.

use crate::view::flow::FlowView;
use crate::view::rows::{RootId, Rows};

/// Rows, and the rows that have names among them.
#[derive(Debug, Clone, Copy)]
pub struct RowScope<'v, 'c> {
    /// The rows.
    pub rows: &'v Rows<'c>,
    /// The mapping, whose named values and parts they can read; what is shared reads neither.
    flow: Option<&'v FlowView<'c>>,
}

impl<'v, 'c> RowScope<'v, 'c> {
    /// Returns the scope of the rows of a mapping.
    pub fn of_flow(flow: &'v FlowView<'c>) -> Self {
        Self { rows: &flow.rows, flow: Some(flow) }
    }

    /// Returns the scope of the rows that are not those of a mapping.
    pub fn shared(rows: &'v Rows<'c>) -> Self {
        Self { rows, flow: None }
    }

    /// Returns the mapping, if the rows are those of one.
    pub fn flow(self) -> Option<&'v FlowView<'c>> {
        self.flow
    }

    /// Returns the row of a named value.
    pub fn value_root(self, name: &str) -> Option<RootId> {
        self.flow?.value_root(name)
    }

    /// Returns the row of a field of a payload part; `...` is what is spread in it.
    pub fn field_root(self, part: &str, field: &str) -> Option<RootId> {
        self.flow?.field_root(part, field)
    }

    /// Returns the rows of all fields of a payload part, in their order.
    pub fn part_roots(self, part: &str) -> Vec<RootId> {
        self.flow.map(|flow| flow.part_roots(part).collect()).unwrap_or_default()
    }

    /// Returns whether a part has something that is spread.
    pub fn has_spread(self, part: &str) -> bool {
        self.flow.is_some_and(|flow| flow.has_spread(part))
    }
}
