//! `unknown-keyword`: a word in a JSON Schema that is a keyword but for a letter.
//!
//! Page: `docs/rules/unknown-keyword.md`. Fixtures: `tests/data/rules/unknown-keyword/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::fix::Mend;
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unknown-keyword",
    severity: Severity::Warning,
    summary: "a word in a JSON Schema that is a keyword but for a letter",
    doc: include_str!("unknown_keyword.md"),
};

/// Reports a misspelt keyword.
pub fn report(reports: &mut Reports, span: Span, word: &str, near: &str) {
    let message = format!("`{word}` is not a keyword of JSON Schema, and says nothing");
    let report = Report::new(&RULE, span, message).help(format!("did you mean `{near}`?"));
    reports.add(report.mend(Mend::guess(span, word, near)));
}

/// Reports a misspelt format.
pub fn report_format(reports: &mut Reports, span: Span, format: &str, near: &str) {
    let message = format!("`{format}` is not a format of JSON Schema, and says nothing");
    let report = Report::new(&RULE, span, message).help(format!("did you mean `{near}`?"));
    reports.add(report.mend(Mend::guess(span, format, near)));
}

/// Reports a required property that is listed under another name.
pub fn report_required(reports: &mut Reports, span: Span, name: &str, near: &str) {
    let message = format!("`{name}` is required, but not among the `properties`");
    let report = Report::new(&RULE, span, message).help(format!("did you mean `{near}`?"));
    reports.add(report.mend(Mend::guess(span, name, near)));
}
