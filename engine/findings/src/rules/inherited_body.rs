//! `inherited-body`: a step with another operation than the inherited one, and the inherited body.
//!
//! Page: `docs/rules/inherited-body.md`. Fixtures: `tests/data/rules/inherited-body/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "inherited-body",
    severity: Severity::Error,
    summary: "a step that changes its operation and does not say what becomes of the inherited body",
    doc: include_str!("inherited_body.md"),
};

/// Reports the operation of a step. `body` is the inherited body, if it is the name of a part.
pub fn report(reports: &mut Reports, span: Span, operations: (&str, &str), body: Option<&str>, at: Span) {
    let (old, new) = operations;
    let message = format!("`{new}` takes the place of `{old}`, but the step inherits the body of `{old}`");
    let keep = body.map_or("the same fields again".to_owned(), |body| format!("`body: {body}`"));
    let help = format!(
        "write {keep} to send the same body, another `body`, or `remove: [body]` in the step to send none"
    );
    reports.add(Report::new(&RULE, span, message).help(help).related(at, "the inherited body"));
}
