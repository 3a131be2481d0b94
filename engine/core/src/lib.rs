//! Turns customer-data events into API calls, from YAML alone.

#![allow(dead_code, unused_imports, reason = "the stages are not joined yet")]

mod check;
pub mod convert;
mod finding;
mod load;
mod plan;
mod source;
mod spec;
mod value;
mod warning;

pub use finding::{Finding, Rule, Severity};
pub use source::{Place, Sources};
pub use warning::Warning;
