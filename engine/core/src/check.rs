//! Spec → valid spec: every name resolved, every mistake reported.

pub(crate) mod resolve;
pub(crate) mod rules;
mod valid;

pub(crate) use resolve::operation::server_host;

pub use valid::{Checked, Spec, Valid, WithFindings};
pub(crate) use valid::{CheckedVersion, DestinationPlan};
