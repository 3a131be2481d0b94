//! `unknown-step`: a step that does not exist.
//!
//! Page: `docs/rules/unknown-step.md`. Fixtures: `tests/data/rules/unknown-step/`.

use crate::finding::{KnownNames, Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unknown-step",
    severity: Severity::Error,
    summary: "a step that does not exist",
    doc: include_str!("unknown_step.md"),
};

/// Reports a step that the mapping does not define.
pub fn report(reports: &mut Reports, span: Span, name: &str, known: &KnownNames) {
    let report = Report::new(&RULE, span, format!("unknown step `{name}`"));
    let report = reports.meant(report, name, known.iter());
    reports.add_unknown(name, known, report);
}

/// Reports a use of a shared step that the version removes at `removed`.
pub fn report_removed(reports: &mut Reports, span: Span, name: &str, removed: Span) {
    let message = format!("the mapping uses the shared step `{name}`, which the version removes");
    let help = "keep the shared step, or let the mapping of that version remove the step that uses it";
    reports.add(Report::new(&RULE, span, message).related(removed, "removed here").help(help));
}
