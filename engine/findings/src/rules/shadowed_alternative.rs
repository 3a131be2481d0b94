//! `shadowed-alternative`: an alternative after one that always has a value.
//!
//! Page: `docs/rules/shadowed-alternative.md`. Fixtures: `tests/data/rules/shadowed-alternative/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "shadowed-alternative",
    severity: Severity::Warning,
    summary: "an alternative after one that always has a value",
    doc: include_str!("shadowed_alternative.md"),
};

/// Reports an alternative that is never used. `first` is the one that always has a value.
pub fn report(reports: &mut Reports, span: Span, first: Span) {
    reports.add(
        Report::new(&RULE, span, "the alternative is never used: one before it always has a value")
            .related(first, "this always has a value")
            .help("move the one that always has a value to the end, or remove what comes after it"),
    );
}
