//! `capture-before-set`: a capture that is read before a step can have set it.
//!
//! Page: `docs/rules/capture-before-set.md`. Fixtures: `tests/data/rules/capture-before-set/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "capture-before-set",
    severity: Severity::Error,
    summary: "a capture that is read before a step can have set it",
    doc: include_str!("capture_before_set.md"),
};

pub fn report(reports: &mut Reports, span: Span, name: &str, step: &str, setter: Span) {
    reports.add(
        Report::new(
            &RULE,
            span,
            format!("`{step}` reads the capture `{name}`, which no step before it sets"),
        )
        .related(setter, "it is set here")
        .help("move the step that captures it before this one"),
    );
}
