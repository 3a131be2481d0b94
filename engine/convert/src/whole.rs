//! Whole numbers, which some senders write with a fraction of zero.

use mapwright_json::{Kind, Number};

use crate::value::Val;

/// A 64-bit float represents every whole number up to this one exactly.
pub const EXACT: f64 = 9_007_199_254_740_992.0;

/// Converts a float to an integer, if it is whole and exact.
pub fn whole(number: Number) -> Number {
    match number {
        Number::Float(n) if n.fract() == 0.0 && n.abs() <= EXACT => Number::Int(n as i64),
        number => number,
    }
}

/// Lets the whole numbers in a value have no fraction and no exponent. All others stay as they are written.
pub fn write_whole(value: &mut Val<'_>) {
    match value.kind() {
        Kind::Number => {
            if let Some(number @ Number::Float(_)) = value.as_number()
                && let whole @ Number::Int(_) = whole(number)
            {
                *value = whole.into();
            }
        }
        Kind::Array => {
            let mut items = std::mem::replace(value, Val::Null).into_items();
            items.iter_mut().for_each(write_whole);
            *value = Val::List(items);
        }
        Kind::Object => {
            let mut members = std::mem::replace(value, Val::Null).into_entries();
            members.iter_mut().for_each(|(_, member)| write_whole(member));
            *value = Val::Object(members);
        }
        Kind::Null | Kind::Bool | Kind::String => {}
    }
}
