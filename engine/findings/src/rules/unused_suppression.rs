//! `unused-suppression`: a comment that allows findings that do not exist.
//!
//! Page: `docs/rules/unused-suppression.md`. Fixtures: `tests/data/rules/unused-suppression/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::fix::Mend;
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unused-suppression",
    severity: Severity::Warning,
    summary: "a comment that allows findings that do not exist",
    doc: include_str!("unused_suppression.md"),
};

/// Reports a rule in a comment that finds nothing there. `place` is what the comment is for; `whole` is the comment, if it names no other rule.
pub fn report(reports: &mut Reports, span: Span, rule: &str, place: &str, whole: Option<Span>) {
    let report = Report::new(&RULE, span, format!("`{rule}` finds nothing {place}"));
    reports.add(match whole {
        Some(whole) => report.help("remove the comment").mend(Mend::replace(whole, "")),
        None => report.help("remove the rule from the comment"),
    });
}
