//! `unknown-path-list`: a named list that the version does not have.
//!
//! Page: `docs/rules/unknown-path-list.md`. Fixtures: `tests/data/rules/unknown-path-list/`.

use crate::finding::{KnownNames, Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unknown-path-list",
    severity: Severity::Error,
    summary: "a named list that the version does not have",
    doc: include_str!("unknown_path_list.md"),
};

/// Reports a list of paths that the version does not define.
pub fn report(reports: &mut Reports, span: Span, name: &str, known: &KnownNames) {
    let all = known.written(|name| format!("${name}"));
    let report = Report::new(&RULE, span, format!("unknown list `${name}`"));
    let help = reports.suggest(&format!("${name}"), all);
    reports.add_unknown(name, known, report.help(help));
}
