//! Rows that always have a value, whatever the event.

use mapwright_language::spec::{Expression, RowSpec};

use crate::known::condition::compile;
use crate::known::domain::{Knows, has_value};
use crate::known::models::{Verdict, decide};

/// Whether a row always has a value, unless it rejects the event.
pub(crate) fn always(knows: Knows<'_, '_>, row: &RowSpec) -> bool {
    has_value(knows, row, &holds)
}

/// Whether the conditions of a row always hold.
fn holds(knows: Knows<'_, '_>, row: &RowSpec) -> bool {
    let is = |condition: &Option<Expression>, wanted| match condition {
        Some(condition) => decide(&[&compile(knows, condition)]) == wanted,
        None => true,
    };
    is(&row.when, Verdict::Always) && is(&row.unless, Verdict::Never)
}
