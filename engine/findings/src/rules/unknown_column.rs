//! `unknown-column`: a column that a table in the settings does not have.
//!
//! Page: `docs/rules/unknown-column.md`. Fixtures: `tests/data/rules/unknown-column/`.

use crate::finding::{KnownNames, Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unknown-column",
    severity: Severity::Error,
    summary: "a column that a table in the settings does not have",
    doc: include_str!("unknown_column.md"),
};

/// Reports an unknown column. `table` is the setting's name in the mapping, such as `settings.events`.
pub fn report(reports: &mut Reports, span: Span, name: &str, table: &str, known: &KnownNames) {
    let report = Report::new(&RULE, span, format!("`{table}` has no column `{name}`"));
    let report = reports.meant(report, name, known.iter());
    reports.add_unknown(name, known, report);
}

/// Reports a path into a value that has nothing inside; `of` is its type.
pub fn report_inside(reports: &mut Reports, span: Span, path: &str, of: &str) {
    let message = format!("`{path}` is declared as `{of}`, and the path leads into it");
    let help = "read the column itself, or declare the type that it has";
    reports.add(Report::new(&RULE, span, message).help(help));
}
