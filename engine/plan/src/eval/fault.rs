//! Why a row rejects its event.

use crate::plan::Row;
use crate::tally::{Point, What};
use mapwright_findings::Span;

/// The code of a row that has to have a value, and has none.
pub(crate) const MISSING: &str = "missing_required";

/// The code of work, or of what is made, that exceeds a limit.
pub(crate) const LIMIT_EXCEEDED: &str = "limit_exceeded";

/// The fault of a row that rejects its event.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RowFault {
    pub code: &'static str,
    /// The field's path, innermost name first: each level adds its own on the way out.
    pub field: Vec<String>,
    pub message: String,
    pub span: Span,
    /// Whether the path is whole: whatever reads the value adds nothing to it.
    pub whole: bool,
}

/// Boxed, since a result is handed through every level of every row and an error is rare.
pub(crate) type RowError = Box<RowFault>;

impl RowFault {
    pub(crate) fn new(code: &'static str, message: String, span: Span) -> RowError {
        Box::new(Self { code, field: Vec::new(), message, span, whole: false })
    }

    /// Returns the point of the mapping that rejected the event.
    pub(crate) fn point(&self) -> Point {
        let what = if self.code == MISSING { What::Missing } else { What::Refused };
        Point { span: self.span, what }
    }
}

/// The result of a row: `None` if it has no value.
pub(crate) type Evaluated<T> = Result<Option<T>, RowError>;

/// The error of a template that cannot be filled in.
#[cold]
pub(crate) fn unfilled(row: &Row, problem: &str) -> RowError {
    let message = row.error.clone();
    let message = message.unwrap_or_else(|| format!("the template cannot be filled in: {problem}"));
    RowFault::new(LIMIT_EXCEEDED, message, row.span)
}
