//! Arithmetic on numbers as they are written in decimal, so that 19.99 times 100 is 1999.

use mapwright_json::Number;

/// A 64-bit float represents every whole number below this one, and no other number reads as one of them.
pub(crate) const EXACT: f64 = 9_007_199_254_740_992.0;

/// A number beyond what 64 bits hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLarge;

/// The number `digits` × 10 ^ `exponent`.
#[derive(Debug, Clone, Copy)]
struct Decimal {
    digits: i128,
    exponent: i32,
}

/// Returns a whole number without a fraction or an exponent, unless it is so large that this could change it.
pub(crate) fn plain(number: Number) -> Number {
    match number {
        Number::Float(n) if n.fract() == 0.0 && n.abs() < EXACT => Number::Int(n as i64),
        number => number,
    }
}

/// Returns the product. That of whole numbers is exact; any other is the number nearest to the exact one.
///
/// # Errors
/// Returns an error if it has more than 64 bits.
pub(crate) fn product(a: Number, b: Number) -> Result<Number, TooLarge> {
    if let (Some(a), Some(b)) = (whole(a), whole(b)) {
        return a.checked_mul(b).and_then(integer).ok_or(TooLarge);
    }
    let exact = || {
        let (a, b) = (Decimal::new(a)?, Decimal::new(b)?);
        Some(Decimal {
            digits: a.digits.checked_mul(b.digits)?,
            exponent: a.exponent.checked_add(b.exponent)?,
        })
    };
    match exact() {
        Some(product) => product.number(),
        None => finite(float(a) * float(b)),
    }
}

/// Returns the sum, in the same way.
///
/// # Errors
/// Returns an error if it has more than 64 bits.
pub(crate) fn sum(numbers: &[Number]) -> Result<Number, TooLarge> {
    let whole: Option<i128> = numbers.iter().try_fold(0_i128, |sum, number| sum.checked_add(whole(*number)?));
    if let Some(whole) = whole {
        return integer(whole).ok_or(TooLarge);
    }
    let zero = Decimal { digits: 0, exponent: 0 };
    match numbers.iter().try_fold(zero, |sum, number| sum.plus(Decimal::new(*number)?)) {
        Some(sum) => sum.number(),
        None => finite(numbers.iter().copied().map(float).sum()),
    }
}

/// To which of the two nearest numbers one is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// The nearer one; a half is rounded away from zero.
    Nearest,
    /// The larger one.
    Up,
    /// The smaller one.
    Down,
}

/// Returns the number rounded to decimal places, as it is written in decimal: 1.005 is 1.01 with two places.
///
/// # Errors
/// Returns an error if it has more than 64 bits.
pub fn rounded(number: Number, places: u32, rounding: Rounding) -> Result<Number, TooLarge> {
    let decimal = match (number, Decimal::new(number)) {
        (Number::Float(_), Some(decimal)) => decimal,
        (number, _) => return Ok(number),
    };
    // how many digits go
    let Ok(gone @ 1..) = u32::try_from(-i64::from(decimal.exponent) - i64::from(places)) else {
        return decimal.number();
    };
    let unit = 10_i128.checked_pow(gone);
    // with a unit beyond 128 bits, all digits go
    let (kept, rest) =
        unit.map_or((0, decimal.digits), |unit| (decimal.digits / unit, decimal.digits % unit));
    let is_half = unit.is_some_and(|unit| rest.saturating_abs() >= unit - rest.saturating_abs());
    let further = match rounding {
        Rounding::Nearest => is_half,
        Rounding::Up => rest > 0,
        Rounding::Down => rest < 0,
    };
    let digits = kept + if further { rest.signum() } else { 0 };
    Decimal { digits, exponent: places.try_into().map_or(0, |places: i32| -places) }.number()
}

impl Decimal {
    /// Returns a number as its shortest form is written.
    fn new(number: Number) -> Option<Self> {
        let n = match number {
            Number::Int(n) => return Some(Self { digits: n.into(), exponent: 0 }),
            Number::UInt(n) => return Some(Self { digits: n.into(), exponent: 0 }),
            Number::Float(n) => n,
        };
        let text = format!("{n:e}");
        let (digits, exponent) = text.split_once('e')?;
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let exponent: i32 = exponent.parse().ok()?;
        Some(Self {
            digits: format!("{whole}{fraction}").parse().ok()?,
            exponent: exponent.checked_sub(fraction.len().try_into().ok()?)?,
        })
    }

    fn plus(self, other: Self) -> Option<Self> {
        let (high, low) = if self.exponent >= other.exponent { (self, other) } else { (other, self) };
        if high.digits == 0 {
            return Some(low);
        }
        let scale = 10_i128.checked_pow(high.exponent.checked_sub(low.exponent)?.try_into().ok()?)?;
        let digits = high.digits.checked_mul(scale)?.checked_add(low.digits)?;
        Some(Self { digits, exponent: low.exponent })
    }

