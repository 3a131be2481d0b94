//! `duplicate-key`: a key that stands twice in one map.
//!
//! Page: `docs/rules/duplicate-key.md`. Fixtures: `tests/data/rules/duplicate-key/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "duplicate-key",
    severity: Severity::Error,
    summary: "a key that stands twice in one map",
    doc: include_str!("duplicate_key.md"),
};

/// `first` is where the key stands before.
pub fn report(reports: &mut Reports, span: Span, key: &str, first: Span) {
    reports.add(
        Report::new(&RULE, span, format!("`{key}` stands here a second time"))
            .related(first, "it is here first")
            .help("keep one of the two"),
    );
}
