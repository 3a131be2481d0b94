//! `wrong-type`: a value of another kind than the key takes.
//!
//! Page: `docs/rules/wrong-type.md`. Fixtures: `tests/data/rules/wrong-type/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::load::yaml::{Data, Node};

/// The rule.
pub static RULE: Rule = Rule {
    id: "wrong-type",
    severity: Severity::Error,
    summary: "a value of another kind than the key takes",
    doc: include_str!("wrong_type.md"),
};

/// Reports and gives nothing, whatever was wanted.
pub fn report<T>(reports: &mut Reports, node: &Node, expected: &str) -> Option<T> {
    reports.add(unexpected(node, expected));
    None
}

/// The same where the text in quotes would be right without.
pub fn report_quoted<T>(reports: &mut Reports, node: &Node, expected: &str) -> Option<T> {
    reports.add(unexpected(node, expected).help("take the quotes away"));
    None
}

fn unexpected(node: &Node, expected: &str) -> Report {
    Report::new(&RULE, node.span, format!("expected {expected}, found {}", shown(node)))
}

/// The same where a source belongs: a constant is written otherwise.
pub fn report_source<T>(reports: &mut Reports, node: &Node) -> Option<T> {
    let constant = node.to_json();
    let message = format!("expected a source as in `traits.email`, found {}", shown(node));
    reports.add(
        Report::new(&RULE, node.span, message)
            .help(format!("a constant is written `{{ value: {constant} }}`")),
    );
    None
}

fn shown(node: &Node) -> String {
    match &node.data {
        Data::Bool(b) => format!("`{b}`"),
        Data::Number(_, written) => format!("the number `{written}`"),
        // without its quotes it would look as it should
        Data::Text(text) if text.parse::<f64>().is_ok() || matches!(text.as_str(), "true" | "false") => {
            format!("the text `\"{text}\"`")
        }
        Data::Text(text) => format!("`{text}`"),
        _ => node.kind().to_owned(),
    }
}
