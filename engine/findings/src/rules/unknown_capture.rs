//! `unknown-capture`: a capture that no step sets.
//!
//! Page: `docs/rules/unknown-capture.md`. Fixtures: `tests/data/rules/unknown-capture/`.

use crate::finding::{KnownNames, Report, Reports, Rule, Severity};
use crate::rules::unknown_name;
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unknown-capture",
    severity: Severity::Error,
    summary: "a capture that no step sets",
    doc: include_str!("unknown_capture.md"),
};

/// Reports a capture that no step sets.
pub fn report(reports: &mut Reports, span: Span, name: &str, known: &KnownNames) {
    let report = Report::new(&RULE, span, format!("no step captures `{name}`"));
    let report = reports.meant(report, name, known.iter());
    reports.add_unknown(name, known, report);
}

/// Reports a member that what is captured does not have.
pub fn report_member(reports: &mut Reports, span: Span, owner: &str, name: &str, known: &[String]) {
    unknown_name::report_lack(reports, &RULE, span, (owner, name), known);
}
