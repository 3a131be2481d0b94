//! `invalid-condition`: a condition that does not parse.
//!
//! Page: `docs/rules/invalid-condition.md`. Fixtures: `tests/data/rules/invalid-condition/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "invalid-condition",
    severity: Severity::Error,
    summary: "a condition that does not parse",
    doc: include_str!("invalid_condition.md"),
};

/// Signs of other languages, and the words that stand for them here.
const WORDS: [(&str, &str); 4] = [("&&", "and"), ("&", "and"), ("!", "not"), ("=", "==")];

/// `stop` is the byte at which the reader has stopped.
pub fn report<T>(
    reports: &mut Reports,
    span: Span,
    text: &str,
    problem: &str,
    stop: Option<usize>,
) -> Option<T> {
    let help = match stop.and_then(|stop| text.split_at_checked(stop)) {
        Some((read, rest)) => help(read.trim_end(), rest.trim_start()),
        None => "a condition reads like `traits.plan == \"pro\" and not settings.dryRun`".to_owned(),
    };
    reports.add(Report::new(&RULE, span, format!("`{text}` is not a condition: {problem}")).help(help));
    None
}

/// What to do about a text of which only the first part could be read.
fn help(read: &str, rest: &str) -> String {
    // the first `|` of `||` was read as a filter's
    let or = read.ends_with('|') && rest.starts_with('|');
    let is_comparison = rest.starts_with("==") || rest.starts_with("!=");
    match WORDS.iter().find(|(sign, _)| !is_comparison && rest.starts_with(sign)) {
        _ if or => "write `or` for `||`".to_owned(),
        Some((sign, word)) => format!("write `{word}` for `{sign}`"),
        None if read.is_empty() => "a condition starts with a name, a text, a number or `not`".to_owned(),
        None => format!("the reader stopped after `{read}`"),
    }
}

/// Something that the syntax allows and we do not.
pub fn unsupported(reports: &mut Reports, span: Span, problem: String, help: String) {
    reports.add(Report::new(&RULE, span, problem).help(help));
}

/// One whose parts would nest too deep.
pub fn report_long<T>(reports: &mut Reports, span: Span, most: usize) -> Option<T> {
    let message =
        format!("the condition has more than {most} names, texts and signs (limit `expression_tokens`)");
    reports
        .add(Report::new(&RULE, span, message).help("split it into rows of a payload part and read those"));
    None
}
