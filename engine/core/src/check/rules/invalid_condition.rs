//! `invalid-condition`: a condition that does not parse.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::limits::EXPRESSION_TOKENS;
use crate::source::Span;

/// The rule.
pub(crate) static RULE: Rule = Rule {
    id: "invalid-condition",
    severity: Severity::Error,
    summary: "a condition that does not parse",
    doc: include_str!("invalid_condition.md"),
};

pub(crate) fn report<T>(
    reports: &mut Reports,
    span: Span,
    text: &str,
    error: &minijinja::Error,
) -> Option<T> {
    let detail = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    let report = Report::new(&RULE, span, format!("`{text}` is not a condition: {detail}"));
    let rest = error.range().and_then(|range| text.get(range.start..)).unwrap_or("");
    reports.add(match error.range() {
        Some(_) if rest.starts_with('=') && !rest.starts_with("==") => report.help("compare with `==`"),
        Some(range) => report.help(format!(
            "the reader stopped after `{}`",
            text.get(..range.start).unwrap_or(text).trim_end()
        )),
        None => report.help("a condition reads like `traits.plan == \"pro\" and not settings.dryRun`"),
    });
    None
}

/// Something that the syntax allows and we do not.
pub(crate) fn unsupported(reports: &mut Reports, span: Span, problem: String, help: String) {
    reports.add(Report::new(&RULE, span, problem).help(help));
}

/// One whose parts would nest too deep.
pub(crate) fn report_long<T>(reports: &mut Reports, span: Span) -> Option<T> {
    let message = format!(
        "the condition has more than {EXPRESSION_TOKENS} names, texts and signs (limit `expression_tokens`)"
    );
    reports
        .add(Report::new(&RULE, span, message).help("split it into rows of a payload part and read those"));
    None
}
