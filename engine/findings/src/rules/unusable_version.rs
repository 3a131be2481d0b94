//! `unusable-version`: a version that no command can use, though its check passes.
//!
//! Page: `docs/rules/unusable-version.md`. Fixtures: `tests/data/rules/unusable-version/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unusable-version",
    severity: Severity::Warning,
    summary: "a version whose errors are allowed, so that it cannot be used",
    doc: include_str!("unusable_version.md"),
};

/// Reports a version that is left out because of errors that are not reported.
pub fn report(reports: &mut Reports, span: Span, destination: &str, version: &str) {
    let message = format!(
        "`{destination}/{version}` cannot be used, and none of its tests ran: it has errors that are allowed"
    );
    reports.add(
        Report::new(&RULE, span, message)
            .help("correct these errors; allowing an error silences it and does not make the mappings work"),
    );
}
