//! `same-as-inherited`: an entry that states what it would have anyway.
//!
//! Page: `docs/rules/same-as-inherited.md`. Fixtures: `tests/data/rules/same-as-inherited/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::fix::Mend;
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "same-as-inherited",
    severity: Severity::Warning,
    summary: "an entry that states what it would have anyway",
    doc: include_str!("same_as_inherited.md"),
};

/// Reports an entry without an effect. `inherited` is where the same is stated.
pub fn report(reports: &mut Reports, span: Span, name: &str, inherited: Span) {
    let message = format!("`{name}` would be the same without this entry");
    reports.add(
        Report::new(&RULE, span, message)
            .related(inherited, "the same is stated here, and holds")
            .help("remove it, or state what differs")
            .mend(Mend::remove_entry(span)),
    );
}
