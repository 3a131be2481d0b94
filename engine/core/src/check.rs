//! Spec → valid spec: every name resolved, every mistake reported.

pub(crate) mod rules;
