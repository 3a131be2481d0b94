//! `unknown-step`: a step that is not there.
//!
//! Page: `docs/rules/unknown-step.md`. Fixtures: `tests/data/rules/unknown-step/`.

use crate::finding::{KnownNames, Report, Reports, Rule, Severity, suggest};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unknown-step",
    severity: Severity::Error,
    summary: "a step that is not there",
    doc: include_str!("unknown_step.md"),
};

pub fn report(reports: &mut Reports, span: Span, name: &str, known: &KnownNames) {
    reports.add_unknown(
        name,
        known,
        Report::new(&RULE, span, format!("no step is called `{name}` here", name = name))
            .help(suggest(name, known.iter())),
    );
}
