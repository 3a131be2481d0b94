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
pub(crate) use truth::{Outcomes, Truth};

use crate::eval::beside::Beside;
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
    Ok(asked(scope, condition)? == Outcomes::YES)
}

/// What a condition of a row may say. What follows waits for a response if that decides.
///
/// # Errors
/// Fails with the error of a row that it reads and that rejects, if it cannot be decided without; and if it exceeds the limit `template_fuel`.
pub(crate) fn asked<'a>(scope: &Scope<'a>, condition: &'a Condition) -> Result<Outcomes, RowError> {
    let (rejected, fuel) = (Rejected::default(), Fuel::full());
    let beside = Beside::begin(scope);
    let outcomes = evaluated(scope, condition, &fuel, Some(&rejected));
    if matches!(outcomes, Outcomes::YES | Outcomes::NO) {
        beside.forget();
        return Ok(outcomes);
    }
    let error = rejected.take().or_else(|| fuel.is_spent().then(|| exceeding(condition)));
    let Some(error) = error else { return Ok(outcomes) };
    if outcomes == Outcomes::REJECTED {
        beside.forget();
        return Err(error);
    }
    if let Some(reading) = scope.reading.filter(|_| outcomes.may_reject()) {
        reading.may_reject(error);
    }
    Ok(outcomes)
}

/// Whether a condition holds, like [`holds`].
///
/// # Errors
/// Fails if it exceeds the limit `template_fuel`.
pub(crate) fn bounded<'a>(scope: &Scope<'a>, condition: &'a Condition) -> Result<bool, RowError> {
    let fuel = Fuel::full();
    match evaluated(scope, condition, &fuel, None).truth() {
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
fn reached(outcomes: Outcomes) -> Option<What> {
    match outcomes.truth() {
        Truth::Yes => Some(What::Holds),
        Truth::No => Some(What::HoldsNot),
        Truth::Unknown => None,
    }
}

/// The truth of a condition, in which a named value that rejects where it is read is absent. It is not known of one that exceeds the limit
/// `template_fuel`: see [`bounded`].
pub(crate) fn truth<'a>(scope: &Scope<'a>, condition: &'a Condition) -> Truth {
    outcomes(scope, condition).truth()
}

/// What a condition may say, in which a named value that rejects where it is read is absent.
pub(crate) fn outcomes<'a>(scope: &Scope<'a>, condition: &'a Condition) -> Outcomes {
    evaluated(scope, condition, &Fuel::full(), None)
}

fn evaluated<'a>(
    scope: &Scope<'a>,
    condition: &'a Condition,
    fuel: &Fuel,
    rejected: Option<&Rejected>,
) -> Outcomes {
    let evaluator =
        ExprEvaluator { scope, places: &condition.places, read: None, round: None, fuel, rejected };
    let outcomes = evaluator.truth(&condition.expr);
    if let Some(tally) = scope.tally
        && let Some(what) = reached(outcomes)
    {
        tally.hear(Point { span: condition.span, what });
    }
    outcomes
}
