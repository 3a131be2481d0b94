//! Inspection: the state, and the counts.

pub(crate) mod stats;
pub(crate) mod view;
