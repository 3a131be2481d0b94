//! `unexplained-suppression`: a comment that allows findings and does not say why.
//!
//! Page: `docs/rules/unexplained-suppression.md`. Fixtures: `tests/data/rules/unexplained-suppression/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unexplained-suppression",
    severity: Severity::Hint,
    summary: "a comment that allows findings and does not say why",
    doc: include_str!("unexplained_suppression.md"),
};

/// Reports a comment without a reason.
pub fn report(reports: &mut Reports, span: Span) {
    let report = Report::new(&RULE, span, "this comment does not say why it allows a finding");
    reports.add(report.help("write the reason behind it, as in `# mapwright: allow(rule) reason`"));
}
