//! `wrong-word`: a word that its key does not accept.

use crate::finding::{Report, Reports, Rule, Severity, nearest, one_of};
use crate::load::yaml::Node;

/// The rule.
pub static RULE: Rule = Rule {
    id: "wrong-word",
    severity: Severity::Error,
    summary: "a word that its key does not accept",
    doc: include_str!("wrong_word.md"),
};

pub fn report<T>(reports: &mut Reports, node: &Node, words: &[&str]) -> Option<T> {
    let message = match node.as_word() {
        Some(text) => format!("`{text}` is not allowed here"),
        None => format!("expected a word, found {}", node.kind()),
    };
    let help = match node.as_word().and_then(|text| nearest(text, words.iter().copied())) {
        Some(near) => format!("did you mean `{near}`? expected {}", one_of(words.iter().copied())),
        None => format!("expected {}", one_of(words.iter().copied())),
    };
    reports.add(Report::new(&RULE, node.span, message).help(help));
    None
}
