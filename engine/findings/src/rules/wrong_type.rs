//! `wrong-type`: a value of another kind than the key takes.
//!
//! Page: `docs/rules/wrong-type.md`. Fixtures: `tests/data/rules/wrong-type/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Found;

/// The rule.
pub static RULE: Rule = Rule {
    id: "wrong-type",
    severity: Severity::Error,
    summary: "a value of another kind than the key takes",
    doc: include_str!("wrong_type.md"),
};

/// Reports and gives nothing, whatever was wanted.
pub fn report<T>(reports: &mut Reports, found: &Found, expected: &str) -> Option<T> {
    reports.add(unexpected(found, expected));
    None
}

/// The same where the text in quotes would be right without.
pub fn report_quoted<T>(reports: &mut Reports, found: &Found, expected: &str) -> Option<T> {
    reports.add(unexpected(found, expected).help("take the quotes away"));
    None
}

fn unexpected(found: &Found, expected: &str) -> Report {
    Report::new(&RULE, found.span, format!("expected {expected}, found {}", found.shown))
}

/// The same where a source belongs: a constant is written otherwise.
pub fn report_source<T>(reports: &mut Reports, found: &Found) -> Option<T> {
    let message = format!("expected a source as in `traits.email`, found {}", found.shown);
    reports.add(
        Report::new(&RULE, found.span, message)
            .help(format!("a constant is written `{{ value: {} }}`", found.yaml)),
    );
    None
}
