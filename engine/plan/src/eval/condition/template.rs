//! Renders templates.

use std::borrow::Cow;
use std::cell::OnceCell;

use super::eval::{CurrentRound, ExprEvaluator};
use super::lack::{Fuel, Lack, Rejected};
use crate::eval::fault::RowError;
use crate::eval::scope::{Scope, placeholder};
use crate::limits::TEMPLATE_FUEL;
use crate::plan::{Said, Template};
use mapwright_convert::Val;
use mapwright_language::spec::{TemplatePart, WrittenTemplate};

/// Why a template cannot be rendered.
#[derive(Debug)]
pub(crate) enum NotRendered {
    /// It exceeds a limit.
    Limit(String),
    /// A row that it reads rejects.
    Rejected(RowError),
}

/// Renders a template. Returns `None` if it prints a missing value or null. In a preview, `{name}` stands for an unknown value.
///
/// # Errors
/// Fails if rendering exceeds the limit `template_fuel`, or reads a value whose row rejects.
pub(crate) fn render<'a>(scope: &Scope<'a>, template: &'a Template) -> Result<Option<Val<'a>>, NotRendered> {
    let mut text = String::new();
    let read: Option<Vec<_>> =
        template.has_loop().then(|| template.places().iter().map(|_| OnceCell::new()).collect());
    let (fuel, rejected) = (Fuel::full(), Rejected::default());
    let evaluator = ExprEvaluator {
        scope,
        places: template.places(),
        read: read.as_deref(),
        round: None,
        fuel: &fuel,
        rejected: Some(&rejected),
    };
    let printed = print(evaluator, template.parts(), &mut text);
    // of what follows, nothing was printed
    if let (Err(Lack::Unknown(_)), Some(reading)) = (&printed, scope.reading) {
        scope.refused_of(template.places(), reading);
    }
    let printed = self::printed(printed, text);
    match rejected.take() {
        Some(error) if matches!(printed, Err(Lack::Rejected)) => Err(NotRendered::Rejected(error)),
        _ => printed.map_err(|_| NotRendered::Limit(too_much())),
    }
}

/// Renders a template that an operator has written, whose names have these values.
///
/// # Errors
/// Fails if rendering exceeds the limit `template_fuel`.
pub(crate) fn render_written<'a>(
    scope: &Scope<'a>,
    template: &'a WrittenTemplate,
    values: Vec<Option<Val<'a>>>,
) -> Result<Option<Val<'a>>, String> {
    let mut text = String::new();
    let read: Vec<_> = values.into_iter().map(|value| OnceCell::from(value.ok_or(Lack::Absent))).collect();
    let fuel = Fuel::full();
    let evaluator =
        ExprEvaluator { scope, places: &[], read: Some(&read), round: None, fuel: &fuel, rejected: None };
    printed(print(evaluator, &template.parts, &mut text), text).map_err(|_| too_much())
}

fn printed<'a>(printed: Result<(), Lack<'a>>, text: String) -> Result<Option<Val<'a>>, Lack<'a>> {
    match printed {
        Ok(()) => Ok(Some(Val::Text(text.into()))),
        Err(Lack::Absent) => Ok(None),
        Err(Lack::Unknown(name)) => Ok(Some(placeholder(name))),
        Err(lack @ (Lack::Rejected | Lack::OutOfFuel)) => Err(lack),
    }
}

#[cold]
pub(super) fn too_much() -> String {
    format!("it exceeds the limit `template_fuel` of {TEMPLATE_FUEL}")
}

fn print<'a>(
    evaluator: ExprEvaluator<'_, 'a>,
    parts: &'a [TemplatePart],
    out: &mut String,
) -> Result<(), Lack<'a>> {
    for part in parts {
        match part {
            TemplatePart::Text(text) => {
                evaluator.pay_for(text)?;
                out.push_str(text);
            }
            TemplatePart::Print(expr) => match evaluator.printing(expr) {
                Ok(value) => {
                    let text = value.printed().ok_or(Lack::Absent)?;
                    evaluator.pay_for(&text)?;
                    out.push_str(&text);
                }
                Err(Lack::Unknown(name)) => {
                    evaluator.note_refused(expr);
                    out.push_str(&placeholder(name).printed().unwrap_or_default());
                }
                Err(lack @ (Lack::Absent | Lack::Rejected | Lack::OutOfFuel)) => return Err(lack),
            },
            TemplatePart::If { test, then, otherwise } => {
                let parts = if evaluator.decide(test)? { then } else { otherwise };
                print(evaluator, parts, out)?;
            }
            TemplatePart::For { list, filter, each, otherwise } => {
                let all = evaluator.items(evaluator.eval(list)?)?;
                let around =
                    |item, index, length| CurrentRound { item, index, length, outer: evaluator.round };
                let mut items = Vec::with_capacity(all.len());
                for item in &all {
                    let round = around(item, 0, 0);
                    let inside = ExprEvaluator { round: Some(&round), ..evaluator };
                    if filter.as_ref().map_or(Ok(true), |filter| inside.decide(filter))? {
                        items.push(item);
                    }
                }
                if items.is_empty() {
                    print(evaluator, otherwise, out)?;
                }
                for (index, item) in items.iter().enumerate() {
                    let round = around(item, index, items.len());
                    print(ExprEvaluator { round: Some(&round), ..evaluator }, each, out)?;
                }
            }
        }
    }
    Ok(())
}

/// A message to the user: the text of the mapping where it prints a missing value or a secret.
pub(crate) fn said<'a>(scope: &Scope<'a>, message: &'a Said) -> String {
    let made = render(scope, &message.template).ok().flatten();
    let made = made.filter(|made| !scope.settings.has_secret_in(made)).and_then(|made| made.to_text());
    made.map_or_else(|| message.written.clone(), Cow::into_owned)
}
