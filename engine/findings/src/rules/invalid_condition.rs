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

/// Operators of other languages, and their equivalents.
const WORDS: [(&str, &str); 4] = [("&&", "and"), ("&", "and"), ("!", "not"), ("=", "==")];

/// Reports a condition that does not parse. `stop` is the byte at which parsing stopped.
pub fn report<T>(
    reports: &mut Reports,
    span: Span,
    text: &str,
    problem: &str,
    stop: Option<usize>,
) -> Option<T> {
    let help = match stop.filter(|_| !selects_several(text)).and_then(|stop| text.split_at_checked(stop)) {
        Some((read, rest)) => help(read.trim_end(), rest.trim_start()),
        None if selects_several(text) => "a condition reads single values; name the path under `values:`, as in `ids: { concat: [\"$.users[*].id\"] }`, and read `$ids`".to_owned(),
        None => "write a condition such as `traits.plan == \"pro\" and not settings.dryRun`".to_owned(),
    };
    reports.add(Report::new(&RULE, span, format!("`{text}` is not a valid condition: {problem}")).help(help));
    None
}

/// Whether a string has a JSONPath that can select several values.
fn selects_several(text: &str) -> bool {
    (text.contains("$.") || text.contains("$["))
        && ["[*]", ".*", "..", "[?", "[:"].iter().any(|mark| text.contains(mark))
}

/// Returns the help for a string of which only the first part parses.
fn help(read: &str, rest: &str) -> String {
    // the first `|` of `||` was parsed as a filter
    let or = read.ends_with('|') && rest.starts_with('|');
    let is_comparison = rest.starts_with("==") || rest.starts_with("!=");
    match WORDS.iter().find(|(sign, _)| !is_comparison && rest.starts_with(sign)) {
        _ if or => "use `or` instead of `||`".to_owned(),
        Some((sign, word)) => format!("use `{word}` instead of `{sign}`"),
        None if read.is_empty() => "a condition starts with a name, a string, a number or `not`".to_owned(),
        None => format!("parsing stopped after `{read}`"),
    }
}

/// Reports syntax that minijinja supports and conditions do not.
pub fn unsupported(reports: &mut Reports, span: Span, problem: String, help: String) {
    reports.add(Report::new(&RULE, span, problem).help(help));
}

/// Reports a condition with too many tokens, which could nest too deeply.
pub fn report_long<T>(reports: &mut Reports, span: Span, most: usize) -> Option<T> {
    let message = format!("the condition has more than {most} tokens (limit `expression_tokens`)");
    reports
        .add(Report::new(&RULE, span, message).help("split it into rows of a payload part and read those"));
    None
}
