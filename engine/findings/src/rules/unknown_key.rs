//! `unknown-key`: a key that is not defined where it is used.
//!
//! Page: `docs/rules/unknown-key.md`. Fixtures: `tests/data/rules/unknown-key/`.

use crate::finding::{Report, Reports, Rule, Severity, suggest};
use crate::source::At;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unknown-key",
    severity: Severity::Error,
    summary: "a key that is not defined where it is used",
    doc: include_str!("unknown_key.md"),
};

/// Reports a key that `what` does not have.
pub fn report(reports: &mut Reports, key: &At<String>, what: &str, known: &[&str]) {
    let message = format!("unknown key `{}` in {what}", key.value);
    reports.add(Report::new(&RULE, key.span, message).help(suggest(&key.value, known.iter().copied())));
}

/// Reports a parameter that the operation's path does not have.
pub fn report_parameter<'a>(
    reports: &mut Reports,
    key: &At<String>,
    path: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
) {
    let message = format!("`{}` is not a parameter of `{path}`", key.value);
    let help = match known.clone().into_iter().next() {
        Some(_) => reports.suggest(&key.value, known),
        None => "the path has no parameters".to_owned(),
    };
    reports.add(Report::new(&RULE, key.span, message).help(help));
}
