//! Text → spec: YAML trees with positions, inheritance, and typed records.

pub mod catalog;
pub mod decode;
pub mod inherit;
pub mod yaml;
