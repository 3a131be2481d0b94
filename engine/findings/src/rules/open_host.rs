//! `open-host`: a host that allows nearly every server, or none.
//!
//! Page: `docs/rules/open-host.md`. Fixtures: `tests/data/rules/open-host/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "open-host",
    severity: Severity::Warning,
    summary: "a host that allows nearly every server, or none",
    doc: include_str!("open_host.md"),
};

/// Reports a host that allows the servers of everybody.
pub fn report(reports: &mut Reports, span: Span, host: &str) {
    let message = format!("`{host}` allows requests to servers of anybody");
    let help = "name the domain of the API, such as `*.eu.acme.example.com`";
    reports.add(Report::new(&RULE, span, message).help(help));
}

/// Reports a host that no server can have.
pub fn report_nothing(reports: &mut Reports, span: Span, host: &str) {
    let message = format!("`{host}` allows no server: `*.` stands for one label, at the start only");
    reports.add(
        Report::new(&RULE, span, message).help("name each host, or write `*.` before the domain of the API"),
    );
}
