//! `unknown-capture`: a capture that no step sets.

use crate::finding::{Report, Reports, Rule, Severity, suggest};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unknown-capture",
    severity: Severity::Error,
    summary: "a capture that no step sets",
    doc: include_str!("unknown_capture.md"),
};

pub fn report<'a>(
    reports: &mut Reports,
    span: Span,
    name: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
) {
    reports.add_unknown(
        name,
        Report::new(&RULE, span, format!("no step captures `{name}`")).help(suggest(name, known)),
    );
}
