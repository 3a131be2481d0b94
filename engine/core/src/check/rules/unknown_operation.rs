//! `unknown-operation`: an operation that the version does not have.

use crate::finding::{Report, Reports, Rule, Severity, suggest};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unknown-operation",
    severity: Severity::Error,
    summary: "an operation that the version does not have",
    doc: include_str!("unknown_operation.md"),
};

pub fn report<'a>(
    reports: &mut Reports,
    span: Span,
    name: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
) {
    reports.add_unknown(
        name,
        Report::new(&RULE, span, format!("unknown operation `{name}`")).help(suggest(name, known)),
    );
}
