//! `idempotence`: a read that does not say that it may be repeated, or a write that is repeated though it may not.
//!
//! Page: `docs/rules/idempotence.md`. Fixtures: `tests/data/rules/idempotence/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "idempotence",
    severity: Severity::Warning,
    summary: "a read that does not say that it may be repeated, or a write that is repeated though it may not",
    doc: include_str!("idempotence.md"),
};

/// Reports a GET that is not repeated where it could be.
pub fn report_get(reports: &mut Reports, span: Span, operation: &str) {
    let message = format!("`{operation}` only reads, but is not `idempotent`");
    let help = "add `idempotent: true`: without it, an event fails when a response is lost";
    reports.add(Report::new(&RULE, span, message).help(help));
}

/// Reports a rule that sends a request again which may have been carried out.
pub fn report_retry(reports: &mut Reports, span: Span, operation: &str, status: &str, defined: Span) {
    let message = format!("`{operation}` is sent again after {status}, though it is not `idempotent`");
    reports.add(
        Report::new(&RULE, span, message)
            .related(defined, "it does not say that sending it twice does no harm")
            .help("add `idempotent: true` to the operation if that does no harm, or else let the rule end in `give_up`"),
    );
}
