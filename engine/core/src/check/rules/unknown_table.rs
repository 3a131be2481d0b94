//! `unknown-table`: a value table that the version does not have.

use crate::finding::{Report, Reports, Rule, Severity, suggest};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unknown-table",
    severity: Severity::Error,
    summary: "a value table that the version does not have",
    doc: include_str!("unknown_table.md"),
};

pub fn report(reports: &mut Reports, span: Span, name: &str, known: &[String]) {
    let report = Report::new(&RULE, span, format!("unknown value table `{name}`"));
    let report = match known {
        [] => report.help("add it under `tables` in version.yaml"),
        known => report.help(suggest(name, known.iter().map(String::as_str))),
    };
    reports.add_unknown(name, report);
}
