//! Evaluates conditions and templates.

mod arithmetic;
mod compared;
mod eval;
mod filter;
mod lack;
mod sequence;
mod template;
mod truth;

pub use compared::compared;
pub(crate) use template::{NotRendered, render, render_written, said};
pub(crate) use truth::Truth;

use crate::eval::fault::RowError;
use crate::eval::scope::Scope;
use crate::plan::Condition;
use crate::tally::{Point, What};

use eval::ExprEvaluator;
use lack::{Fuel, Rejected};

/// Returns true if a condition holds; an unknown one does not.
pub(crate) fn holds<'a>(scope: &Scope<'a>, condition: &'a Condition) -> bool {
    truth(scope, condition) == Truth::Yes
}

/// Whether a condition of a row holds.
///
/// # Errors
/// Fails like [`asked`].
pub(crate) fn decided<'a>(scope: &Scope<'a>, condition: &'a Condition) -> Result<bool, RowError> {
    Ok(asked(scope, condition)? == Truth::Yes)
}

/// The truth of a condition of a row.
///
/// # Errors
/// Fails with the error of a row that it reads and that rejects, if it cannot be decided without.
pub(crate) fn asked<'a>(scope: &Scope<'a>, condition: &'a Condition) -> Result<Truth, RowError> {
    let rejected = Rejected::default();
    match (evaluated(scope, condition, Some(&rejected)), rejected.take()) {
        (Truth::Unknown, Some(error)) => Err(error),
        (truth, _) => Ok(truth),
    }
}

/// Returns the outcome of a condition for coverage, or `None` while a response decides.
fn reached(truth: Truth) -> Option<What> {
    match truth {
        Truth::Yes => Some(What::Holds),
        Truth::No => Some(What::HoldsNot),
        Truth::Unknown => None,
    }
}

/// The truth of a condition, in which a named value that rejects where it is read is absent.
pub(crate) fn truth<'a>(scope: &Scope<'a>, condition: &'a Condition) -> Truth {
    evaluated(scope, condition, None)
}

/// The truth of a condition. One that exceeds the limit `template_fuel` does not hold.
fn evaluated<'a>(scope: &Scope<'a>, condition: &'a Condition, rejected: Option<&Rejected>) -> Truth {
    let fuel = Fuel::full();
    let evaluator =
        ExprEvaluator { scope, places: &condition.places, read: None, round: None, fuel: &fuel, rejected };
    let truth = match evaluator.truth(&condition.expr) {
        Truth::Unknown if fuel.is_spent() => Truth::No,
        truth => truth,
    };
    if let Some(tally) = scope.tally
        && let Some(what) = reached(truth)
    {
        tally.hear(Point { span: condition.span, what });
    }
    truth
}
