//! `unknown-rate`: a rate-limit group that the destination does not have.

use crate::finding::{Report, Reports, Rule, Severity, suggest};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unknown-rate",
    severity: Severity::Error,
    summary: "a rate-limit group that the destination does not have",
    doc: include_str!("unknown_rate.md"),
};

pub fn report<'a>(
    reports: &mut Reports,
    span: Span,
    name: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
) {
    reports.add_unknown(
        name,
        Report::new(&RULE, span, format!("unknown rate `{name}`")).help(suggest(name, known)),
    );
}
