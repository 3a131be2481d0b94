//! Whole numbers, which some senders write with a fraction of zero, and others with more digits than 64 bits hold.

use mapwright_json::{Kind, Number};
use serde_json::Value;

use crate::decimal::plain;
use crate::value::Val;

/// Lets the whole numbers in a value have no fraction and no exponent. All others stay as they are written.
pub(crate) fn write_whole(value: &mut Val<'_>) {
    each_number(value, &|value| {
        if let Some(number @ Number::Float(_)) = value.as_number()
            && let plain @ Number::Int(_) = plain(number)
        {
            *value = plain.into();
        }
    });
}

/// Copies a value to a tree, in which whole numbers beyond 64 bits are text, so that no digit of an id is lost.
///
/// ```
/// use mapwright_convert::{Val, exact_tree};
/// use mapwright_json::{Json, Text};
/// use serde_json::json;
///
/// let ids = Text::parse("[18446744073709551615, 18446744073709551616, 1e30]").unwrap();
/// assert_eq!(exact_tree(Val::Json(Json::Text(ids))), json!([18446744073709551615_u64, "18446744073709551616", 1e30]));
/// ```
pub fn exact_tree(mut value: Val<'_>) -> Value {
    each_number(&mut value, &|value| {
        if let Some(digits) = value.long_digits() {
            *value = Val::Text(digits.into());
        }
    });
    value.to_json()
}

/// Lets `change` see every number in a value.
fn each_number<'e>(value: &mut Val<'e>, change: &impl Fn(&mut Val<'e>)) {
    match value.kind() {
        Kind::Number => change(value),
        Kind::Array => {
            let mut items = std::mem::replace(value, Val::Null).into_items();
            items.iter_mut().for_each(|item| each_number(item, change));
            *value = Val::List(items);
        }
        Kind::Object => {
            let mut members = std::mem::replace(value, Val::Null).into_entries();
            members.iter_mut().for_each(|(_, member)| each_number(member, change));
            *value = Val::Object(members);
        }
        Kind::Null | Kind::Bool | Kind::String => {}
    }
}

#[cfg(test)]
mod tests {
    use mapwright_json::{Json, Text};

    use super::*;
    use crate::tree::Tree;

    #[test]
    fn a_number_that_is_not_whole_is_known_by_how_it_is_written() {
        let few = ["145.99", "-0.5", "0.1", "-12345678.0001", "1234567890123.5"];
        let others = ["5.0", "5.50", "-0.0", "1e3", "1.5e1", "25E-1", "1e400", "9007199254740993.5"];
        for written in few.into_iter().chain(others) {
            let Ok(text) = Text::parse(written) else { continue };
            let (mut value, number) = (Val::Json(Json::Text(text)), Val::Json(Json::Text(text)));
            write_whole(&mut value);
            assert!(value.to_string() == written || number.may_be_whole(), "{written}");
            assert_eq!(number.may_be_whole(), !few.contains(&written), "{written}");
        }
        // for all decimals that are as long, and near to whole ones
        for zeros in 0..12 {
            let written = format!("{}.{}1", "9".repeat(12 - zeros), "0".repeat(zeros));
            let mut value = Val::Json(Json::Text(Text::parse(&written).unwrap()));
            assert!(!value.may_be_whole());
            write_whole(&mut value);
            assert_eq!(value.to_string(), written);
        }
        assert!(!Val::Int(5).may_be_whole());
    }
}
