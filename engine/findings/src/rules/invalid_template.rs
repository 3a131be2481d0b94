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

/// Reports a template that does not parse. Always returns `None`, which stands for the value that could not be read.
pub fn report<T>(reports: &mut Reports, span: Span, text: &str, problem: &str) -> Option<T> {
    let help = match problem.starts_with("unknown statement") {
        true => "templates support only `{{ … }}`, `{% if %}` and `{% for %}`",
        false => "write a template such as `Bearer {{ settings.apiKey }}`",
    };
    reports.add(Report::new(&RULE, span, format!("`{text}` is not a valid template: {problem}")).help(help));
    None
}

/// Reports syntax that minijinja supports and templates do not.
pub fn unsupported(reports: &mut Reports, span: Span, problem: String, help: String) {
    reports.add(Report::new(&RULE, span, problem).help(help));
}

/// Reports a template with too many tokens, which could nest too deeply.
pub fn report_long<T>(reports: &mut Reports, span: Span, most: usize) -> Option<T> {
    let message = format!("the template has more than {most} tokens (limit `expression_tokens`)");
    reports
        .add(Report::new(&RULE, span, message).help("split it into rows of a payload part and read those"));
    None
}
