//! What is known of values without an event: which values a name can have, whether a condition can be decided, whether a row always has a value.

mod always;
mod bodies;
mod choices;
mod condition;
mod domain;
mod models;
mod numbers;
mod tried;

pub(crate) use always::{always, is_alike};
pub(crate) use bodies::BodyOf;
pub(crate) use choices::{choices, without_case};
pub(crate) use condition::{Atom, Compiled, canonical, compile, compile_part, parts};
pub(crate) use domain::{Knows, is_given, scope_of};
pub(crate) use models::{Verdict, decide};
