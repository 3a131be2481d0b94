//! `unreachable`: something that is never used, since something before it always is.
//!
//! Page: `docs/rules/unreachable.md`. Fixtures: `tests/data/rules/unreachable/`.

use crate::finding::{Report, Reports, Rule, Severity, one_of};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unreachable",
    severity: Severity::Warning,
    summary: "a variant, a rule or a case that is never used",
    doc: include_str!("unreachable.md"),
};

/// Reports a variant, a rule, the condition of a source, or an entry of `skip` or `failed`, for which one before it leaves nothing.
pub fn report(reports: &mut Reports, span: Span, what: &str, first: Span) {
    let what = match what {
        "skip" | "failed" => format!("entry of `{what}`"),
        // a caller may name the source nevertheless
        "source" => "condition of the source".to_owned(),
        _ => what.to_owned(),
    };
    let message = format!("the {what} is never used: one before it takes everything that it is for");
    reports.add(
        Report::new(&RULE, span, message)
            .related(first, "this takes it")
            .help("move it before that one, correct a condition or a status, or remove it"),
    );
}

/// Reports a case of a value that there never is.
pub fn report_case(reports: &mut Reports, span: Span, case: &str, values: &[String]) {
    let message = format!("the case `{case}` is never used");
    reports.add(Report::new(&RULE, span, message).help(format!("the value is {}", one_of(values))));
}

/// Reports `else` of a choice whose values all have a case.
pub fn report_else(reports: &mut Reports, span: Span) {
    let message = "`else` is never used: every value has a case";
    reports.add(Report::new(&RULE, span, message).help("remove `else`"));
}

/// Reports a message type that a source sends in cloud mode, and whose mapping makes calls.
pub fn report_source(reports: &mut Reports, span: Span, name: &str) {
    let message =
        format!("no `{name}` of this source is mapped: its mapping makes calls, which are for device mode");
    reports.add(Report::new(&RULE, span, message).help("write it in `device`, or remove it"));
}
