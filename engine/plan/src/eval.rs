//! Rows, conditions and payload parts, evaluated. Nothing here knows of steps.

pub mod built;
mod calculation;
pub mod condition;
pub mod fault;
mod fields;
pub mod listener;
pub mod members;
mod origin;
pub mod output;
pub mod part;
mod query;
mod read;
pub mod row;
pub mod scope;
mod stages;
mod work;
