//! Conditions and templates have one semantics, whatever stands beside a part of them.

mod filters;
mod harness;
mod kinds;
mod limits;
