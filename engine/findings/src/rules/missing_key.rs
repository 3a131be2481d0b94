//! `missing-key`: a required key that is missing.
//!
//! Page: `docs/rules/missing-key.md`. Fixtures: `tests/data/rules/missing-key/`.

use crate::finding::{Report, Reports, Rule, Severity, one_of};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "missing-key",
    severity: Severity::Error,
    summary: "a required key that is missing",
    doc: include_str!("missing_key.md"),
};

/// Reports a missing key of `what`. `doc` is the documentation of the key.
pub fn report<T>(reports: &mut Reports, span: Span, key: &str, what: &str, doc: &str) -> Option<T> {
    let doc = doc.trim().trim_end_matches('.');
    let mut letters = doc.chars();
    let help: String =
        letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default();
    reports.add(
        Report::new(&RULE, span, format!("{what} requires the key `{key}`")).help(format!("`{key}`: {help}")),
    );
    None
}

/// Reports that one of several keys is required.
pub fn report_form<T>(reports: &mut Reports, span: Span, keys: &[&str]) -> Option<T> {
    let message = format!("expected one of the keys {}", one_of(keys.iter().copied()));
    reports.add(
        Report::new(&RULE, span, message)
            .help("write a path as `from: traits.email`, a constant as `value: 1`"),
    );
    None
}

/// Reports a missing key where only the position is known.
pub fn report_at(reports: &mut Reports, span: Span, message: &str) {
    reports.add(Report::new(&RULE, span, message));
}

/// Reports a missing key as [`report`] does, with what to do.
pub fn report_with(reports: &mut Reports, span: Span, message: &str, help: &str) {
    reports.add(Report::new(&RULE, span, message).help(help));
}
