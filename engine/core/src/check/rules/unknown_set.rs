//! `unknown-set`: a value set that the version does not have.

use crate::finding::{Report, Reports, Rule, Severity, suggest};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unknown-set",
    severity: Severity::Error,
    summary: "a value set that the version does not have",
    doc: include_str!("unknown_set.md"),
};

pub fn report(reports: &mut Reports, span: Span, name: &str, known: &[String]) {
    let report = Report::new(&RULE, span, format!("unknown value set `${name}`"));
    let known: Vec<String> = known.iter().map(|name| format!("${name}")).collect();
    let report = match known.as_slice() {
        [] => report.help("add it under `sets` in version.yaml"),
        known => report.help(suggest(&format!("${name}"), known.iter().map(String::as_str))),
    };
    reports.add_unknown(name, report);
}
