//! What is known of values without an event: which values a name can have, whether a condition can be decided, whether a row always has a value.

mod always;
mod condition;
mod domain;
mod models;
mod numbers;

pub(crate) use always::{always, is_alike};
pub(crate) use condition::{Atom, Compiled, canonical, compile, compile_part, parts};
pub(crate) use domain::{Known, Knows, choices, is_given, scope_of, without_case};
pub(crate) use models::{Verdict, decide};
