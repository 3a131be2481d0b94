//! `endless-recovery`: a recovery that leads back, with nothing on the way that ends the circle.
//!
//! Page: `docs/rules/endless-recovery.md`. Fixtures: `tests/data/rules/endless-recovery/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "endless-recovery",
    severity: Severity::Warning,
    summary: "a recovery that leads back, with nothing on the way that ends the circle",
    doc: include_str!("endless_recovery.md"),
};

/// Reports a rule that has requests sent again after every success: `stated` is what it states.
pub fn report_success(reports: &mut Reports, span: Span, stated: &str) {
    let message =
        format!("every success is sent again, since `{stated}` applies to it, until the events have failed");
    let help = "state in `when` which responses with such a status are none, or put a rule with `class: done` before it";
    reports.add(Report::new(&RULE, span, message).help(help));
}

/// Reports a recovery that can go round for ever.
pub fn report(reports: &mut Reports, span: Span, then: &str, step: &str, at: Span) {
    let message = match then == step {
        true => format!("`{step}` leads to itself, and sends the same again each time"),
        false => format!("`{step}` leads back to `{then}`, and the same steps come to it again each time"),
    };
    let help = "capture something on the way that a condition of these steps reads, or use `class: retry` with `times`";
    let report = Report::new(&RULE, span, message).help(help);
    reports.add(if then == step { report } else { report.related(at, "it is reached again from there") });
}
