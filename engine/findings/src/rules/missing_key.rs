//! `missing-key`: a key that has to be there and is not.
//!
//! Page: `docs/rules/missing-key.md`. Fixtures: `tests/data/rules/missing-key/`.

use crate::finding::{Report, Reports, Rule, Severity, one_of};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "missing-key",
    severity: Severity::Error,
    summary: "a key that has to be there and is not",
    doc: include_str!("missing_key.md"),
};

/// `doc` is what the key is for.
pub fn report<T>(reports: &mut Reports, span: Span, key: &str, what: &str, doc: &str) -> Option<T> {
    let doc = doc.trim().trim_end_matches('.');
    let mut letters = doc.chars();
    let help: String =
        letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default();
    reports.add(
        Report::new(&RULE, span, format!("{what} needs the key `{key}`")).help(format!("`{key}`: {help}")),
    );
    None
}

/// One of several keys is needed.
pub fn report_form<T>(reports: &mut Reports, span: Span, keys: &[&str]) -> Option<T> {
    let message = format!("this needs one of the keys {}", one_of(keys.iter().copied()));
    reports.add(
        Report::new(&RULE, span, message)
            .help("a path is written `from: traits.email`, a constant `value: 1`"),
    );
    None
}

/// The same where only the place is known.
pub fn report_at(reports: &mut Reports, span: Span, message: &str) {
    reports.add(Report::new(&RULE, span, message));
}
