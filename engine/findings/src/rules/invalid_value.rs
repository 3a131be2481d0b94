//! `invalid-value`: a value that its key does not accept.
//!
//! Page: `docs/rules/invalid-value.md`. Fixtures: `tests/data/rules/invalid-value/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "invalid-value",
    severity: Severity::Error,
    summary: "a value that its key does not accept",
    doc: include_str!("invalid_value.md"),
};

/// Reports a value that its key does not accept.
pub fn report(reports: &mut Reports, span: Span, message: impl Into<String>, help: impl Into<String>) {
    reports.add(Report::new(&RULE, span, message).help(help));
}
