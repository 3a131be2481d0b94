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

/// Reports a step that has no value for a parameter of the operation's path.
pub fn report(reports: &mut Reports, span: Span, parameter: &str, path: &str) {
    let message = format!("missing value for the parameter `{parameter}` of `{path}`");
    reports.add(
        Report::new(&RULE, span, message)
            .help(format!("add `params: {{ {parameter}: … }}`, or capture it in an earlier step")),
    );
}

/// Reports a path that does not parse.
pub fn report_path(reports: &mut Reports, span: Span, path: &str, problem: &str) {
    reports.add(
        Report::new(&RULE, span, format!("`{path}` is not a valid path: {problem}"))
            .help("write a path such as `/contacts/{contact_id}`"),
    );
}
