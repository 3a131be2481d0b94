//! `missing-case`: a value of a setting for which a `switch` has no case.
//!
//! Page: `docs/rules/missing-case.md`. Fixtures: `tests/data/rules/missing-case/`.

use crate::finding::{Report, Reports, Rule, Severity, all_of};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "missing-case",
    severity: Severity::Warning,
    summary: "a value of a setting for which a `switch` has no case",
    doc: include_str!("missing_case.md"),
};

/// Reports the values that have no case.
pub fn report(reports: &mut Reports, span: Span, values: &[String]) {
    let message = format!("no case for {}, which the setting can be", all_of(values));
    reports.add(Report::new(&RULE, span, message).help("add the case, or `else` for all other values"));
}

/// Reports the values for which there is no server.
pub fn report_server(reports: &mut Reports, span: Span, values: &[String]) {
    let message = format!("no server for {}, which the setting can be", all_of(values));
    let help = "without one no event is sent: add the case, or remove the value from `one_of`";
    reports.add(Report::new(&RULE, span, message).help(help));
}
