//! Values as YAML, in the style of the shipped files: on one line if it fits, and without quotes that are not needed.

use serde_json::Value;

use mapwright_findings::Texts;
use mapwright_language::yaml::{Data, parse};

/// The longest line.
const WIDTH: usize = 130;

/// The longest key, in characters with its quotes, that YAML reads without a question mark before it.
const LONGEST_KEY: usize = 1024;

/// A value on one line.
pub(super) fn flow(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(flow).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(members) if members.is_empty() => "{}".to_owned(),
        Value::Object(members) => {
            let member = |(key, value): (&String, &Value)| format!("{}: {}", key_text(key), flow(value));
            let members: Vec<String> = members.iter().map(member).collect();
            format!("{{ {} }}", members.join(", "))
        }
        other => scalar(other, true, None),
    }
}

/// An item of a list whose dash has this column: its members each on a line of their own.
pub(super) fn item(value: &Value, column: usize) -> String {
    let space = " ".repeat(column);
    let members = value.as_object().into_iter().flatten().map(|(key, value)| member(key, value, column + 2));
    format!("{space}- {}", members.collect::<Vec<_>>().join(&format!("\n{space}  ")))
}

/// A member of a map whose keys have this column, without its indentation.
fn member(key: &str, value: &Value, column: usize) -> String {
    let mut key = key_text(key);
    if key.starts_with("? ") {
        // its colon starts a line
        key = format!("{}\n{}", key.trim_end(), " ".repeat(column));
    }
    match (block(value, column + 2), value) {
        (Some(lines), _) => format!("{key}:\n{}{lines}", " ".repeat(column + 2)),
        (None, Value::String(_)) => format!("{key}: {}", scalar(value, false, None)),
        (None, _) => format!("{key}: {}", flow(value)),
    }
}

/// A value on several lines, the first of which is already indented; `None` if it fits on one.
pub(super) fn block(value: &Value, indent: usize) -> Option<String> {
    if flow(value).chars().count() + indent <= WIDTH {
        return None;
    }
    let space = format!("\n{}", " ".repeat(indent));
    match value {
        Value::Array(items) if !items.is_empty() => {
            let items = items
                .iter()
                .map(|item| format!("- {}", block(item, indent + 2).unwrap_or_else(|| flow(item))));
            Some(items.collect::<Vec<_>>().join(&space))
        }
        Value::Object(members) if !members.is_empty() => {
            let members = members.iter().map(|(key, value)| member(key, value, indent));
            Some(members.collect::<Vec<_>>().join(&space))
        }
        _ => None,
    }
}

/// A key, before its colon.
fn key_text(key: &str) -> String {
    let text = scalar(&Value::from(key), true, None);
    if text.chars().count() > LONGEST_KEY { format!("? {text} ") } else { text }
}

/// A single value, in the quotes that it had.
pub(super) fn scalar(value: &Value, in_flow: bool, quote: Option<char>) -> String {
    let Value::String(text) = value else { return flow_or_json(value) };
    let is_plain_line = !text.chars().any(needs_escape);
    match quote {
        Some('\'') if is_plain_line => format!("'{}'", text.replace('\'', "''")),
        None if is_plain_line && is_plain(text, in_flow) => text.clone(),
        _ => quoted(value),
    }
}

/// A string in double quotes.
fn quoted(text: &Value) -> String {
    let mut safe = String::new();
    for c in text.to_string().chars() {
        match u32::from(c) {
            code @ ..=0xff if needs_escape(c) => safe.push_str(&format!("\\x{code:02x}")),
            code if needs_escape(c) => safe.push_str(&format!("\\u{code:04X}")),
            _ => safe.push(c),
        }
    }
    safe
}

/// Whether a character stands only escaped in YAML, or shows otherwise than it is: those that end lines or change the direction of text.
fn needs_escape(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || matches!(c, '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

fn flow_or_json(value: &Value) -> String {
    match value {
        Value::Array(_) | Value::Object(_) => flow(value),
        other => other.to_string(),
    }
}

/// Whether YAML reads a string without quotes as itself.
fn is_plain(text: &str, in_flow: bool) -> bool {
    let wrapped = if in_flow { format!("[{text}]") } else { format!("- {text}") };
    let mut texts = Texts::default();
    let Ok(tree) = parse(texts.add("", ""), &wrapped) else { return false };
    let Data::List(items) = &tree.data else { return false };
    // people read `yes`, `no` and numbers with signs as something else than text
    let is_odd = ["yes", "no", "on", "off", "y", "n"].contains(&text.to_lowercase().as_str())
        || text.starts_with(['+', '-', '.', '=', '<'])
        || text.parse::<f64>().is_ok();
    // other readers end a string in brackets at these
    let ends = in_flow && text.contains(['?', '[', ']', '{', '}', ',']);
    !is_odd && !ends && matches!(items.as_slice(), [one] if one.as_text() == Some(text))
}