    /// The integer that this is, or the nearest float.
    fn number(self) -> Result<Number, TooLarge> {
        let Self { mut digits, mut exponent } = self;
        if digits == 0 {
            return Ok(Number::Int(0));
        }
        while exponent < 0 && digits % 10 == 0 {
            digits /= 10;
            exponent += 1;
        }
        let scale = u32::try_from(exponent).ok().and_then(|exponent| 10_i128.checked_pow(exponent));
        match scale.and_then(|scale| digits.checked_mul(scale)).and_then(integer) {
            Some(integer) => Ok(integer),
            None => finite(format!("{digits}e{exponent}").parse().unwrap_or(f64::INFINITY)),
        }
    }
}

fn whole(number: Number) -> Option<i128> {
    match number {
        Number::Int(n) => Some(n.into()),
        Number::UInt(n) => Some(n.into()),
        Number::Float(_) => None,
    }
}

fn integer(n: i128) -> Option<Number> {
    let int = i64::try_from(n).ok().map(Number::Int);
    int.or_else(|| u64::try_from(n).ok().map(Number::UInt))
}

fn float(number: Number) -> f64 {
    match number {
        Number::Int(n) => n as f64,
        Number::UInt(n) => n as f64,
        Number::Float(n) => n,
    }
}

fn finite(n: f64) -> Result<Number, TooLarge> {
    if n.is_finite() { Ok(Number::Float(n)) } else { Err(TooLarge) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn arithmetic_is_that_of_decimals() {
        let float = Number::Float;
        for (result, expected) in [
            (product(float(19.99), Number::Int(100)), Ok(Number::Int(1999))),
            (product(float(0.1), float(0.1)), Ok(float(0.01))),
            (product(float(1.1), float(1.1)), Ok(float(1.21))),
            (product(Number::Int(i64::MAX), Number::Int(2)), Ok(Number::UInt(u64::MAX - 1))),
            (product(Number::Int(i64::MAX), Number::Int(3)), Err(TooLarge)),
            (product(Number::UInt(u64::MAX), Number::UInt(u64::MAX)), Err(TooLarge)),
            (product(Number::Int(i64::MIN), Number::Int(-1)), Ok(Number::UInt(1 << 63))),
            (product(float(1e308), Number::Int(10)), Err(TooLarge)),
            (product(float(1e200), float(1e200)), Err(TooLarge)),
            (product(float(5e-324), float(0.1)), Ok(float(0.0))),
            (product(float(1e18), Number::Int(2)), Ok(Number::Int(2_000_000_000_000_000_000))),
            (sum(&[float(0.1), float(0.2)]), Ok(float(0.3))),
            (sum(&[float(1e300), float(1e-300)]), Ok(float(1e300))),
            (sum(&[float(1e308), float(1e308)]), Err(TooLarge)),
            (sum(&[Number::Int(i64::MAX), Number::Int(1)]), Ok(Number::UInt(1 << 63))),
            (sum(&[Number::UInt(u64::MAX), Number::Int(1)]), Err(TooLarge)),
            (sum(&[Number::Int(9_007_199_254_740_993), float(0.0)]), Ok(Number::Int(9_007_199_254_740_993))),
            (rounded(float(1.005), 2, Rounding::Nearest), Ok(float(1.01))),
            (rounded(float(-0.5), 0, Rounding::Nearest), Ok(Number::Int(-1))),
            (rounded(float(0.49), 0, Rounding::Nearest), Ok(Number::Int(0))),
            (rounded(float(1e-300), 15, Rounding::Nearest), Ok(Number::Int(0))),
            (rounded(float(1e300), 2, Rounding::Nearest), Ok(float(1e300))),
            (rounded(float(123.456), 15, Rounding::Nearest), Ok(float(123.456))),
        ] {
            assert_eq!(result, expected);
        }
    }

    fn any_number() -> impl Strategy<Value = Number> {
        let floats = any::<f64>().prop_filter("finite", |n| n.is_finite()).prop_map(Number::Float);
        prop_oneof![any::<i64>().prop_map(Number::Int), any::<u64>().prop_map(Number::UInt), floats]
    }

    proptest! {
        #[test]
        fn a_result_is_finite_and_near_that_of_floats(a in any_number(), b in any_number(), places in 0_u32..16) {
            let near = |result, expected: f64| match result {
                Err(TooLarge) => true,
                Ok(number) => {
                    let n = float(number);
                    n.is_finite() && ((n - expected).abs() <= expected.abs() * 1e-12 || expected.abs() < 1e-300)
                }
            };
            prop_assert!(near(product(a, b), float(a) * float(b)));
            let expected = float(a) + float(b);
            let cancels = expected.abs() < float(a).abs() * 1e-3;
            prop_assert!(cancels || near(sum(&[a, b]), expected));
            let difference = rounded(a, places, Rounding::Nearest).map_or(0.0, |rounded| float(rounded) - float(a));
            // neither number is exact as a float, nor is their difference
            let most = 0.5 * 0.1_f64.powi(places.try_into().unwrap()) * 1.001 + float(a).abs() * 2.0 * f64::EPSILON;
            prop_assert!(difference.abs() <= most);
        }
    }
}
