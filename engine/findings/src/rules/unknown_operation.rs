//! `unknown-operation`: an operation that the version does not have.
//!
//! Page: `docs/rules/unknown-operation.md`. Fixtures: `tests/data/rules/unknown-operation/`.

use crate::finding::{KnownNames, Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unknown-operation",
    severity: Severity::Error,
    summary: "an operation that the version does not have",
    doc: include_str!("unknown_operation.md"),
};

/// Reports an operation that the version does not define.
pub fn report(reports: &mut Reports, span: Span, name: &str, known: &KnownNames) {
    let report = Report::new(&RULE, span, format!("unknown operation `{name}`"));
    let report = reports.meant(report, name, known.iter());
    reports.add_unknown(name, known, report);
}
