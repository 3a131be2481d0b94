//! Spec → valid spec: every name resolved, every mistake reported.

pub mod resolve;
pub mod rules;
mod valid;

pub use resolve::operation::server_host;

pub use valid::{Checked, Spec, Valid, WithFindings};
pub use valid::{CheckedVersion, DestinationPlan};
