//! The limits of the language; an error about one names it as here.

/// Names, texts and signs of one condition or template: the limit `expression_tokens`.
pub const EXPRESSION_TOKENS: usize = 250;
