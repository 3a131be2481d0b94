//! `unknown-event-field`: a path into the event that nearly is one of the event spec.
//!
//! Page: `docs/rules/unknown-event-field.md`. Fixtures: `tests/data/rules/unknown-event-field/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::fix::Mend;
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unknown-event-field",
    severity: Severity::Warning,
    summary: "a path into the event that nearly is one of the event spec",
    doc: include_str!("unknown_event_field.md"),
};

/// Reports a path whose last name is probably misspelt.
pub fn report(reports: &mut Reports, span: Span, path: &str, meant: &str) {
    let message = format!("no event has `{path}` by the event spec");
    let report = Report::new(&RULE, span, message).help(format!("did you mean `{meant}`?"));
    reports.add(report.mend(Mend::guess(span, path, meant)));
}

/// Reports a path into something that has no members.
pub fn report_members(reports: &mut Reports, span: Span, path: &str) {
    let message = format!("`{path}` has no members by the event spec");
    reports.add(Report::new(&RULE, span, message).help(format!("read `{path}` itself")));
}
