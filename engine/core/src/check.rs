//! Spec → valid spec: every name resolved, every mistake reported.

pub(crate) mod resolve;
pub(crate) mod rules;
