//! `answer-violation`: a response in a test that violates the `answer_schema` of its operation.
//!
//! Page: `docs/rules/answer-violation.md`. Fixtures: `tests/data/rules/answer-violation/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "answer-violation",
    severity: Severity::Warning,
    summary: "a response in a test that violates the `answer_schema` of its operation",
    doc: include_str!("answer_violation.md"),
};

/// Reports a response that a test states. `text` says where in it and what is wrong there, `file` is the schema.
pub fn report(reports: &mut Reports, span: Span, operation: &str, text: &str, file: &str) {
    let message = format!("the response to `{operation}` violates its `answer_schema`: {text}");
    let help = format!("state what the API sends, or patch `{file}` where it is wrong");
    reports.add(Report::new(&RULE, span, message).help(help));
}
