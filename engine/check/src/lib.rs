//! Spec → valid spec → plans: every name resolved, every mistake reported, every row lowered to the form in which it runs.

#![allow(
    missing_docs,
    unreachable_pub,
    reason = "the rooms were split out of one crate; their items are documented one by one"
)]

mod compile;
mod conversion;
pub mod resolve;
mod valid;

pub use compile::Plans;
pub use valid::{Checked, CheckedVersion, Spec, Valid, WithFindings};
