//! `missing-parameter`: a path parameter without a value.
//!
//! Page: `docs/rules/missing-parameter.md`. Fixtures: `tests/data/rules/missing-parameter/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "missing-parameter",
    severity: Severity::Error,
    summary: "a path parameter without a value",
    doc: include_str!("missing_parameter.md"),
};

pub fn report(reports: &mut Reports, span: Span, parameter: &str, path: &str) {
    let message = format!("the parameter `{parameter}` of `{path}` has no value here");
    reports.add(
        Report::new(&RULE, span, message)
            .help(format!("add `params: {{ {parameter}: … }}`, or capture it before")),
    );
}

/// A path that does not parse.
pub fn report_path(reports: &mut Reports, span: Span, path: &str, problem: &str) {
    reports.add(
        Report::new(&RULE, span, format!("`{path}` is no path: {problem}"))
            .help("a path reads like `/contacts/{contact_id}`"),
    );
}
