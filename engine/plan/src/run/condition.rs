//! Conditions and templates, evaluated.

mod arithmetic;
mod eval;
mod filter;
mod lack;
mod sequence;
mod template;

pub use template::render;

use crate::plan::Condition;
use crate::run::scope::Scope;

use eval::Evaluator;
use lack::{Fuel, Lack};

/// What a condition says; in a preview it may wait for a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    Yes,
    No,
    Unknown,
}

impl Truth {
    pub fn of(truth: bool) -> Self {
        if truth { Truth::Yes } else { Truth::No }
    }

    pub fn not(self) -> Self {
        match self {
            Truth::Yes => Truth::No,
            Truth::No => Truth::Yes,
            Truth::Unknown => Truth::Unknown,
        }
    }

    pub fn and(self, other: Truth) -> Self {
        match (self, other) {
            (Truth::No, _) | (_, Truth::No) => Truth::No,
            (Truth::Yes, Truth::Yes) => Truth::Yes,
            _ => Truth::Unknown,
        }
    }
}

/// Whether a condition holds; what is not known does not.
pub fn holds<'a>(scope: &Scope<'a>, condition: &'a Condition) -> bool {
    truth(scope, condition) == Truth::Yes
}

pub fn truth<'a>(scope: &Scope<'a>, condition: &'a Condition) -> Truth {
    let fuel = Fuel::full();
    let evaluator = Evaluator { scope, places: &condition.places, read: None, round: None, fuel: &fuel };
    match evaluator.truth(&condition.expr) {
        Ok(holds) => Truth::of(holds),
        Err(Lack::Unknown(_)) => Truth::Unknown,
        Err(Lack::Absent | Lack::OutOfFuel) => Truth::No,
    }
}
