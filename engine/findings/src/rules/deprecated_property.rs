//! `deprecated-property`: a body field that its operation's schema calls deprecated.
//!
//! Page: `docs/rules/deprecated-property.md`. Fixtures: `tests/data/rules/deprecated-property/`.

use crate::finding::{Report, Reports, Rule, Severity, one_of};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "deprecated-property",
    severity: Severity::Warning,
    summary: "a body field that its operation's schema calls deprecated",
    doc: include_str!("deprecated_property.md"),
};

/// Reports a field that the API will not take for ever. `operations` are those that are sent it.
pub fn report(reports: &mut Reports, span: Span, name: &str, operations: &[&str]) {
    let message = format!("`{name}` is deprecated in the body of {}", one_of(operations));
    let help = "use the field that took its place; the description in the schema may name it";
    reports.add(Report::new(&RULE, span, message).help(help));
}
