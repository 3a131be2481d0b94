//! `unknown-set`: a value set that the version does not have.
//!
//! Page: `docs/rules/unknown-set.md`. Fixtures: `tests/data/rules/unknown-set/`.

use crate::finding::{KnownNames, Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unknown-set",
    severity: Severity::Error,
    summary: "a value set that the version does not have",
    doc: include_str!("unknown_set.md"),
};

/// Reports a set that the version does not define.
pub fn report(reports: &mut Reports, span: Span, name: &str, known: &KnownNames) {
    let report = Report::new(&RULE, span, format!("unknown value set `${name}`"));
    let help = match known.iter().next() {
        None => "add it under `sets` in version.yaml".to_owned(),
        Some(_) => reports.suggest(&format!("${name}"), known.written(|name| format!("${name}"))),
    };
    let written = known.written(|name| format!("${name}"));
    let report = reports.mended(report.help(help), &format!("${name}"), written);
    reports.add_unknown(name, known, report);
}
