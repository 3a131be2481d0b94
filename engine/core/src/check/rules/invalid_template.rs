//! `invalid-template`: a template that does not parse.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub(crate) static RULE: Rule = Rule {
    id: "invalid-template",
    severity: Severity::Error,
    summary: "a template that does not parse",
    doc: include_str!("invalid_template.md"),
};

pub(crate) fn report<T>(
    reports: &mut Reports,
    span: Span,
    text: &str,
    error: &minijinja::Error,
) -> Option<T> {
    let detail = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    reports.add(
        Report::new(&RULE, span, format!("`{text}` is not a template: {detail}"))
            .help("a template reads like `Bearer {{ settings.apiKey }}`"),
    );
    None
}

/// Something that the syntax allows and we do not.
pub(crate) fn unsupported(reports: &mut Reports, span: Span, problem: String) {
    reports.add(Report::new(&RULE, span, problem).help("the reference lists what templates may use"));
}
