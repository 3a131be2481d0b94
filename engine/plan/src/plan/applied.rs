//! Conversions as a mapping applies them.

use std::ops::Deref;
use std::sync::Arc;

use mapwright_convert::{Conversion, Pass};
use mapwright_findings::Span;

/// A conversion that a mapping applies.
#[derive(Debug, Clone)]
pub struct Applied {
    /// The conversion, with its arguments.
    pub conversion: Conversion,
    /// Where the mapping names it.
    pub span: Span,
}

impl Deref for Applied {
    type Target = Conversion;

    fn deref(&self) -> &Conversion {
        &self.conversion
    }
}

/// One or more conversions of a row that are applied together.
#[derive(Debug)]
pub enum Stage {
    /// A conversion of the whole value.
    Value(Applied),
    /// Conversions of an object that one pass over its members applies.
    Members {
        /// The names of the conversions.
        names: Vec<&'static str>,
        /// Where the mapping names them.
        spans: Vec<Span>,
        /// The pass.
        pass: Arc<Pass>,
    },
}
