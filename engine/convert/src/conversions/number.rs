//! Conversions to numbers and booleans.

use crate::action::{Action, made, made_to};
use crate::definition::Definition;
use crate::error::{ConvertError, Converted, Refusal, quoted};
use crate::signature::{Example, Group, Param, ParamType, Type};
use crate::text::trimmed;
use crate::value::Val;
use mapwright_json::{Kind, Number};

/// A 64-bit float represents every whole number up to this one exactly.
const EXACT: f64 = 9_007_199_254_740_992.0;

pub(crate) static BOOLEAN: Definition = Definition {
    name: "boolean",
    group: Group::Kinds,
    summary: "`true` or `false`, from a boolean, from `1` or `0`, or from a word",
    doc: "The words are `true` and `false`, `yes` and `no`, `on` and `off`, `1` and `0`, in any case. Any other value is an error.",
    takes: Type::Scalar,
    gives: Type::Boolean,
    params: &[],
    examples: &[
        Example::gives("boolean", "false", "false"),
        Example::gives("boolean", r#"" Yes ""#, "true"),
        Example::gives("boolean", "0", "false"),
        Example::fails("boolean", r#""maybe""#, r#"expected `true` or `false`, found `"maybe"`"#),
        Example::fails("boolean", "2", "expected `true` or `false`, found `2`"),
    ],
    build: |_| {
        made_to(Kind::Bool, |value, _| {
            let text = value.to_text().unwrap_or_default();
            let known =
                |words: [&str; 4]| words.into_iter().any(|word| text.trim().eq_ignore_ascii_case(word));
            if known(["true", "yes", "on", "1"]) {
                Ok(Some(Val::Bool(true)))
            } else if known(["false", "no", "off", "0"]) {
                Ok(Some(Val::Bool(false)))
            } else {
                Err(ConvertError::expected("`true` or `false`", &value))
            }
        })
    },
};

pub(crate) static NUMBER: Definition = Definition {
    name: "number",
    group: Group::Kinds,
    summary: "a number, from a number or from text that contains one",
    doc: "Text may have a sign, a fraction after a point, an exponent, and whitespace around it. Currency symbols and thousands separators are \
          errors; `replace` removes them.",
    takes: Type::Numeric,
    gives: Type::Number,
    params: &[],
    examples: &[
        Example::gives("number", "12.5", "12.5"),
        Example::gives("number", r#"" 12.50 ""#, "12.5"),
        Example::gives("number", r#""12.0""#, "12"),
        Example::fails("number", r#""$12.5""#, r#"expected a number, found `"$12.5"`"#),
        Example::gives(r#"[replace: { pattern: "[^0-9.]", with: "" }, number]"#, r#""$1,200.5""#, "1200.5"),
        Example::fails("number", r#""NaN""#, r#"expected a number, found `"NaN"`"#),
        Example::fails("number", r#""1e400""#, r#"`"1e400"` is out of range: numbers have 64 bits"#),
    ],
    build: |_| {
        made(|value, _| {
            let number = number(&value, "a number")?;
            Ok(Some(if value.as_number().is_some() { value } else { number.into() }))
        })
    },
};

pub(crate) static INTEGER: Definition = Definition {
    name: "integer",
    group: Group::Kinds,
    summary: "a whole number, from a number or from text that contains one",
    doc: "A fraction other than zero is an error: `3.0` is 3. `round` removes fractions.",
    takes: Type::Numeric,
    gives: Type::Integer,
    params: &[],
    examples: &[
        Example::gives("integer", r#"" 42 ""#, "42"),
        Example::gives("integer", "3.0", "3"),
        Example::fails("integer", "3.5", "expected a whole number, found `3.5`"),
        Example::fails("integer", r#""Dana""#, r#"expected a whole number, found `"Dana"`"#),
        Example::fails(
            "integer",
            "1e+30",
            "`1e+30` is out of range: whole numbers with a fraction or an exponent are exact up to 9007199254740992 only",
        ),
    ],
    build: |_| {
        Some(Action::Number(|value| {
            const EXPECTED: &str = "a whole number";
            match number(value, EXPECTED)? {
                Number::Float(n) if n.fract() != 0.0 => Err(ConvertError::expected(EXPECTED, value)),
                Number::Float(n) if n.abs() > EXACT => Err(Refusal::OutOfRange {
                    found: quoted(value),
                    range: "whole numbers with a fraction or an exponent are exact up to 9007199254740992 only",
                }.into()),
                number => Ok(whole(number)),
            }
        }))
    },
};

pub(crate) static MULTIPLY: Definition = Definition {
    name: "multiply",
    group: Group::Numbers,
    summary: "the number, multiplied by another",
    doc: "The result is rounded to 15 significant digits, so that 19.99 times 100 is 1999 instead of 1998.9999999999998.",
    takes: Type::Numeric,
    gives: Type::Number,
    params: &[Param::required("by", ParamType::Number, "the factor; `0.01` divides by a hundred")],
    examples: &[
        Example::gives("multiply: 100", "19.99", "1999"),
        Example::gives("multiply: 1000000", r#""12.5""#, "12500000"),
        Example::gives("multiply: 0.01", "1999", "19.99"),
        Example::fails("multiply: 10", "1e+308", "`1e+308` is out of range: numbers have 64 bits"),
    ],
    build: |arguments| {
        let by = Number::from(&arguments.number("by")?);
        made(move |value, _| {
            let number = number(&value, "a number")?;
            let product = match (number, by) {
                (Number::Int(a), Number::Int(b)) => a.checked_mul(b).map(Number::Int),
                _ => None,
            };
            finite(product.unwrap_or_else(|| Number::Float(tidy(float(number) * float(by)))), &value)
        })
    },
};

pub(crate) static ROUND: Definition = Definition {
    name: "round",
    group: Group::Numbers,
    summary: "the number, rounded to a number of decimal places",
    doc: "Halves are rounded away from zero, in decimal notation: 1.005 becomes 1.01 with two places.",
    takes: Type::Numeric,
    gives: Type::Number,
    params: &[Param::optional("places", ParamType::Count(15), "the number of decimal places; 0 by default")],
    examples: &[
        Example::gives("round", "2.5", "3"),
        Example::gives("round", "-2.5", "-3"),
        Example::gives("round: 2", "1.005", "1.01"),
        Example::gives("round: 2", r#""3""#, "3"),
    ],
    build: |arguments| {
        let places = if arguments.given("places") { arguments.count("places")? } else { 0 };
        let scale = 10f64.powi(i32::try_from(places).ok()?);
        made(move |value, _| {
            let number = number(&value, "a number")?;
            let scaled = tidy(float(number) * scale);
            finite(
                match number {
                    Number::Float(_) if scaled.abs() < EXACT => Number::Float(scaled.round() / scale),
                    // whole, or so large that it has no decimal places
                    number => number,
                },
                &value,
            )
        })
    },
};

/// Returns the number of a value, or of its text.
pub(crate) fn number(value: &Val<'_>, expected: &'static str) -> Result<Number, ConvertError> {
    if let Some(number) = value.as_number() {
        return Ok(number);
    }
    let text = value.as_text().ok_or_else(|| ConvertError::expected(expected, value))?;
    let text = trimmed(&text);
    if let Ok(n) = text.parse::<i64>() {
        return Ok(Number::Int(n));
    }
    if let Ok(n) = text.parse::<u64>() {
        return Ok(Number::UInt(n));
    }
    // Rust also parses `inf` and `nan`
    let plain = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    match text.parse::<f64>() {
        Ok(n) if plain && n.is_finite() => Ok(whole(Number::Float(n))),
        Ok(_) if plain => Err(out_of_range(value)),
        _ => Err(ConvertError::expected(expected, value)),
    }
}

/// Converts a float to an integer, if it is whole and exact.
fn whole(number: Number) -> Number {
    match number {
        Number::Float(n) if n.fract() == 0.0 && n.abs() <= EXACT => Number::Int(n as i64),
        number => number,
    }
}

fn float(number: Number) -> f64 {
    match number {
        Number::Int(n) => n as f64,
        Number::UInt(n) => n as f64,
        Number::Float(n) => n,
    }
}

/// Returns a sum or product, or an error if it is out of range.
pub(crate) fn finite<'e>(number: Number, value: &Val<'_>) -> Converted<'e> {
    match number {
        Number::Float(n) if !n.is_finite() => Err(out_of_range(value)),
        number => Ok(Some(whole(number).into())),
    }
}

fn out_of_range(value: &Val<'_>) -> ConvertError {
    Refusal::OutOfRange { found: quoted(value), range: "numbers have 64 bits" }.into()
}

/// Returns the sum of numbers.
pub(crate) fn sum(numbers: &[Number]) -> Number {
    let whole = numbers.iter().try_fold(0i64, |sum, number| match number {
        Number::Int(n) => sum.checked_add(*n),
        _ => None,
    });
    whole.map_or_else(|| Number::Float(tidy(numbers.iter().copied().map(float).sum())), Number::Int)
}

/// Rounds a number to 15 significant digits, which removes the error of binary fractions.
fn tidy(n: f64) -> f64 {
    if n.abs() < 1e15 { format!("{n:.14e}").parse().unwrap_or(n) } else { n }
}
