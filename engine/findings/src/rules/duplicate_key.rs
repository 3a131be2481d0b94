//! `duplicate-key`: a key that occurs more than once in a map.
//!
//! Page: `docs/rules/duplicate-key.md`. Fixtures: `tests/data/rules/duplicate-key/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "duplicate-key",
    severity: Severity::Error,
    summary: "a key that occurs more than once in a map",
    doc: include_str!("duplicate_key.md"),
};

/// Reports a repeated key. `first` is the position of its first occurrence.
pub fn report(reports: &mut Reports, span: Span, key: &str, first: Span) {
    reports.add(
        Report::new(&RULE, span, format!("duplicate key `{key}`"))
            .related(first, "first defined here")
            .help("remove one of them"),
    );
}
