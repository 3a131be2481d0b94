//! `invalid-path`: a source that does not parse.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;
use crate::spec::PathError;

/// The rule.
pub static RULE: Rule = Rule {
    id: "invalid-path",
    severity: Severity::Error,
    summary: "a source that does not parse",
    doc: include_str!("invalid_path.md"),
};

pub fn report<T>(reports: &mut Reports, span: Span, text: &str, error: PathError) -> Option<T> {
    let message = format!("`{text}` is not a valid source: {}", error.message);
    reports.add(Report::new(&RULE, span, message).maybe_help(error.help));
    None
}
