//! The limits of the language; an error about one names it as here.

/// The most tokens of one condition or template: the limit `expression_tokens`.
pub(crate) const EXPRESSION_TOKENS: usize = 250;
