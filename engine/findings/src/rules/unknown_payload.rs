//! `unknown-payload`: a payload part or field that does not exist.
//!
//! Page: `docs/rules/unknown-payload.md`. Fixtures: `tests/data/rules/unknown-payload/`.

use crate::finding::{KnownNames, Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unknown-payload",
    severity: Severity::Error,
    summary: "a payload part or field that does not exist",
    doc: include_str!("unknown_payload.md"),
};

/// `owner` is the part whose field it is, if it is no part itself.
pub fn report(reports: &mut Reports, span: Span, owner: Option<&str>, name: &str, known: &KnownNames) {
    let written = |name: &str| owner.map_or_else(|| name.to_owned(), |owner| format!("{owner}.{name}"));
    let (wanted, all) = (written(name), known.written(&written));
    let report = Report::new(&RULE, span, format!("the payload has no `{wanted}`"));
    let report = reports.meant(report, &wanted, all);
    reports.add_unknown(name, known, report);
}

/// Reports a path into the items of a batch that no item has. `known` are the paths that there are in its place.
pub fn report_of_item(reports: &mut Reports, span: Span, operation: &str, path: &str, known: &[String]) {
    let message = format!("no item of the batch of `{operation}` has `{path}`");
    let report = reports.meant(Report::new(&RULE, span, message), path, known);
    reports.add(report);
}

/// Reports a path into the body of a request that no request of the mapping has. `known` are the paths that there are in its place.
pub fn report_of_request(reports: &mut Reports, span: Span, path: &str, known: &[String]) {
    let message = format!("no request of the mapping has `{path}`");
    let report = reports.meant(Report::new(&RULE, span, message), path, known);
    reports.add(report);
}
