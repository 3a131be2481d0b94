//! `listed-twice`: an entry of a list that is in it already.
//!
//! Page: `docs/rules/listed-twice.md`. Fixtures: `tests/data/rules/listed-twice/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::fix::Mend;
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "listed-twice",
    severity: Severity::Warning,
    summary: "an entry of a list that is in it already",
    doc: include_str!("listed_twice.md"),
};

/// Reports an alternative that reads what one before it reads.
pub fn report_source(reports: &mut Reports, span: Span, source: &str, first: Span) {
    let message = format!("`{source}` is never used: an alternative before it reads the same");
    reports.add(
        Report::new(&RULE, span, message)
            .related(first, "it is read here already")
            .help("remove one of them, or name another source")
            .mend(Mend::remove_entry(span)),
    );
}

/// Reports an entry that is listed before.
pub fn report(reports: &mut Reports, span: Span, entry: &str, first: Span) {
    let message = format!("`{entry}` is listed twice");
    reports.add(
        Report::new(&RULE, span, message)
            .related(first, "it is listed here already")
            .help("remove one of them")
            .mend(Mend::remove_entry(span)),
    );
}
