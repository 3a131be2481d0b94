//! `unknown-table`: a value table that the version does not have.
//!
//! Page: `docs/rules/unknown-table.md`. Fixtures: `tests/data/rules/unknown-table/`.

use crate::finding::{KnownNames, Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unknown-table",
    severity: Severity::Error,
    summary: "a value table that the version does not have",
    doc: include_str!("unknown_table.md"),
};

/// Reports a table that the version does not define.
pub fn report(reports: &mut Reports, span: Span, name: &str, known: &KnownNames) {
    let report = Report::new(&RULE, span, format!("unknown value table `{name}`"));
    let help = match known.iter().next() {
        None => "add it under `tables` in version.yaml".to_owned(),
        Some(_) => reports.suggest(name, known.iter()),
    };
    let report = reports.mended(report.help(help), name, known.iter());
    reports.add_unknown(name, known, report);
}
