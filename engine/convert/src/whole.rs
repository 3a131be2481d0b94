//! Whole numbers, which some senders write with a fraction of zero.

use mapwright_json::{Kind, Number};

use crate::decimal::plain;
use crate::value::Val;

/// Lets the whole numbers in a value have no fraction and no exponent. All others stay as they are written.
pub(crate) fn write_whole(value: &mut Val<'_>) {
    match value.kind() {
        Kind::Number => {
            if let Some(number @ Number::Float(_)) = value.as_number()
                && let plain @ Number::Int(_) = plain(number)
            {
                *value = plain.into();
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
