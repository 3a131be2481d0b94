//! Writing JSON text.

use serde_json::Value;

use crate::value::{Json, Kind, Text};

/// Writes `s` as a JSON string with its quotes, escaped as `serde_json` does.
///
/// ```
/// let mut out = Vec::new();
/// mapwright_json::write_str(&mut out, "a \"b\"\n");
/// assert_eq!(out, br#""a \"b\"\n""#);
/// ```
pub fn write_str(out: &mut Vec<u8>, s: &str) {
    out.push(b'"');
    let bytes = s.as_bytes();
    let mut clean = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.extend_from_slice(bytes.get(clean..at).unwrap_or_default());
        clean = at + 1;
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            0x08 => out.extend_from_slice(b"\\b"),
            0x09 => out.extend_from_slice(b"\\t"),
            0x0A => out.extend_from_slice(b"\\n"),
            0x0C => out.extend_from_slice(b"\\f"),
            0x0D => out.extend_from_slice(b"\\r"),
            control => {
                let digit = |nibble: u8| nibble + if nibble < 10 { b'0' } else { b'a' - 10 };
                out.extend_from_slice(&[b'\\', b'u', b'0', b'0', digit(control >> 4), digit(control & 15)]);
            }
        }
    }
    out.extend_from_slice(bytes.get(clean..).unwrap_or_default());
    out.push(b'"');
}

/// Writes a value that a tree holds, as `serde_json` does.
pub(crate) fn write_tree(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::String(text) => write_str(out, text),
        // Writing to a vector cannot fail, and the keys of a map are strings.
        _ => drop(serde_json::to_writer(out, value)),
    }
}

/// Writes a value that stands in a text: without white space, and each key of an object once.
pub(crate) fn write_text(out: &mut Vec<u8>, text: Text<'_>) {
    match text.kind() {
        Kind::Object => {
            out.push(b'{');
            for (place, (key, value)) in Json::Text(text).entries().enumerate() {
                if place > 0 {
                    out.push(b',');
                }
                write_str(out, &key);
                out.push(b':');
                value.write(out);
            }
            out.push(b'}');
        }
        Kind::Array => {
            out.push(b'[');
            for (place, item) in Json::Text(text).items().enumerate() {
                if place > 0 {
                    out.push(b',');
                }
                item.write(out);
            }
            out.push(b']');
        }
        _ => out.extend_from_slice(text.as_text().as_bytes()),
    }
}
