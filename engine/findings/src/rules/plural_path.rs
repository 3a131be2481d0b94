//! `plural-path`: a path to several values where a single value is expected.
//!
//! Page: `docs/rules/plural-path.md`. Fixtures: `tests/data/rules/plural-path/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "plural-path",
    severity: Severity::Error,
    summary: "a path to several values where a single value is expected",
    doc: include_str!("plural_path.md"),
};

/// Reports a path that may find several values in a place that takes one.
pub fn report(reports: &mut Reports, span: Span, text: &str) {
    let message = format!("`{text}` can select several values, but a single value is expected here");
    reports.add(Report::new(&RULE, span, message).help("select one with an index, or add `as: first`"));
}
