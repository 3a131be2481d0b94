//! `wrong-type`: a value of the wrong type.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::load::yaml::{Data, Node};

/// The rule.
pub static RULE: Rule = Rule {
    id: "wrong-type",
    severity: Severity::Error,
    summary: "a value of the wrong type",
    doc: include_str!("wrong_type.md"),
};

/// Reports a value of the wrong type, and returns `None`.
pub fn report<T>(reports: &mut Reports, node: &Node, expected: &str) -> Option<T> {
    reports.add(unexpected(node, expected));
    None
}

/// Reports a quoted value that would be valid without its quotes.
pub fn report_quoted<T>(reports: &mut Reports, node: &Node, expected: &str) -> Option<T> {
    reports.add(unexpected(node, expected).help("remove the quotes"));
    None
}

fn unexpected(node: &Node, expected: &str) -> Report {
    Report::new(&RULE, node.span, format!("expected {expected}, found {}", shown(node)))
}

/// Reports a constant where a source is expected.
pub fn report_source<T>(reports: &mut Reports, node: &Node) -> Option<T> {
    let constant = node.to_json();
    let message = format!("expected a source such as `traits.email`, found {}", shown(node));
    reports.add(
        Report::new(&RULE, node.span, message).help(format!("write a constant as `{{ value: {constant} }}`")),
    );
    None
}

fn shown(node: &Node) -> String {
    match &node.data {
        Data::Bool(b) => format!("`{b}`"),
        Data::Number(_, written) => format!("the number `{written}`"),
        // without its quotes, it would look valid
        Data::Text(text) if text.parse::<f64>().is_ok() || matches!(text.as_str(), "true" | "false") => {
            format!("the text `\"{text}\"`")
        }
        Data::Text(text) => format!("`{text}`"),
        _ => node.kind().to_owned(),
    }
}
