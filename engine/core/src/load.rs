//! Text → spec: YAML trees with places, inheritance, and typed records.

pub(crate) mod decode;
pub(crate) mod yaml;
