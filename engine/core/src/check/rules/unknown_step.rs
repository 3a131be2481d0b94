//! `unknown-step`: a step that does not exist.

use crate::finding::{Report, Reports, Rule, Severity, suggest};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unknown-step",
    severity: Severity::Error,
    summary: "a step that does not exist",
    doc: include_str!("unknown_step.md"),
};

pub fn report<'a>(
    reports: &mut Reports,
    span: Span,
    name: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
) {
    reports.add_unknown(
        name,
        Report::new(&RULE, span, format!("unknown step `{name}`", name = name)).help(suggest(name, known)),
    );
}
