//! Named values that are made whenever they are read.

use crate::eval::listener::Nobody;
use crate::eval::row::Evaluator;
use crate::eval::scope::{Made, Scope};
use crate::limits::Limits;
use crate::plan::Row;
use mapwright_convert::Val;

/// Returns the rows of such values with the way to make them. One that would reject the event has no value.
pub(crate) fn made(rows: &[Row]) -> Made<'_> {
    fn make<'r>(scope: &Scope<'r>, row: &'r Row) -> Option<Val<'r>> {
        Evaluator::new(Nobody, &Limits::default()).value(scope, row).ok().flatten()
    }
    Made { rows, make }
}
