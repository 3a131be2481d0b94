//! Text → spec: YAML trees with places, inheritance, and typed records.

pub(crate) mod catalog;
pub(crate) mod decode;
pub(crate) mod inherit;
pub(crate) mod yaml;
