//! `unknown-path-list`: a named list that the version does not have.

use crate::finding::{Report, Reports, Rule, Severity, suggest};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unknown-path-list",
    severity: Severity::Error,
    summary: "a named list that the version does not have",
    doc: include_str!("unknown_path_list.md"),
};

pub fn report<'a>(
    reports: &mut Reports,
    span: Span,
    name: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
) {
    let known: Vec<String> = known.into_iter().map(|name| format!("${name}")).collect();
    let help = suggest(&format!("${name}"), known.iter().map(String::as_str));
    reports.add_unknown(name, Report::new(&RULE, span, format!("unknown list `${name}`")).help(help));
}
