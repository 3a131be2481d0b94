//! `conflicting-keys`: keys that are mutually exclusive.
//!
//! Page: `docs/rules/conflicting-keys.md`. Fixtures: `tests/data/rules/conflicting-keys/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "conflicting-keys",
    severity: Severity::Error,
    summary: "keys that are mutually exclusive",
    doc: include_str!("conflicting_keys.md"),
};

/// Reports two keys of one map, each with its place.
pub fn report<T>(reports: &mut Reports, first: (&str, Span), second: (&str, Span)) -> Option<T> {
    let ((first, first_span), (second, second_span)) = (first, second);
    let message = format!("`{first}` and `{second}` are mutually exclusive");
    let report = Report::new(&RULE, second_span, message).help(format!("keep `{first}` or `{second}`"));
    reports.add(report.related(first_span, format!("`{first}` is here")));
    None
}

/// Reports a key that belongs to a form other than the row's.
pub fn report_part(reports: &mut Reports, span: Span, part: &str, form: &str) {
    let message = format!("`{part}` requires `{form}`, which this row does not have");
    reports.add(Report::new(&RULE, span, message));
}

/// Reports mutually exclusive keys where only the position is known.
pub fn report_at(reports: &mut Reports, span: Span, message: &str) {
    reports.add(Report::new(&RULE, span, message).help("keep one of them"));
}

/// Reports the body of a step whose operation has the method `GET`; `called` is where the step names it.
pub fn report_body(reports: &mut Reports, span: Span, step: &str, operation: &str, called: Span) {
    let message = format!("the step `{step}` has a body, and the method of `{operation}` is `GET`");
    let help = "send what the API reads in `query` or `params`, or correct the `method`";
    reports.add(Report::new(&RULE, span, message).related(called, "called here").help(help));
}
