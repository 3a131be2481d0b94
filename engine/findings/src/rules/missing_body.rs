//! `missing-body`: a step without the body that its operation takes.
//!
//! Page: `docs/rules/missing-body.md`. Fixtures: `tests/data/rules/missing-body/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "missing-body",
    severity: Severity::Error,
    summary: "a step without the body that its operation takes",
    doc: include_str!("missing_body.md"),
};

/// Reports a step without a body whose operation has a schema for one.
pub fn report(reports: &mut Reports, span: Span, operation: &str) {
    let message = format!("missing `body`: the operation `{operation}` has a body schema");
    reports.add(Report::new(&RULE, span, message).help(
        "add `body:` with the name of a payload part, or with fields; without it, the request would be empty",
    ));
}
