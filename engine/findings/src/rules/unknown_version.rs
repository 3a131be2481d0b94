//! `unknown-version`: a version that the destination does not have.
//!
//! Page: `docs/rules/unknown-version.md`. Fixtures: `tests/data/rules/unknown-version/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unknown-version",
    severity: Severity::Error,
    summary: "a version that the destination does not have",
    doc: include_str!("unknown_version.md"),
};

/// Reports a version that the destination does not have.
pub fn report<'a>(
    reports: &mut Reports,
    span: Span,
    name: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
) {
    let report = Report::new(&RULE, span, format!("unknown version `{name}`"));
    let report = reports.meant(report, name, known);
    reports.add(report);
}
