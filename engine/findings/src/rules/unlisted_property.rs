//! `unlisted-property`: a body field that nearly has the name of one that its operation's schema lists.
//!
//! Page: `docs/rules/unlisted-property.md`. Fixtures: `tests/data/rules/unlisted-property/`.

use crate::finding::{Report, Reports, Rule, Severity, one_of};
use crate::fix::Mend;
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unlisted-property",
    severity: Severity::Warning,
    summary: "a body field that nearly has the name of one that its operation's schema lists",
    doc: include_str!("unlisted_property.md"),
};

/// Reports a field that the API probably ignores. `meant` is the name that the schema has.
pub fn report(reports: &mut Reports, span: Span, name: &str, meant: &str, operations: &[&str]) {
    let message =
        format!("the schema of {} does not list `{name}`, which the API may ignore", one_of(operations));
    let report = Report::new(&RULE, span, message).help(format!("did you mean `{meant}`?"));
    reports.add(report.mend(Mend::guess(span, name, meant)));
}
