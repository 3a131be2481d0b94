//! `constant-condition`: a condition that holds for every event, or for none.
//!
//! Page: `docs/rules/constant-condition.md`. Fixtures: `tests/data/rules/constant-condition/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "constant-condition",
    severity: Severity::Warning,
    summary: "a condition that holds for every event, or for none",
    doc: include_str!("constant_condition.md"),
};

/// Reports a condition that can be decided without an event.
pub fn report(reports: &mut Reports, span: Span, always: bool) {
    let (message, help) = match always {
        true => ("the condition always holds", "remove the condition, or correct it"),
        false => ("the condition never holds", "remove what it is for, or correct the condition"),
    };
    reports.add(Report::new(&RULE, span, message).help(help));
}

/// Reports a part of a condition that can be decided without an event.
pub fn report_part(reports: &mut Reports, span: Span, part: &str, always: bool) {
    let how = if always { "always" } else { "never" };
    let message =
        format!("`{part}` {how} holds: either it could be left out of the condition, or the rest could");
    reports.add(Report::new(&RULE, span, message).help("remove that part of the condition, or correct it"));
}

/// Reports `unless` that excludes everything that `when` allows.
pub fn report_both(reports: &mut Reports, span: Span, when: Span) {
    let message = "`when` and `unless` never allow the same event";
    reports.add(
        Report::new(&RULE, span, message)
            .related(when, "whatever fulfils this condition is excluded by the other one")
            .help("correct one of the conditions, or remove what they are for"),
    );
}

/// Reports a requirement that every event meets.
pub fn report_met(reports: &mut Reports, span: Span) {
    let message = "the requirement is always met: this always has a value";
    reports
        .add(Report::new(&RULE, span, message).help("remove this from the requirement, or the requirement"));
}
