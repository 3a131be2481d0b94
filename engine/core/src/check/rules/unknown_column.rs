//! `unknown-column`: a column that a table in the settings does not have.

use crate::finding::{Report, Reports, Rule, Severity, suggest};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unknown-column",
    severity: Severity::Error,
    summary: "a column that a table in the settings does not have",
    doc: include_str!("unknown_column.md"),
};

/// Reports an unknown column. `table` is the setting's name in the mapping, such as `settings.events`.
pub fn report<'a>(
    reports: &mut Reports,
    span: Span,
    name: &str,
    table: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
) {
    let message = format!("`{table}` has no column `{name}`");
    reports.add_unknown(name, Report::new(&RULE, span, message).help(suggest(name, known)));
}
