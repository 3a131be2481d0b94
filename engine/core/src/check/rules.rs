//! The rules, one file each: what it finds, how it says so, and its page of documentation.

pub(crate) mod conflicting_keys;
pub(crate) mod duplicate_key;
pub(crate) mod extends_cycle;
pub(crate) mod invalid_condition;
pub(crate) mod invalid_path;
pub(crate) mod invalid_template;
pub(crate) mod missing_file;
pub(crate) mod missing_key;
pub(crate) mod override_nothing;
pub(crate) mod plural_path;
pub(crate) mod unknown_key;
pub(crate) mod unknown_mapping;
pub(crate) mod unknown_step;
pub(crate) mod unknown_version;
pub(crate) mod unquoted_version;
pub(crate) mod wrong_type;
pub(crate) mod wrong_word;
pub(crate) mod yaml_syntax;
