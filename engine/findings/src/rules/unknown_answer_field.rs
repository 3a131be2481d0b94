//! `unknown-answer-field`: a path into a response that the operation's `answer_schema` does not have.
//!
//! Page: `docs/rules/unknown-answer-field.md`. Fixtures: `tests/data/rules/unknown-answer-field/`.

use crate::finding::{Report, Reports, Rule, Severity, one_of};
use crate::fix::Mend;
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unknown-answer-field",
    severity: Severity::Warning,
    summary: "a path into a response that the operation's `answer_schema` does not have",
    doc: include_str!("unknown_answer_field.md"),
};

/// Reports a path whose last name no response has. `meant` is a path that they have.
pub fn report(reports: &mut Reports, span: Span, path: &str, meant: Option<&str>, operations: &[&str]) {
    let message = format!("no response of {} has `{path}` by its `answer_schema`", one_of(operations));
    let report = Report::new(&RULE, span, message);
    reports.add(match meant {
        Some(meant) => report.help(format!("did you mean `{meant}`?")).mend(Mend::guess(span, path, meant)),
        None => report.help("read what the schema lists, or patch it where it is wrong"),
    });
}
