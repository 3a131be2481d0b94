//! `foreign-event-field`: a field that only events of other types have.
//!
//! Page: `docs/rules/foreign-event-field.md`. Fixtures: `tests/data/rules/foreign-event-field/`.

use crate::finding::{Report, Reports, Rule, Severity, all_of, one_of};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "foreign-event-field",
    severity: Severity::Warning,
    summary: "a field that only events of other types have",
    doc: include_str!("foreign_event_field.md"),
};

/// Reports a field. `own` are the message types of the mapping, `others` those whose events have it.
pub fn report<'o>(
    reports: &mut Reports,
    span: Span,
    name: &str,
    own: &[String],
    others: impl Iterator<Item = &'o str>,
) {
    let message = format!("events of the type {} have no `{name}`", one_of(own));
    let help = match name {
        "groupId" => {
            "the group of a user is in `context.groupId`; `groupId` is a field of `group`".to_owned()
        }
        _ => format!("`{name}` is a field of {}; move the row to its mapping, or remove it", all_of(others)),
    };
    reports.add(Report::new(&RULE, span, message).help(help));
}
