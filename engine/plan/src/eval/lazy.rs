//! Named values that are made whenever they are read.

use crate::eval::fault::Evaluated;
use crate::eval::listener::Nobody;
use crate::eval::row::Evaluator;
use crate::eval::scope::{LazyValues, Scope};
use crate::limits::Limits;
use crate::plan::Row;
use mapwright_convert::Val;

/// Returns the rows of such values with the way to make them.
pub(crate) fn lazy_values(rows: &[Row]) -> LazyValues<'_> {
    fn make<'r>(scope: &Scope<'r>, row: &'r Row) -> Evaluated<Val<'r>> {
        value_of(scope, row, &Limits::default())
    }
    LazyValues { rows, make }
}

/// The value of a row that is made on its own.
pub(crate) fn value_of<'a>(scope: &Scope<'a>, row: &'a Row, limits: &Limits) -> Evaluated<Val<'a>> {
    match scope.tally {
        None => Evaluator::new(Nobody, limits).value(scope, row),
        tally => Evaluator::new(tally, limits).value(scope, row),
    }
}
