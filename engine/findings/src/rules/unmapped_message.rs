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

/// Reports a message type that sources send: where each says so, and its name.
pub fn report<'a>(
    reports: &mut Reports,
    sources: &[(Span, &str)],
    message: &str,
    mapped: impl IntoIterator<Item = &'a str> + Clone,
) {
    /// How many more sources are shown.
    const SHOWN: usize = 3;
    let [(span, source), others @ ..] = sources else { return };
    let text = format!("source `{source}` sends `{message}` in cloud mode, and no version maps it");
    let help = match nearest(message, mapped) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "remove it, or add a mapping".to_owned(),
    };
    let mut report = Report::new(&RULE, *span, text).help(help);
    let more = others.len().saturating_sub(SHOWN);
    for (index, (span, source)) in others.iter().take(SHOWN).enumerate() {
        report = report.related(
            *span,
            match more {
                more if more > 0 && index + 1 == SHOWN => {
                    format!("source `{source}` sends it, too, and {more} more do")
                }
                _ => format!("source `{source}` sends it, too"),
            },
        );
    }
    reports.add(report);
}
