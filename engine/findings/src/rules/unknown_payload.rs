//! `unknown-payload`: a payload part or field that does not exist.
//!
//! Page: `docs/rules/unknown-payload.md`. Fixtures: `tests/data/rules/unknown-payload/`.

use crate::finding::{KnownNames, Report, Reports, Rule, Severity};
use crate::rules::unknown_name;
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unknown-payload",
    severity: Severity::Error,
    summary: "a payload part or field that does not exist",
    doc: include_str!("unknown_payload.md"),
};

/// Reports an unknown part. `owner` is the part whose field it is, if it is not a part itself.
pub fn report(reports: &mut Reports, span: Span, owner: Option<&str>, name: &str, known: &KnownNames) {
    let written = |name: &str| owner.map_or_else(|| name.to_owned(), |owner| format!("{owner}.{name}"));
    let (wanted, all) = (written(name), known.written(&written));
    let report = Report::new(&RULE, span, format!("the payload has no `{wanted}`"));
    let report = reports.meant(report, &wanted, all);
    reports.add_unknown(name, known, report);
}

/// A path into a body that no body has: its last name, and those that there are in its place.
#[derive(Debug)]
pub struct Absent<'p> {
    /// The path.
    pub path: &'p str,
    /// Its last name.
    pub name: &'p str,
    /// The names in its place.
    pub known: &'p [&'p str],
}

/// Reports a path into the items of the batch of an operation that no item has.
pub fn report_of_item(reports: &mut Reports, span: Span, operation: &str, absent: &Absent<'_>) {
    report_absent(
        reports,
        span,
        format!("no item of the batch of `{operation}` has `{}`", absent.path),
        absent,
    );
}

/// Reports a path into the body of a request that no request of the mapping has.
pub fn report_of_request(reports: &mut Reports, span: Span, absent: &Absent<'_>) {
    report_absent(reports, span, format!("no request of the mapping has `{}`", absent.path), absent);
}

fn report_absent(reports: &mut Reports, span: Span, message: String, absent: &Absent<'_>) {
    let report = Report::new(&RULE, span, message);
    let report = match absent.known {
        [] => report.help("read what is there itself: it is a list or a single value, which has no members"),
        known => reports.meant(report, absent.name, known.iter().copied()),
    };
    reports.add(report);
}

/// Reports a member that a field, or something in it, does not have.
pub fn report_member(reports: &mut Reports, span: Span, owner: &str, name: &str, known: &[String]) {
    unknown_name::report_lack(reports, &RULE, span, (owner, name), known);
}
