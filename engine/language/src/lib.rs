//! The mapping language: YAML files become typed records in which everything knows its place.
//!
//! Text → [tree with places](yaml) → inheritance → [records](spec), collected in a [`Catalog`](catalog::Catalog). Nothing is resolved yet.

pub mod catalog;
pub mod decode;
mod definitions;
mod duplicates;
pub mod keys;
mod layers;
pub mod limits;
pub mod load;
pub mod names;
mod not_found;
pub mod schemas;
mod show;
mod size;
pub mod spec;
mod used;
pub mod yaml;

pub use not_found::{NotFound, unaliased};
pub use spec::language_schemas;
