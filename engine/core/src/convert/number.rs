//! Conversions of numbers.

use std::sync::Arc;

use mapwright_json::Number;

use crate::convert::{Convert, ConvertError, Definition, Example, Notes, Outcome, Type, quoted};
use crate::value::Val;

pub(super) static INTEGER: Definition = Definition {
    name: "integer",
    summary: "a whole number, from a number or from text that holds one",
    doc: "A fraction is an error unless it is zero: `3.0` is 3.",
    takes: Type::Scalar,
    gives: Type::Integer,
    params: &[],
    examples: &[
        Example { call: "integer", value: r#"" 42 ""#, outcome: Outcome::Gives("42") },
        Example { call: "integer", value: "3.0", outcome: Outcome::Gives("3") },
        Example {
            call: "integer",
            value: "3.5",
            outcome: Outcome::Fails("expected a whole number, found `3.5`"),
        },
    ],
    build: |_| Some(Arc::new(Integer)),
};

#[derive(Debug)]
struct Integer;

impl Convert for Integer {
    fn convert<'e>(&self, value: Val<'e>, _: &mut Notes<'_>) -> Result<Option<Val<'e>>, ConvertError> {
        const EXPECTED: &str = "a whole number";
        const RANGE: &str = "whole numbers have 64 bits";
        let number = match value.as_number() {
            Some(number) => number,
            None => {
                let text = value.as_text().ok_or_else(|| ConvertError::expected(EXPECTED, &value))?;
                match (text.trim().parse::<i64>(), text.trim().parse::<f64>()) {
                    (Ok(n), _) => Number::Int(n),
                    (_, Ok(n)) => Number::Float(n),
                    _ => return Err(ConvertError::expected(EXPECTED, &value)),
                }
            }
        };
        match number {
            Number::Int(n) => Ok(Some(Val::Int(n))),
            Number::Float(n) if n.fract() == 0.0 && n.abs() < 9.0e15 => Ok(Some(Val::Int(n as i64))),
            Number::Float(n) if n.is_finite() && n.fract() != 0.0 => {
                Err(ConvertError::expected(EXPECTED, &value))
            }
            _ => Err(ConvertError::OutOfRange { found: quoted(&value), range: RANGE }),
        }
    }
}
