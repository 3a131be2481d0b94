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

use crate::eval::fault::{LIMIT_EXCEEDED, RowError, RowFault};
use crate::eval::scope::Scope;
use crate::plan::Condition;
use crate::tally::{Point, What};

use eval::ExprEvaluator;
use lack::{Fuel, Rejected};

/// Returns true if a condition holds; an unknown one does not, nor one that exceeds the limit `template_fuel`.
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
/// Fails with the error of a row that it reads and that rejects, if it cannot be decided without; and if it exceeds the limit `template_fuel`.
pub(crate) fn asked<'a>(scope: &Scope<'a>, condition: &'a Condition) -> Result<Truth, RowError> {
    let (rejected, fuel) = (Rejected::default(), Fuel::full());
    match (evaluated(scope, condition, &fuel, Some(&rejected)), rejected.take()) {
        (Truth::Unknown, Some(error)) => Err(error),
        (Truth::Unknown, None) if fuel.is_spent() => Err(exceeding(condition)),
        (truth, _) => Ok(truth),
    }
}

/// Whether a condition holds, like [`holds`].
///
/// # Errors
/// Fails if it exceeds the limit `template_fuel`.
pub(crate) fn bounded<'a>(scope: &Scope<'a>, condition: &'a Condition) -> Result<bool, RowError> {
    let fuel = Fuel::full();
    match evaluated(scope, condition, &fuel, None) {
        Truth::Unknown if fuel.is_spent() => Err(exceeding(condition)),
        truth => Ok(truth == Truth::Yes),
    }
}

#[cold]
fn exceeding(condition: &Condition) -> RowError {
    let message = format!("the condition cannot be decided: {}", template::too_much());
    RowFault::new(LIMIT_EXCEEDED, message, condition.span)
}

/// Returns the outcome of a condition for coverage, or `None` while a response decides.
fn reached(truth: Truth) -> Option<What> {
    match truth {
        Truth::Yes => Some(What::Holds),
        Truth::No => Some(What::HoldsNot),
        Truth::Unknown => None,
    }
}

/// The truth of a condition, in which a named value that rejects where it is read is absent. It is not known of one that exceeds the limit
/// `template_fuel`: see [`bounded`].
pub(crate) fn truth<'a>(scope: &Scope<'a>, condition: &'a Condition) -> Truth {
    evaluated(scope, condition, &Fuel::full(), None)
}

fn evaluated<'a>(
    scope: &Scope<'a>,
    condition: &'a Condition,
    fuel: &Fuel,
    rejected: Option<&Rejected>,
) -> Truth {
    let evaluator =
        ExprEvaluator { scope, places: &condition.places, read: None, round: None, fuel, rejected };
    let truth = evaluator.truth(&condition.expr);
    if let Some(tally) = scope.tally
        && let Some(what) = reached(truth)
    {
        tally.hear(Point { span: condition.span, what });
    }
    truth
}
