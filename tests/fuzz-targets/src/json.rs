//! A strict JSON check.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Panics unless `bytes` is one JSON value in which no object has a key twice.
pub(crate) fn assert_strict(bytes: &[u8]) {
    if let Err(error) = serde_json::from_slice::<Strict>(bytes) {
        panic!("{error}: {}", String::from_utf8_lossy(bytes));
    }
}

/// Returns whether every number of this JSON text is spelled as `serde_json` writes it.
///
/// When a number is converted to text, its original digits may matter, and a parsed tree does not have them.
pub(crate) fn has_plain_numbers(text: &[u8]) -> bool {
    let mut rest = text;
    while let Some(byte) = rest.first() {
        let length = match byte {
            b'"' => {
                let mut at = 1;
                while let Some(inside) = rest.get(at).filter(|byte| **byte != b'"') {
                    at += if *inside == b'\\' { 2 } else { 1 };
                }
                at + 1
            }
            b'-' | b'0'..=b'9' => {
                let of_number = |byte: &u8| matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9');
                let length = rest.iter().take_while(|byte| of_number(byte)).count();
                let written = rest.get(..length).unwrap_or_default();
                let read = serde_json::from_slice::<serde_json::Number>(written);
                if !read.is_ok_and(|number| number.to_string().as_bytes() == written) {
                    return false;
                }
                length
            }
            _ => 1,
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    true
}

struct Strict;

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Strict;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without repeated keys")
    }

    fn visit_unit<E>(self) -> Result<Strict, E> {
        Ok(Strict)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Strict, E> {
        Ok(Strict)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Strict, E> {
        Ok(Strict)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Strict, E> {
        Ok(Strict)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Strict, E> {
        Ok(Strict)
    }

    fn visit_str<E>(self, _: &str) -> Result<Strict, E> {
        Ok(Strict)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Strict, A::Error> {
        while items.next_element::<Strict>()?.is_some() {}
        Ok(Strict)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Strict, A::Error> {
        let mut keys = HashSet::new();
        while let Some(key) = members.next_key::<String>()? {
            members.next_value::<Strict>()?;
            if !keys.insert(key.clone()) {
                return Err(A::Error::custom(format!("the key `{key}` stands twice")));
            }
        }
        Ok(Strict)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_key_is_found_at_any_depth() {
        assert!(serde_json::from_str::<Strict>(r#"{"a":[{"b":1},{"b":2}],"c":null}"#).is_ok());
        assert!(serde_json::from_str::<Strict>(r#"{"a":[{"b":1,"\u0062":2}]}"#).is_err());
    }

    #[test]
    fn plain_numbers_are_those_that_serde_json_writes() {
        for plain in [r#"{"a":[1,-2,0.5],"1e3":"007"}"#, r#""\"1e3""#, "1e+300"] {
            assert!(has_plain_numbers(plain.as_bytes()), "{plain}");
        }
        for odd in ["[1e3]", r#"{"a":-0}"#, "12345678901234567890123", "1.50"] {
            assert!(!has_plain_numbers(odd.as_bytes()), "{odd}");
        }
    }
}
