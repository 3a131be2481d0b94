//! `unknown-mapping`: tests of a mapping that does not exist.
//!
//! Page: `docs/rules/unknown-mapping.md`. Fixtures: `tests/data/rules/unknown-mapping/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unknown-mapping",
    severity: Severity::Error,
    summary: "tests of a mapping that does not exist",
    doc: include_str!("unknown_mapping.md"),
};

/// Reports a message type without a mapping.
pub fn report<'a>(
    reports: &mut Reports,
    span: Span,
    name: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
) {
    let message = format!("this file tests the mapping `{name}`, which does not exist");
    let help = reports.suggest(name, known);
    reports.add(Report::new(&RULE, span, message).help(help));
}
