//! `unmarked-secret`: a setting whose name or use says that it is secret, without `secret: true`.
//!
//! Page: `docs/rules/unmarked-secret.md`. Fixtures: `tests/data/rules/unmarked-secret/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unmarked-secret",
    severity: Severity::Warning,
    summary: "a setting whose name or use says that it is secret, without `secret: true`",
    doc: include_str!("unmarked_secret.md"),
};

/// Reports a setting whose value could be printed.
pub fn report(reports: &mut Reports, span: Span, name: &str) {
    let message = format!("`{name}` is not `secret`, though its name says that it is one");
    let help = "add `secret: true`, so that its value is never printed, or choose another name";
    reports.add(Report::new(&RULE, span, message).help(help));
}

/// Reports a setting that signs or authorizes requests, and whose value could be printed.
pub fn report_of_auth(reports: &mut Reports, span: Span, name: &str) {
    let message = format!("`{name}` is not `secret`, though `auth` takes it for a key or a password");
    let help = "add `secret: true`, so that its value is never printed";
    reports.add(Report::new(&RULE, span, message).help(help));
}
