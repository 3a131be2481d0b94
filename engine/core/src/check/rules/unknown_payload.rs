//! `unknown-payload`: a payload part or field that does not exist.

use crate::finding::{Report, Reports, Rule, Severity, suggest};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unknown-payload",
    severity: Severity::Error,
    summary: "a payload part or field that does not exist",
    doc: include_str!("unknown_payload.md"),
};

pub fn report<'a>(
    reports: &mut Reports,
    span: Span,
    name: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
) {
    let last = name.rsplit('.').next().unwrap_or(name);
    reports.add_unknown(
        last,
        Report::new(&RULE, span, format!("the payload has no `{name}`")).help(suggest(name, known)),
    );
}
