//! `payload-cycle`: fields or named values that read each other.
//!
//! Page: `docs/rules/payload-cycle.md`. Fixtures: `tests/data/rules/payload-cycle/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "payload-cycle",
    severity: Severity::Error,
    summary: "fields or named values that read each other",
    doc: include_str!("payload_cycle.md"),
};

/// Reports fields that read each other. `reads` are the reads of the circle in order: who reads, what is read, and where.
pub fn report(reports: &mut Reports, reads: &[(&str, &str, Span)]) {
    let Some((first, _, span)) = reads.first() else { return };
    let circle = reads.iter().map(|(_, read, _)| format!("`{read}`"));
    let circle: Vec<String> = std::iter::once(format!("`{first}`")).chain(circle).collect();
    let message = match reads {
        [_] => format!("`{first}` reads itself"),
        _ => format!("fields read each other: {}", circle.join(" → ")),
    };
    let mut report = Report::new(&RULE, *span, message).help("let one of them read the event instead");
    for (reader, read, span) in reads.iter().skip(1) {
        report = report.related(*span, format!("`{reader}` reads `{read}` here"));
    }
    reports.add(report);
}
