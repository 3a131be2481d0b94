//! The limits of the language; an error about one names it as here.

/// Names, texts and signs of one condition or template: the limit `expression_tokens`.
pub const EXPRESSION_TOKENS: usize = 250;

/// How many rows a named list may stand for, those of the lists that it names written out: the limit `list_rows`.
pub const LIST_ROWS: usize = 10_000;

/// How deep named lists may name each other: the limit `list_depth`.
pub const LIST_DEPTH: usize = 64;
