//! `value-mismatch`: a value that its operation's schema does not allow.
//!
//! Page: `docs/rules/value-mismatch.md`. Fixtures: `tests/data/rules/value-mismatch/`.

use crate::finding::{Report, Reports, Rule, Severity, one_of};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "value-mismatch",
    severity: Severity::Error,
    summary: "a value that its operation's schema does not allow",
    doc: include_str!("value_mismatch.md"),
};

/// A value that is refused.
#[derive(Debug)]
pub struct Refused<'m> {
    /// The field, as a path in the body.
    pub field: &'m str,
    /// The value, or one like it; nothing, if only its limits are known.
    pub value: Option<String>,
    /// What is wrong with it: `is longer than 3 characters`.
    pub problem: String,
    /// The operations that are sent it.
    pub operations: &'m [String],
    /// The values that are allowed, if they are listed.
    pub allowed: Vec<String>,
    /// Where the value is made, if that is elsewhere.
    pub made_at: Option<Span>,
    /// The row that sends it, if an entry of a table or a list is reported.
    pub row: Option<Span>,
}

/// Reports a value that is refused.
pub fn report(reports: &mut Reports, span: Span, refused: &Refused<'_>) {
    let Refused { field, value, problem, operations, allowed, made_at, row } = refused;
    let place = if field.is_empty() { "the body".to_owned() } else { format!("`{field}`") };
    let what = match value {
        Some(value) => format!("`{value}` in {place}"),
        None => place,
    };
    let message = format!("{what} {problem}, says the schema of {}", one_of(operations.iter()));
    let help = match (value, allowed.as_slice()) {
        (_, []) => "change the row so that it gives what the API takes, or correct the schema".to_owned(),
        (Some(value), allowed) => reports.suggest(value, allowed.iter().map(String::as_str)),
        (None, allowed) => format!("expected {}", one_of(allowed)),
    };
    let report = Report::new(&RULE, span, message).help(help);
    reports.add(placed(report, *made_at, *row));
}

/// The label of where a value is made.
pub const MADE_AT: &str = "the value is made here";

/// The label of the row that sends an entry of a table or a list.
pub const SENT_BY: &str = "this row sends it";

/// Adds where a value is made, and the row that sends it.
pub(super) fn placed(report: Report, made_at: Option<Span>, row: Option<Span>) -> Report {
    let report = match made_at {
        Some(at) => report.related(at, MADE_AT),
        None => report,
    };
    match row {
        Some(at) => report.related(at, SENT_BY),
        None => report,
    }
}
