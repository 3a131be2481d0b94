//! `plural-path`: a path of many values where one is wanted.
//!
//! Page: `docs/rules/plural-path.md`. Fixtures: `tests/data/rules/plural-path/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "plural-path",
    severity: Severity::Error,
    summary: "a path of many values where one is wanted",
    doc: include_str!("plural_path.md"),
};

pub fn report(reports: &mut Reports, span: Span, text: &str) {
    let message = format!("`{text}` can name several values, and one is wanted here");
    reports.add(Report::new(&RULE, span, message).help("name one with an index, or add `as: first`"));
}
