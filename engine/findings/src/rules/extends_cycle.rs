//! `extends-cycle`: versions that extend each other.
//!
//! Page: `docs/rules/extends-cycle.md`. Fixtures: `tests/data/rules/extends-cycle/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "extends-cycle",
    severity: Severity::Error,
    summary: "versions that extend each other",
    doc: include_str!("extends_cycle.md"),
};

/// Reports a version that extends itself: `path` are the versions in order, and `back` is the one that the last one extends.
pub fn report(reports: &mut Reports, span: Span, path: &[String], back: &str) {
    let message = format!("version `{back}` extends itself: {}", circle(path, back));
    reports.add(Report::new(&RULE, span, message).help("remove one `extends`"));
}

/// Reports a shared step that uses itself: `path` are the steps in order, and `back` is the one that the last one uses.
pub fn report_step(reports: &mut Reports, span: Span, path: &[String], back: &str) {
    let message = format!("shared step `{back}` uses itself: {}", circle(path, back));
    reports.add(Report::new(&RULE, span, message).help("remove one `use`"));
}

/// The way from a name back to it.
fn circle(path: &[String], back: &str) -> String {
    let start = path.iter().position(|name| name == back).unwrap_or(0);
    let names: Vec<&str> = path.iter().skip(start).map(String::as_str).chain([back]).collect();
    names.join(" → ")
}

/// Reports a destination that extends itself, directly or through those that it extends.
pub fn report_destination(reports: &mut Reports, span: Span, path: &[String], back: &str) {
    let message = format!("destination `{back}` extends itself: {}", circle(path, back));
    reports.add(Report::new(&RULE, span, message).help("remove one `extends`"));
}
