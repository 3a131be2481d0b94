//! `unknown-rate`: a rate-limit group that the destination does not have.
//!
//! Page: `docs/rules/unknown-rate.md`. Fixtures: `tests/data/rules/unknown-rate/`.

use crate::finding::{KnownNames, Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unknown-rate",
    severity: Severity::Error,
    summary: "a rate-limit group that the destination does not have",
    doc: include_str!("unknown_rate.md"),
};

/// Reports a rate group that the destination does not define.
pub fn report(reports: &mut Reports, span: Span, name: &str, known: &KnownNames) {
    let report = Report::new(&RULE, span, format!("unknown rate `{name}`"));
    let report = reports.meant(report, name, known.iter());
    reports.add_unknown(name, known, report);
}
