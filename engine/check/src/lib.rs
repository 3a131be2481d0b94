//! Spec → valid spec → plans: every name resolved, every mistake reported, every row lowered to the form in which it runs.

mod compile;
mod conversion;
mod resolve;
mod valid;

pub use compile::Plans;
pub use valid::{Checked, Spec, Valid, WithFindings};
