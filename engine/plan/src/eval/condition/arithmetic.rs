//! Arithmetic: exact on integers whose result fits 64 bits, otherwise on floats.

use mapwright_json::Number;

use mapwright_language::spec::Operator;

/// Returns the result, or `None` if it is not finite.
pub(crate) fn apply(a: Number, operator: Operator, b: Number) -> Option<Number> {
    let of_integers = integer(a).zip(integer(b)).and_then(|(a, b)| exact(on_integers(a, operator, b)?));
    of_integers.or_else(|| finite(on_floats(float(a), operator, float(b))))
}

pub(crate) fn negate(number: Number) -> Option<Number> {
    apply(Number::Int(0), Operator::Subtract, number)
}

pub(crate) fn abs(number: Number) -> Option<Number> {
    match number {
        Number::Int(n) => exact(i128::from(n).abs()),
        Number::UInt(_) => Some(number),
        Number::Float(n) => finite(n.abs()),
    }
}

/// Removes the fraction.
pub(crate) fn truncate(number: Number) -> Option<Number> {
    match number {
        Number::Int(_) | Number::UInt(_) => Some(number),
        Number::Float(n) => {
            Number::Float(n.trunc()).as_integer().and_then(exact).or_else(|| finite(n.trunc()))
        }
    }
}

/// Returns the integer as a number, if it fits 64 bits.
pub(crate) fn exact(integer: i128) -> Option<Number> {
    let signed = i64::try_from(integer).map(Number::Int);
    signed.or_else(|_| u64::try_from(integer).map(Number::UInt)).ok()
}

pub(crate) fn finite(float: f64) -> Option<Number> {
    float.is_finite().then_some(Number::Float(float))
}

pub(crate) fn float(number: Number) -> f64 {
    match number {
        Number::Int(n) => n as f64,
        Number::UInt(n) => n as f64,
        Number::Float(n) => n,
    }
}

fn integer(number: Number) -> Option<i128> {
    match number {
        Number::Int(n) => Some(n.into()),
        Number::UInt(n) => Some(n.into()),
        Number::Float(_) => None,
    }
}

fn on_integers(a: i128, operator: Operator, b: i128) -> Option<i128> {
    match operator {
        Operator::Add => a.checked_add(b),
        Operator::Subtract => a.checked_sub(b),
        Operator::Multiply => a.checked_mul(b),
        Operator::Divide => None,
        Operator::DivideWhole => {
            let quotient = a.checked_div(b)?;
            Some(if quotient * b != a && (a < 0) != (b < 0) { quotient - 1 } else { quotient })
        }
        Operator::Remainder => {
            let remainder = a.checked_rem(b)?;
            Some(if remainder != 0 && (remainder < 0) != (b < 0) { remainder + b } else { remainder })
        }
        Operator::Power => a.checked_pow(u32::try_from(b).ok()?),
    }
}

fn on_floats(a: f64, operator: Operator, b: f64) -> f64 {
    match operator {
        Operator::Add => a + b,
        Operator::Subtract => a - b,
        Operator::Multiply => a * b,
        Operator::Divide => a / b,
        Operator::DivideWhole => (a / b).floor(),
        Operator::Remainder => {
            let remainder = a % b;
            if remainder != 0.0 && (remainder < 0.0) != (b < 0.0) { remainder + b } else { remainder }
        }
        Operator::Power => a.powf(b),
    }
}
