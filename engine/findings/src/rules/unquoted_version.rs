//! `unquoted-version`: a version without quotes.
//!
//! Page: `docs/rules/unquoted-version.md`. Fixtures: `tests/data/rules/unquoted-version/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::fix::Mend;
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unquoted-version",
    severity: Severity::Error,
    summary: "a version without quotes",
    doc: include_str!("unquoted_version.md"),
};

/// Reports a version number that YAML reads as a number; `written` is its text in the file.
pub fn report(reports: &mut Reports, span: Span, written: &str) {
    let read = written.parse::<f64>().map_or_else(|_| written.to_owned(), |number| number.to_string());
    let message = if read == written {
        format!("the version `{written}` is not quoted, so YAML reads it as a number")
    } else {
        format!("the version `{written}` is not quoted, so YAML reads it as the number {read}")
    };
    let report = Report::new(&RULE, span, message).help(format!("write `\"{written}\"`"));
    reports.add(report.mend(Mend::replace(span, format!("\"{written}\""))));
}
