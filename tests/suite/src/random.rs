//! Random values, and other ways to write them.

use proptest::prelude::*;
use serde_json::Value;

/// Returns scalars, with those that conversions read.
pub fn scalars() -> impl Strategy<Value = Value> {
    let texts = prop::sample::select(vec![
        "",
        " ",
        "a@example.com",
        "A@Example.COM",
        "2019-05-20T18:34:24.000Z",
        "Mon May 19 2019 18:34:24 GMT+0000 (UTC)",
        "1558377264",
        "true",
        "no",
        "12",
        "12.5",
        "1e3",
        "{contact_id}",
        "external_id",
        "phone",
        "id/../x?y#z",
        "\u{1F600}\n\"\\",
        "\0",
    ]);
    prop_oneof![
        8 => texts.prop_map(Value::from),
        2 => Just(Value::Null),
        2 => any::<bool>().prop_map(Value::from),
        2 => (-3..40_i64).prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<u64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        1 => (0.0..1e6_f64).prop_map(Value::from),
        1 => ".{0,12}".prop_map(Value::from),
        1 => "[é€a]{240,300}".prop_map(Value::from),
    ]
}

/// Writes the same event in another spelling: with whitespace, escapes, trailing zeros of fractions, and members that a later one overrides.
pub fn otherwise_written(value: &Value, roll: &mut impl FnMut() -> u8, out: &mut String) {
    let space = |roll: u8| ["", "", " ", "\n\t"][usize::from(roll % 4)];
    match value {
        Value::Object(members) => {
            out.push('{');
            let mut comma = "";
            for (name, value) in members {
                let written = text_otherwise_written(name, roll());
                if roll().is_multiple_of(8) {
                    out.push_str(comma);
                    out.push_str(&written);
                    out.push_str(r#":{"email":"old@example.com","a":{"b":[1,{"a":2}]},"a":[3],"id":"old"}"#);
                    comma = ",";
                }
                out.push_str(comma);
                out.push_str(space(roll()));
                out.push_str(&written);
                out.push_str(space(roll()));
                out.push(':');
                otherwise_written(value, roll, out);
                out.push_str(space(roll()));
                comma = ",";
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                out.push_str(if place > 0 { " ," } else { "" });
                otherwise_written(item, roll, out);
                out.push_str(space(roll()));
            }
            out.push(']');
        }
        Value::String(text) => out.push_str(&text_otherwise_written(text, roll())),
        other => {
            let written = other.to_string();
            out.push_str(&written);
            if other.is_f64() && !written.contains('e') && roll().is_multiple_of(4) {
                out.push('0');
            }
        }
    }
}

fn text_otherwise_written(text: &str, roll: u8) -> String {
    let written = Value::from(text).to_string();
    match (roll % 8, text.chars().next()) {
        (0, Some(first)) if first.is_ascii() && !matches!(first, '"' | '\\') => {
            format!("\"\\u{:04x}{}", u32::from(first), &Value::from(&text[1..]).to_string()[1..])
        }
        (1, _) => written.replace('/', "\\/"),
        _ => written,
    }
}
