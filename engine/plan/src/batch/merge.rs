//! Items with the same id, which become one.

use std::collections::HashMap;

use mapwright_json::{Json, Kind, Text, write_key};

/// An item with the members of a later one over its own. Objects are merged member by member; anything else of the later item counts.
pub(super) fn merged(item: &[u8], later: &[u8]) -> Vec<u8> {
    let (Some(first), Some(second)) = (json(item), json(later)) else { return later.to_vec() };
    let mut out = Vec::with_capacity(item.len() + later.len());
    write(first, second, &mut out);
    out
}

/// Text that the engine has written, as a value.
fn json(text: &[u8]) -> Option<Json<'_>> {
    std::str::from_utf8(text).ok().map(|text| Json::Text(Text::written(text)))
}

fn write(first: Json<'_>, second: Json<'_>, out: &mut Vec<u8>) {
    if (first.kind(), second.kind()) != (Kind::Object, Kind::Object) {
        return second.write(out);
    }
    let mut later: HashMap<String, Json<'_>> = HashMap::new();
    let mut added: Vec<String> = Vec::new();
    for (name, value) in second.entries() {
        if later.insert(name.to_string(), value).is_none() {
            added.push(name.into_owned());
        }
    }
    let mut is_first = true;
    let mut member = |name: &str, out: &mut Vec<u8>| {
        out.push(if std::mem::take(&mut is_first) { b'{' } else { b',' });
        write_key(out, name);
    };
    for (name, value) in first.entries() {
        member(&name, out);
        match later.remove(name.as_ref()) {
            Some(over) => write(value, over, out),
            None => value.write(out),
        }
    }
    for name in added {
        if let Some(value) = later.remove(&name) {
            member(&name, out);
            value.write(out);
        }
    }
    out.extend_from_slice(if is_first { b"{}" } else { b"}" });
}

#[cfg(test)]
mod tests {
    use super::merged;

    fn of(item: &str, later: &str) -> String {
        String::from_utf8(merged(item.as_bytes(), later.as_bytes())).unwrap()
    }

    #[test]
    fn members_of_the_later_item_count_and_stay_where_they_stood() {
        assert_eq!(of(r#"{"a":1,"b":2}"#, r#"{"c":4,"a":3}"#), r#"{"a":3,"b":2,"c":4}"#);
        assert_eq!(
            of(r#"{"a":{"x":1,"y":[1]}}"#, r#"{"a":{"y":[2],"z":3}}"#),
            r#"{"a":{"x":1,"y":[2],"z":3}}"#
        );
    }

    #[test]
    fn what_is_no_object_takes_the_place_of_what_was_there() {
        assert_eq!(of(r#"{"a":{"x":1}}"#, r#"{"a":null}"#), r#"{"a":null}"#);
        assert_eq!(of(r#"[1]"#, r#"{"a":1}"#), r#"{"a":1}"#);
        assert_eq!(of("{}", "{}"), "{}");
    }

    #[test]
    fn numbers_and_names_stay_as_they_are_written() {
        let item = r#"{"id":123456789012345678901234567890,"a\"b":1.10}"#;
        assert_eq!(of(item, r#"{"n":1e2}"#), r#"{"id":123456789012345678901234567890,"a\"b":1.10,"n":1e2}"#);
    }
}
