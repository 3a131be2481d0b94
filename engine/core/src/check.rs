//! Spec → valid spec: resolves every name and reports every error.

pub mod resolve;
pub mod rules;
mod valid;

pub use resolve::operation::server_host;

pub use valid::{Checked, Spec, Valid, WithFindings};
pub use valid::{CheckedVersion, DestinationPlan};
