//! Spec → valid spec → plans: every name resolved, every mistake reported, every row lowered to the form in which it runs.

#![allow(missing_docs, unreachable_pub)]

mod compile;
mod conversion;
pub mod resolve;
mod valid;

pub use compile::Plans;
pub use valid::{Checked, CheckedVersion, Spec, Valid, WithFindings};
