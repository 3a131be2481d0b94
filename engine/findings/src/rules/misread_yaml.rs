//! `misread-yaml`: values that are not read as they look.
//!
//! Page: `docs/rules/misread-yaml.md`. Fixtures: `tests/data/rules/misread-yaml/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "misread-yaml",
    severity: Severity::Warning,
    summary: "values that are not read as they look",
    doc: include_str!("misread_yaml.md"),
};

/// Reports a merge key.
pub fn report_merge(reports: &mut Reports, span: Span) {
    let message = "`<<` merges nothing: it is the name of a member";
    let help = "write the members out, or use `merge:` in a row; if the name is meant, put it in quotes";
    reports.add(Report::new(&RULE, span, message).help(help));
}

/// Reports a number with leading zeros, as it is written and as it is read.
pub fn report_zeros(reports: &mut Reports, span: Span, written: &str, read: &str) {
    let message = format!("`{written}` is read as the number `{read}`");
    let help = format!("put it in quotes if its zeros count: `\"{written}\"`; else leave them out");
    reports.add(Report::new(&RULE, span, message).help(help));
}
