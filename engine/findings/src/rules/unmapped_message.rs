//! `unmapped-message`: a message type that a source sends in cloud mode, and that no version maps.
//!
//! Page: `docs/rules/unmapped-message.md`. Fixtures: `tests/data/rules/unmapped-message/`.

use crate::finding::{Report, Reports, Rule, Severity, nearest};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unmapped-message",
    severity: Severity::Warning,
    summary: "a message type that a source sends in cloud mode, and that no version maps",
    doc: include_str!("unmapped_message.md"),
};

/// Reports a message type of a source.
pub fn report<'a>(
    reports: &mut Reports,
    span: Span,
    source: &str,
    message: &str,
    mapped: impl IntoIterator<Item = &'a str> + Clone,
) {
    let text = format!("source `{source}` sends `{message}` in cloud mode, and no version maps it");
    let help = match nearest(message, mapped) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "remove it, or add a mapping".to_owned(),
    };
    reports.add(Report::new(&RULE, span, text).help(help));
}
