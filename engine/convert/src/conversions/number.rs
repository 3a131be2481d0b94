//! Conversions to numbers and booleans.

use std::cmp::Ordering;

use crate::action::{Action, action, action_to};
use crate::decimal::{self, EXACT, Rounding, TooLarge, plain};
use crate::definition::Definition;
use crate::error::{ConvertError, Converted, Refusal, quoted};
use crate::shape::Shape;
use crate::signature::{Example, Group, Param, ParamType, Type};
use crate::text::trimmed;
use crate::value::Val;
use mapwright_json::{Kind, Number};

pub(crate) static BOOLEAN: Definition = Definition {
    name: "boolean",
    group: Group::Kinds,
    summary: "`true` or `false`, from a boolean, from `1` or `0`, or from a word",
    doc: "The words are `true` and `false`, `yes` and `no`, `on` and `off`, `1` and `0`, in any case. Any other value is an error.",
    takes: Type::Scalar,
    gives: Type::Boolean,
    shape: Shape::Any,
    params: &[],
    examples: &[
        Example::gives("boolean", "false", "false"),
        Example::gives("boolean", r#"" Yes ""#, "true"),
        Example::gives("boolean", "0", "false"),
        Example::fails("boolean", r#""maybe""#, r#"expected `true` or `false`, found `"maybe"`"#),
        Example::fails("boolean", "2", "expected `true` or `false`, found `2`"),
    ],
    build: |_| {
        action_to(Kind::Bool, |value, _| {
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
    shape: Shape::Any,
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
        action(|value, _| {
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
    shape: Shape::Any,
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
                Number::Float(n) => Ok(Number::Int(n as i64)),
                number => Ok(number),
            }
        }))
    },
};

pub(crate) static ADD: Definition = Definition {
    name: "add",
    group: Group::Numbers,
    summary: "the number, increased by another",
    doc: ARITHMETIC,
    takes: Type::Numeric,
    gives: Type::Number,
    shape: Shape::Any,
    params: &[Param::required("by", ParamType::Operand, "the number to add; a negative one is subtracted")],
    examples: &[
        Example::gives("add: 1", "41", "42"),
        Example::gives("add: -0.1", r#""0.3""#, "0.2"),
        Example::fails(
            "add: 1",
            "18446744073709551615",
            "`18446744073709551615` is out of range: numbers have 64 bits",
        ),
    ],
    build: |arguments| {
        let by = arguments.operand("by")?;
        action(move |value, _| Calculation::Sum.apply(&value, &by.into()))
    },
};

pub(crate) static MULTIPLY: Definition = Definition {
    name: "multiply",
    group: Group::Numbers,
    summary: "the number, multiplied by another",
    doc: ARITHMETIC,
    takes: Type::Numeric,
    gives: Type::Number,
    shape: Shape::Any,
    params: &[Param::required("by", ParamType::Operand, "the factor; `0.01` divides by a hundred")],
    examples: &[
        Example::gives("multiply: 100", "19.99", "1999"),
        Example::gives("multiply: 1000000", r#""12.5""#, "12500000"),
        Example::gives("multiply: 0.01", "1999", "19.99"),
        Example::fails("multiply: 10", "1e+308", "`1e+308` is out of range: numbers have 64 bits"),
        Example::fails(
            "multiply: 1000",
            "9223372036854775807",
            "`9223372036854775807` is out of range: numbers have 64 bits",
        ),
    ],
    build: |arguments| {
        let by = arguments.operand("by")?;
        action(move |value, _| Calculation::Product.apply(&value, &by.into()))
    },
};

/// What the conversions that calculate have in common.
const ARITHMETIC: &str = "In the `as` of a row, `by` may be a row, such as a source, a list of sources, or `{ from: item.quantity, default: 1 }`; if that is absent, there is no value. \
                          The calculation is that of decimals: 19.99 times 100 is 1999 instead of 1998.9999999999998. A whole number beyond 64 bits is an error; \
                          any other result is the nearest number that a float of 64 bits holds.";

/// What a conversion does with two numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calculation {
    /// Adds them.
    Sum,
    /// Multiplies them.
    Product,
}

impl Calculation {
    /// Returns the calculation of a conversion.
    pub fn of(conversion: &str) -> Option<Self> {
        [Self::Sum, Self::Product].into_iter().find(|calculation| calculation.name() == conversion)
    }

    /// Returns the name of its conversion.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sum => ADD.name,
            Self::Product => MULTIPLY.name,
        }
    }

    /// Calculates with a value and an operand, which are numbers or text that contains one.
    ///
    /// # Errors
    /// Returns an error if one of them is not a number, or the result is out of range.
    pub fn apply<'e>(self, value: &Val<'_>, by: &Val<'_>) -> Converted<'e> {
        let (a, b) = (number(value, "a number")?, number(by, "a number in `by`")?);
        let result = match self {
            Self::Sum => decimal::sum(&[a, b]),
            Self::Product => decimal::product(a, b),
        };
        in_range(result, value)
    }
}

pub(crate) static RANGE: Definition = Definition {
    name: "range",
    group: Group::Numbers,
    summary: "the number, if it is within bounds",
    doc: "A number beyond them is an error.",
    takes: Type::Numeric,
    gives: Type::Number,
    shape: Shape::Between("min", "max"),
    params: &[
        Param::optional("min", ParamType::Number, "the smallest number"),
        Param::optional("max", ParamType::Number, "the largest number"),
    ],
    examples: &[
        Example::gives("range: { min: 0, max: 100 }", "12.5", "12.5"),
        Example::gives("range: { max: 2147483647 }", r#"" 5 ""#, "5"),
        Example::fails("range: { min: 0, max: 100 }", "101", "expected a number from 0 to 100, found `101`"),
        Example::fails("range: { max: 100 }", "1000", "expected a number up to 100, found `1000`"),
        Example::fails("range: { min: 1 }", "0", "expected a number from 1, found `0`"),
    ],
    build: |arguments| {
        arguments.at_least_one("min", "max")?;
        let min = if arguments.given("min") { Some(arguments.number("min")?) } else { None };
        let max = if arguments.given("max") { Some(arguments.number("max")?) } else { None };
        let bounds = match (&min, &max) {
            (Some(min), Some(max)) => format!("from {min} to {max}"),
            (Some(min), None) => format!("from {min}"),
            (None, Some(max)) => format!("up to {max}"),
            (None, None) => String::new(),
        };
        let bound =
            |number: Option<serde_json::Number>| number.map(|number| Val::from(Number::from(&number)));
        let (min, max) = (bound(min), bound(max));
        action(move |value, _| {
            let number = Val::from(number(&value, "a number")?);
            let beyond = |bound: &Option<Val<'_>>, side| {
                bound.as_ref().is_some_and(|bound| number.compare(bound) == Some(side))
            };
            if beyond(&min, Ordering::Less) || beyond(&max, Ordering::Greater) {
                return Err(Refusal::OutOfBounds { found: quoted(&value), bounds: bounds.clone() }.into());
            }
            Ok(Some(if value.as_number().is_some() { value } else { number }))
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
    shape: Shape::WholeWithout("places"),
    params: &[Param::optional("places", ParamType::Count(15), "the number of decimal places; 0 by default")],
    examples: &[
        Example::gives("round", "2.5", "3"),
        Example::gives("round", "-2.5", "-3"),
        Example::gives("round: 2", "1.005", "1.01"),
        Example::gives("round: 2", r#""3""#, "3"),
    ],
    build: |arguments| {
        let places = if arguments.given("places") { arguments.count("places")? } else { 0 };
        let places = u32::try_from(places).ok()?;
        action(move |value, _| {
            in_range(decimal::rounded(number(&value, "a number")?, places, Rounding::Nearest), &value)
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
    let is_plain = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    match text.parse::<f64>() {
        Ok(n) if is_plain && n.is_finite() => Ok(plain(Number::Float(n))),
        Ok(_) if is_plain => Err(out_of_range(value)),
        _ => Err(ConvertError::expected(expected, value)),
    }
}

/// Returns what was calculated from a value, or an error if it is out of range.
pub(crate) fn in_range<'e>(number: Result<Number, TooLarge>, value: &Val<'_>) -> Converted<'e> {
    number.map(|number| Some(plain(number).into())).map_err(|TooLarge| out_of_range(value))
}

fn out_of_range(value: &Val<'_>) -> ConvertError {
    Refusal::OutOfRange { found: quoted(value), range: "numbers have 64 bits" }.into()
}
