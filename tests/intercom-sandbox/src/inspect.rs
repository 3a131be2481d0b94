//! Inspection: the state, the log of requests, the counts.

pub(crate) mod log;
pub(crate) mod view;
