//! `unknown-setting`: a setting that is not declared.
//!
//! Page: `docs/rules/unknown-setting.md`. Fixtures: `tests/data/rules/unknown-setting/`.

use crate::finding::{KnownNames, Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unknown-setting",
    severity: Severity::Error,
    summary: "a setting that is not declared",
    doc: include_str!("unknown_setting.md"),
};

/// Reports a setting that the destination does not declare.
pub fn report(reports: &mut Reports, span: Span, name: &str, known: &KnownNames) {
    let report = Report::new(&RULE, span, format!("unknown setting `{name}`"));
    let report = reports.meant(report, name, known.iter());
    reports.add_unknown(name, known, report);
}

/// Reports a path into a value that has nothing inside; `of` is its type.
pub fn report_inside(reports: &mut Reports, span: Span, path: &str, of: &str) {
    let message = format!("`{path}` is declared as `{of}`, and the path leads into it");
    let help = "read the setting itself, or declare the type that it has";
    reports.add(Report::new(&RULE, span, message).help(help));
}
