//! `invalid-path`: a source that does not parse.
//!
//! Page: `docs/rules/invalid-path.md`. Fixtures: `tests/data/rules/invalid-path/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "invalid-path",
    severity: Severity::Error,
    summary: "a source that does not parse",
    doc: include_str!("invalid_path.md"),
};

/// Reports a path that does not parse. Always returns `None`, which stands for the value that could not be read.
pub fn report<T>(
    reports: &mut Reports,
    span: Span,
    text: &str,
    problem: &str,
    help: Option<String>,
) -> Option<T> {
    let message = format!("`{text}` is not a valid source: {}", problem);
    reports.add(Report::new(&RULE, span, message).maybe_help(help));
    None
}
