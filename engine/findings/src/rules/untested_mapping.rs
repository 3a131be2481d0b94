//! `untested-mapping`: a mapping without tests.
//!
//! Page: `docs/rules/untested-mapping.md`. Fixtures: `tests/data/rules/untested-mapping/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "untested-mapping",
    severity: Severity::Error,
    summary: "a mapping without tests",
    doc: include_str!("untested_mapping.md"),
};

/// Reports a test file without tests.
pub fn report_empty(reports: &mut Reports, span: Span, message: &str) {
    reports.add(
        Report::new(&RULE, span, format!("the mapping `{message}` has no tests"))
            .help("add a test to `tests`, with at least one event and its expected requests"),
    );
}

/// Reports a mapping that has no file of tests.
pub fn report(reports: &mut Reports, span: Span, message: &str) {
    reports.add(Report::new(&RULE, span, format!("the mapping `{message}` has no tests")).help(format!(
        "add `{message}.test.yaml` beside it, with at least one event and its expected requests"
    )));
}
