//! `unused-conversion`: a conversion that a version defines and nothing uses.
//!
//! Page: `docs/rules/unused-conversion.md`. Fixtures: `tests/data/rules/unused-conversion/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::fix::Mend;
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unused-conversion",
    severity: Severity::Warning,
    summary: "a conversion that a version defines and nothing uses",
    doc: include_str!("unused_conversion.md"),
};

/// Reports a definition that has no effect.
pub fn report(reports: &mut Reports, span: Span, name: &str) {
    let message = format!("`{name}` has no effect: no row of any version uses it");
    let report = Report::new(&RULE, span, message).help(format!("remove it, or use it: `as: {name}`"));
    reports.add(report.mend(Mend::remove_line(span)));
}
