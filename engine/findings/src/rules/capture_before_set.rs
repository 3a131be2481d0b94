//! `capture-before-set`: a capture that is read before any step can set it.
//!
//! Page: `docs/rules/capture-before-set.md`. Fixtures: `tests/data/rules/capture-before-set/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "capture-before-set",
    severity: Severity::Error,
    summary: "a capture that is read before any step can set it",
    doc: include_str!("capture_before_set.md"),
};

/// Reports a step at `span` that reads the capture `name`, which only the later `setter` sets.
pub fn report(reports: &mut Reports, span: Span, name: &str, step: &str, setter: Span) {
    reports.add(
        Report::new(&RULE, span, format!("step `{step}` reads the capture `{name}` before any step sets it"))
            .related(setter, "set here")
            .help("move the step that captures it before this one"),
    );
}
