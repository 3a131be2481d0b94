//! `conflicting-keys`: keys that are mutually exclusive.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::load::yaml::Node;
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "conflicting-keys",
    severity: Severity::Error,
    summary: "keys that are mutually exclusive",
    doc: include_str!("conflicting_keys.md"),
};

pub fn report<T>(reports: &mut Reports, node: &Node, first: &str, second: &str) -> Option<T> {
    let message = format!("`{first}` and `{second}` are mutually exclusive");
    let mut report =
        Report::new(&RULE, key_span(node, second), message).help(format!("keep `{first}` or `{second}`"));
    report = report.related(key_span(node, first), format!("`{first}` is here"));
    reports.add(report);
    None
}

/// Reports a key that belongs to a form other than the row's.
pub fn report_part(reports: &mut Reports, node: &Node, part: &str, form: &str) {
    let message = format!("`{part}` requires `{form}`, which this row does not have");
    reports.add(Report::new(&RULE, key_span(node, part), message));
}

fn key_span(node: &Node, key: &str) -> Span {
    let keys = node.as_map().unwrap_or_default();
    keys.iter().find(|(k, _)| k.text == key).map_or(node.span, |(k, _)| k.span)
}

/// Reports mutually exclusive keys where only the position is known.
pub fn report_at(reports: &mut Reports, span: Span, message: &str) {
    reports.add(Report::new(&RULE, span, message).help("keep one of them"));
}
