//! `host-not-allowed`: a server outside of the allowed hosts.
//!
//! Page: `docs/rules/host-not-allowed.md`. Fixtures: `tests/data/rules/host-not-allowed/`.

use crate::finding::{Report, Reports, Rule, Severity, suggest};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "host-not-allowed",
    severity: Severity::Error,
    summary: "a server outside of the allowed hosts",
    doc: include_str!("host_not_allowed.md"),
};

pub fn report(reports: &mut Reports, span: Span, host: &str, allowed: &[String]) {
    let message = format!("requests must not go to `{host}`");
    reports.add(Report::new(&RULE, span, message).help(suggest(host, allowed.iter().map(String::as_str))));
}

/// A server that is no `https` URL.
pub fn report_url(reports: &mut Reports, span: Span, url: &str, problem: &str) {
    reports.add(
        Report::new(&RULE, span, format!("`{url}` is no server: {problem}"))
            .help("write `https://` and a host, with a path if the API has one"),
    );
}
