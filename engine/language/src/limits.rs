//! The limits of the language; an error about one names it as here.

/// The most tokens of one condition or template: the limit `expression_tokens`.
pub(crate) const EXPRESSION_TOKENS: usize = 250;

/// The most alternatives of a named value, including those of the values that it names: the limit `list_rows`.
pub const LIST_ROWS: usize = 10_000;

/// The deepest nesting of the rows of a named value, including those of the values that it names: the limit `list_depth`.
pub const LIST_DEPTH: usize = 64;

/// The most conversions of a named conversion, including those of the names in it: the limit `chain`.
pub const CHAIN: usize = 100;

/// The most rows of all mappings of a version; those of shared parts and named values count for each mapping, and those of parts and of lists of
/// sources for each use: the limit `version_rows`.
pub const VERSION_ROWS: usize = 500_000;

/// The most rows of the form `rest_of` in a version: the limit `rests`.
pub const RESTS: usize = 1_000;

/// The most steps of a mapping, including groups: the limit `steps`.
pub const STEPS: usize = 1_000;

/// The most pages of a step: the limit `pages`.
pub const PAGES: u64 = 1_000;

/// The most payload parts of a mapping, including those of its version: the limit `parts`.
pub const PARTS: usize = 1_000;

/// The most versions that a version extends, directly and indirectly: the limit `extends_depth`.
pub(crate) const EXTENDS_DEPTH: usize = 100;

/// The deepest nesting of shared steps that use each other: the limit `step_uses`.
pub(crate) const STEP_USES: usize = 16;

/// The most YAML nodes of all versions of a destination, including what they inherit and what their steps `use`: the limit `effective_nodes`.
pub(crate) const EFFECTIVE_NODES: usize = 2_000_000;

/// The most entries of one `remove`, `without` or `instead`: the limit `edits`.
pub(crate) const EDITS: usize = 1_000;

/// The most values that are tried to decide the conditions of a version: the limit `condition_values`.
pub const CONDITION_VALUES: usize = 1 << 22;
