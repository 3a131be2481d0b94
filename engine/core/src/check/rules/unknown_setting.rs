//! `unknown-setting`: a setting that is not declared.

use crate::finding::{Report, Reports, Rule, Severity, suggest};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unknown-setting",
    severity: Severity::Error,
    summary: "a setting that is not declared",
    doc: include_str!("unknown_setting.md"),
};

pub fn report<'a>(
    reports: &mut Reports,
    span: Span,
    name: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
) {
    reports.add_unknown(
        name,
        Report::new(&RULE, span, format!("unknown setting `{name}`")).help(suggest(name, known)),
    );
}
