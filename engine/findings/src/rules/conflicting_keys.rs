//! `conflicting-keys`: two keys that exclude each other.
//!
//! Page: `docs/rules/conflicting-keys.md`. Fixtures: `tests/data/rules/conflicting-keys/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "conflicting-keys",
    severity: Severity::Error,
    summary: "two keys that exclude each other",
    doc: include_str!("conflicting_keys.md"),
};

/// Two keys of one map, each with its place.
pub fn report<T>(reports: &mut Reports, first: (&str, Span), second: (&str, Span)) -> Option<T> {
    let ((first, first_span), (second, second_span)) = (first, second);
    let message = format!("`{first}` and `{second}` exclude each other");
    let report = Report::new(&RULE, second_span, message).help(format!("keep `{first}` or `{second}`"));
    reports.add(report.related(first_span, format!("`{first}` is here")));
    None
}

/// A key that belongs to another form than the row's.
pub fn report_part(reports: &mut Reports, span: Span, part: &str, form: &str) {
    let message = format!("`{part}` belongs to `{form}`, which this row does not have");
    reports.add(Report::new(&RULE, span, message));
}

/// The same where only the place is known.
pub fn report_at(reports: &mut Reports, span: Span, message: &str) {
    reports.add(Report::new(&RULE, span, message).help("keep one of them"));
}
