//! `invalid-template`: a template that does not parse.
//!
//! Page: `docs/rules/invalid-template.md`. Fixtures: `tests/data/rules/invalid-template/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "invalid-template",
    severity: Severity::Error,
    summary: "a template that does not parse",
    doc: include_str!("invalid_template.md"),
};

pub fn report<T>(reports: &mut Reports, span: Span, text: &str, problem: &str) -> Option<T> {
    let help = match problem.starts_with("unknown statement") {
        true => "only `{{ … }}`, `{% if %}` and `{% for %}` can be used here",
        false => "a template reads like `Bearer {{ settings.apiKey }}`",
    };
    reports.add(Report::new(&RULE, span, format!("`{text}` is not a template: {problem}")).help(help));
    None
}

/// Something that the syntax allows and we do not.
pub fn unsupported(reports: &mut Reports, span: Span, problem: String, help: String) {
    reports.add(Report::new(&RULE, span, problem).help(help));
}

/// One whose parts would nest too deep.
pub fn report_long<T>(reports: &mut Reports, span: Span, most: usize) -> Option<T> {
    let message =
        format!("the template has more than {most} names, texts and signs (limit `expression_tokens`)");
    reports
        .add(Report::new(&RULE, span, message).help("split it into rows of a payload part and read those"));
    None
}
