//! Numbers that conditions can distinguish: those between and beside their constants.

use mapwright_json::{Json, Number};
use serde_json::Value;

/// The numbers among the constants of conditions, `more`, and 0, which is not true, in order.
pub(super) fn of(constants: &[&Value], more: impl IntoIterator<Item = Number>) -> Vec<Number> {
    let stated = constants.iter().filter_map(|value| Json::Tree(value).as_number());
    let mut numbers: Vec<Number> = stated.chain(more).collect();
    numbers.push(Number::Int(0));
    numbers.sort_by(|a, b| a.compare(*b).unwrap_or(std::cmp::Ordering::Equal));
    numbers.dedup_by(|a, b| a.compare(*b) == Some(std::cmp::Ordering::Equal));
    numbers
}

/// So many whole numbers above all of these.
pub(super) fn above(numbers: &[Number], many: usize) -> Vec<Value> {
    numbers.last().map_or_else(Vec::new, |last| beyond(*last, 1, many))
}

/// So many numbers below, between and above these, as far as there are so many: only whole ones where that is asked or they are enough.
pub(super) fn around(numbers: &[Number], many: usize, is_whole: bool) -> Vec<Value> {
    let mut all = numbers.first().map_or_else(Vec::new, |first| beyond(*first, -1, many));
    for pair in numbers.windows(2) {
        let [low, high] = pair else { continue };
        let mut between = whole_between(*low, *high, many);
        if between.len() < many && !is_whole {
            between.extend(fractions_between(*low, *high, many));
        }
        all.extend(between);
    }
    all.extend(above(numbers, many));
    all
}

fn beyond(end: Number, sign: i128, many: usize) -> Vec<Value> {
    let whole = whole_part(end);
    let next = (1..).zip(1..=many).map(|(by, _)| match whole.and_then(|whole| integer(whole + sign * by)) {
        Some(value) => Some(value),
        // there, integers are too close to each other for a float
        None => float(as_float(end) + (sign * by) as f64 * as_float(end).abs()),
    });
    next.flatten().collect()
}

fn whole_between(low: Number, high: Number, many: usize) -> Vec<Value> {
    let Some(start) = whole_part(low) else { return Vec::new() };
    // the whole part of a negative fraction is above it
    (start..)
        .take(many + 2)
        .filter_map(integer)
        .filter(|value| is_between(low, value, high))
        .take(many)
        .collect()
}

fn fractions_between(low: Number, high: Number, many: usize) -> Vec<Value> {
    let (start, end) = (as_float(low), as_float(high));
    let parts = (1..=many).map(|part| part as f64 / (many + 1) as f64);
    let all = parts.filter_map(|part| float(start * (1.0 - part) + end * part));
    all.filter(|value| is_between(low, value, high)).collect()
}

fn is_between(low: Number, value: &Value, high: Number) -> bool {
    Json::Tree(value).as_number().is_some_and(|number| {
        low.compare(number).is_some_and(std::cmp::Ordering::is_lt)
            && number.compare(high).is_some_and(std::cmp::Ordering::is_lt)
    })
}

fn whole_part(number: Number) -> Option<i128> {
    match number {
        Number::Float(float) => Number::Float(float.trunc()).as_integer(),
        Number::Int(_) | Number::UInt(_) => number.as_integer(),
    }
}

fn as_float(number: Number) -> f64 {
    match number {
        Number::Int(n) => n as f64,
        Number::UInt(n) => n as f64,
        Number::Float(n) => n,
    }
}

fn integer(whole: i128) -> Option<Value> {
    i64::try_from(whole).map(Value::from).ok().or_else(|| u64::try_from(whole).map(Value::from).ok())
}

fn float(float: f64) -> Option<Value> {
    serde_json::Number::from_f64(float).map(Value::Number)
}
