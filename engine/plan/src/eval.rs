//! Rows, conditions and payload parts, evaluated. Nothing here knows of steps.

mod beside;
pub(crate) mod built;
mod combination;
pub(crate) mod condition;
mod each;
mod evaluator;
pub(crate) mod fault;
pub(crate) mod fields;
mod joined;
pub(crate) mod lazy;
pub mod listener;
pub(crate) mod members;
mod origin;
pub(crate) mod output;
pub(crate) mod part;
mod query;
mod read;
pub(crate) mod reading;
mod repeated;
pub(crate) mod row;
pub(crate) mod scope;
mod several;
mod stages;
pub(crate) mod work;

pub use condition::compared;
