//! `host-not-allowed`: a server whose host is not allowed.
//!
//! Page: `docs/rules/host-not-allowed.md`. Fixtures: `tests/data/rules/host-not-allowed/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "host-not-allowed",
    severity: Severity::Error,
    summary: "a server whose host is not allowed",
    doc: include_str!("host_not_allowed.md"),
};

/// Reports a server whose host is not one of the destination's `hosts`.
pub fn report(reports: &mut Reports, span: Span, host: &str, allowed: &[String]) {
    let message = format!("host `{host}` is not allowed");
    let help = reports.suggest(host, allowed);
    reports.add(Report::new(&RULE, span, message).help(help));
}

/// Reports a server that is not a valid `https` URL.
pub fn report_url(reports: &mut Reports, span: Span, url: &str, problem: &str) {
    reports.add(
        Report::new(&RULE, span, format!("`{url}` is not a valid server URL: {problem}"))
            .help("write `https://` and a host, and a path if the API has one"),
    );
}
