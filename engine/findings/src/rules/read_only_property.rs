//! `read-only-property`: a body field that its operation's schema calls read-only.
//!
//! Page: `docs/rules/read-only-property.md`. Fixtures: `tests/data/rules/read-only-property/`.

use crate::finding::{Report, Reports, Rule, Severity, one_of};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "read-only-property",
    severity: Severity::Warning,
    summary: "a body field that its operation's schema calls read-only",
    doc: include_str!("read_only_property.md"),
};

/// Reports a field that the API sets itself. `operations` are those that are sent it.
pub fn report(reports: &mut Reports, span: Span, name: &str, operations: &[&str]) {
    let message = format!("`{name}` is read-only in the body of {}", one_of(operations));
    let help = "remove the row: the API sets the field itself, and ignores or refuses what it is sent";
    reports.add(Report::new(&RULE, span, message).help(help));
}
