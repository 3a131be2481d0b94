//! `todo`: a comment that says what is left to do.
//!
//! Page: `docs/rules/todo.md`. Fixtures: `tests/data/rules/todo/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "todo",
    severity: Severity::Hint,
    summary: "a comment that says what is left to do",
    doc: include_str!("todo.md"),
};

/// Reports a comment, by what is left to do, if it says that.
pub fn report(reports: &mut Reports, span: Span, left: &str) {
    let message = match left {
        "" => "something is left to do here".to_owned(),
        left => format!("this is left to do: {left}"),
    };
    reports.add(Report::new(&RULE, span, message).help("do it, and remove the comment"));
}
