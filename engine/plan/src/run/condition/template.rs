//! Renders templates.

use super::eval::{CurrentRound, Evaluator};
use super::lack::Lack;
use crate::limits::TEMPLATE_FUEL;
use crate::plan::Template;
use crate::run::scope::Scope;
use mapwright_convert::Val;
use mapwright_language::spec::TemplatePart;

/// The text of a template; nothing when something that it prints has no value. In a preview, `{name}` stands for what is not known.
///
/// # Errors
/// When it takes too much work.
pub fn render<'a>(scope: &Scope<'a>, template: &'a Template) -> Result<Option<Val<'a>>, String> {
    let mut text = String::new();
    match print(&mut Evaluator::of_template(scope, template), template.parts(), &mut text) {
        Ok(()) => Ok(Some(Val::Text(text.into()))),
        Err(Lack::Absent) => Ok(None),
        Err(Lack::Unknown(name)) => Ok(Some(Val::Text(placeholder(name).into()))),
        Err(Lack::OutOfFuel) => {
            Err(format!("it takes more work than the limit `template_fuel` of {TEMPLATE_FUEL}"))
        }
    }
}

fn print<'a>(
    evaluator: &mut Evaluator<'_, 'a>,
    parts: &'a [TemplatePart],
    out: &mut String,
) -> Result<(), Lack<'a>> {
    for part in parts {
        match part {
            TemplatePart::Text(text) => {
                evaluator.pay_for(text)?;
                out.push_str(text);
            }
            TemplatePart::Print(expr) => match evaluator.eval(expr) {
                Ok(value) => {
                    let text = value.printed().ok_or(Lack::Absent)?;
                    evaluator.pay_for(&text)?;
                    out.push_str(&text);
                }
                Err(Lack::Unknown(name)) => out.push_str(&placeholder(name)),
                Err(lack @ (Lack::Absent | Lack::OutOfFuel)) => return Err(lack),
            },
            TemplatePart::If { test, then, otherwise } => {
                let parts = if evaluator.truth(test)? { then } else { otherwise };
                print(evaluator, parts, out)?;
            }
            TemplatePart::For { list, filter, each, otherwise } => {
                let list = evaluator.eval(list)?;
                let mut items = evaluator.items(&list)?;
                if let Some(filter) = filter {
                    let mut kept = Vec::new();
                    for item in items {
                        evaluator.enter(CurrentRound { item, index: 0, length: 0 });
                        let counts = evaluator.truth(filter);
                        kept.extend(evaluator.leave().map(|round| round.item).filter(|_| counts == Ok(true)));
                        counts?;
                    }
                    items = kept;
                }
                if items.is_empty() {
                    print(evaluator, otherwise, out)?;
                }
                let length = items.len();
                for (index, item) in items.into_iter().enumerate() {
                    evaluator.enter(CurrentRound { item, index, length });
                    let printed = print(evaluator, each, out);
                    evaluator.leave();
                    printed?;
                }
            }
        }
    }
    Ok(())
}

fn placeholder(name: &str) -> String {
    format!("{{{name}}}")
}
