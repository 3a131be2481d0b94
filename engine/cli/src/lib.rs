//! The commands `mapwright` and `validate-mappings`.

pub mod input;
pub mod pipeline;
pub mod progress;
