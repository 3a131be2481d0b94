//! `invalid-value`: a value that its key does not accept.
//!
//! Page: `docs/rules/invalid-value.md`. Fixtures: `tests/data/rules/invalid-value/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::{Found, Span};

/// The rule.
pub static RULE: Rule = Rule {
    id: "invalid-value",
    severity: Severity::Error,
    summary: "a value that its key does not accept",
    doc: include_str!("invalid_value.md"),
};

/// Reports a value that its key does not accept.
pub fn report(reports: &mut Reports, span: Span, message: impl Into<String>, help: impl Into<String>) {
    reports.add(Report::new(&RULE, span, message).help(help));
}

/// Reports a string that is to be a regular expression.
pub fn report_pattern(reports: &mut Reports, span: Span, text: &str, problem: &str) {
    let message = format!("expected a regular expression, found `{text}` ({problem})");
    report(reports, span, message, "see https://docs.rs/regex/latest/regex/#syntax");
}

/// Reports a whole number that would lose digits.
pub fn report_long(reports: &mut Reports, found: &Found) {
    let message = format!("{} is out of range", found.shown);
    report(
        reports,
        found.span,
        message,
        "numbers have up to 64 bits: put it in quotes to send its digits as text",
    );
}
