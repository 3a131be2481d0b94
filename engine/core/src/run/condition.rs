//! Conditions and templates, evaluated.

mod arithmetic;
mod eval;
mod filter;
mod lack;
mod sequence;
mod template;
mod truth;

pub use template::render;
pub use truth::Truth;

use crate::plan::Condition;
use crate::run::scope::Scope;

use eval::Evaluator;
use lack::Fuel;

/// Whether a condition holds; what is not known does not.
pub fn holds<'a>(scope: &Scope<'a>, condition: &'a Condition) -> bool {
    truth(scope, condition) == Truth::Yes
}

pub fn truth<'a>(scope: &Scope<'a>, condition: &'a Condition) -> Truth {
    let fuel = Fuel::full();
    let evaluator = Evaluator { scope, places: &condition.places, read: None, round: None, fuel: &fuel };
    match evaluator.truth(&condition.expr) {
        Truth::Unknown if fuel.is_spent() => Truth::No,
        truth => truth,
    }
}
