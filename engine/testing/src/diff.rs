//! Line-based diffs.

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

/// The most lines that are shown; further lines are only counted.
const MOST_LINES: usize = 200;

/// The lines of each text that are compared, from the first difference on: comparing takes time in proportion to the product of their numbers.
const COMPARED: usize = 2_000;

/// Returns the lines of two long texts that are compared, and whether lines before them are left out.
fn compared<'t>(expected: &'t str, found: &'t str) -> (&'t str, &'t str, bool) {
    let is_long = |text: &str| text.lines().nth(COMPARED).is_some();
    if !is_long(expected) && !is_long(found) {
        return (expected, found, false);
    }
    let lines = expected.split_inclusive('\n').zip(found.split_inclusive('\n'));
    let same = lines.take_while(|(expected, found)| expected == found).map(|(line, _)| line.len()).sum();
    let from_there = |text: &'t str| {
        let rest = text.get(same..).unwrap_or_default();
        let end = rest.split_inclusive('\n').take(COMPARED).map(str::len).sum();
        rest.get(..end).unwrap_or_default()
    };
    (from_there(expected), from_there(found), same > 0)
}

/// Returns a diff of two texts with a heading: `-` marks expected lines, `+` actual lines. Texts that are alike, since what differs is redacted, are shown twice.
pub(crate) fn of(heading: &str, expected: &str, found: &str) -> String {
    const CONTEXT: usize = 3;
    let (expected, found, is_cut) = compared(expected, found);
    if expected == found {
        let lines =
            ["-", "+"].iter().flat_map(|sign| found.lines().map(move |line| format!("{sign} {line}")));
        return format!("{heading}\n{}", lines.take(MOST_LINES).collect::<Vec<_>>().join("\n"));
    }
    let diff = TextDiff::from_lines(expected, found);
    let mut lines = Vec::new();
    for (at, group) in diff.grouped_ops(CONTEXT).iter().enumerate() {
        if at > 0 || is_cut || group.first().is_some_and(|op| op.old_range().start > 0) {
            lines.push("  …".to_owned());
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                ChangeTag::Equal => ' ',
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
            };
            lines.push(format!("{sign} {}", change.value().trim_end_matches(['\r', '\n'])));
        }
    }
    let more = lines.len().saturating_sub(MOST_LINES);
    lines.truncate(MOST_LINES);
    if more > 0 {
        lines.push(format!("  … and {more} more lines"));
    }
    format!("{heading}\n{}", lines.join("\n"))
}

/// Returns JSON with one line per value. Each member ends with a comma, so that lines differ only if values do.
pub(crate) fn pretty(value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, value, 0);
    text.push('\n');
    text
}

fn write(text: &mut String, value: &Value, depth: usize) {
    let indent = |text: &mut String, depth: usize| {
        text.push('\n');
        text.extend(std::iter::repeat_n("  ", depth));
    };
    match value {
        Value::Object(members) if !members.is_empty() => {
            text.push('{');
            for (key, value) in members {
                indent(text, depth + 1);
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push_str(": ");
                write(text, value, depth + 1);
                text.push(',');
            }
            indent(text, depth);
            text.push('}');
        }
        Value::Array(items) if !items.is_empty() => {
            text.push('[');
            for item in items {
                indent(text, depth + 1);
                write(text, item, depth + 1);
                text.push(',');
            }
            indent(text, depth);
            text.push(']');
        }
        scalar => text.push_str(&scalar.to_string()),
    }
}
