//! `wrong-word`: a word that its key does not accept.
//!
//! Page: `docs/rules/wrong-word.md`. Fixtures: `tests/data/rules/wrong-word/`.

use crate::finding::{Report, Reports, Rule, Severity, nearest, one_of};
use crate::source::Found;

/// The rule.
pub static RULE: Rule = Rule {
    id: "wrong-word",
    severity: Severity::Error,
    summary: "a word that its key does not accept",
    doc: include_str!("wrong_word.md"),
};

/// Reports a string that is none of the words that its key accepts. Always returns `None`.
pub fn report<T>(reports: &mut Reports, found: &Found, words: &[&str]) -> Option<T> {
    let message = match found.word.as_deref() {
        Some(text) => format!("`{text}` is not allowed here"),
        None => format!("expected a word, found {}", found.kind),
    };
    let help = match found.word.as_deref().and_then(|text| nearest(text, words.iter().copied())) {
        Some(near) if words.len() == 1 => format!("did you mean `{near}`?"),
        Some(near) => format!("did you mean `{near}`? expected {}", one_of(words.iter().copied())),
        None => format!("expected {}", one_of(words.iter().copied())),
    };
    let report = Report::new(&RULE, found.span, message).help(help);
    let report = match found.word.as_deref() {
        Some(text) => reports.mended(report, text, words.iter().copied()),
        None => report,
    };
    reports.add(report);
    None
}
