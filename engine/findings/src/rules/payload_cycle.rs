//! `payload-cycle`: payload parts that read each other.
//!
//! Page: `docs/rules/payload-cycle.md`. Fixtures: `tests/data/rules/payload-cycle/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "payload-cycle",
    severity: Severity::Error,
    summary: "payload parts that read each other",
    doc: include_str!("payload_cycle.md"),
};

/// Reports payload parts that read each other; `circle` are their names in order.
pub fn report(reports: &mut Reports, span: Span, circle: &[&str]) {
    let message = format!("payload parts read each other: {}", circle.join(" → "));
    reports.add(Report::new(&RULE, span, message).help("let one of them read the event instead"));
}
