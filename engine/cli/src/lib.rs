//! The commands `mapwright` and `validate-mappings`.
