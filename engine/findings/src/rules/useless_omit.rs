//! `useless-omit`: a name in `omit` that the rest does not have anyway.
//!
//! Page: `docs/rules/useless-omit.md`. Fixtures: `tests/data/rules/useless-omit/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "useless-omit",
    severity: Severity::Warning,
    summary: "a name in `omit` that the rest does not have anyway",
    doc: include_str!("useless_omit.md"),
};

/// Reports a name that other rows of the part read, so that the rest leaves it out.
pub fn report(reports: &mut Reports, span: Span, name: &str) {
    let message = format!("`{name}` is never in the rest: other rows of the part read it");
    let help = "remove it from `omit`, or name the member that is to be left out";
    reports.add(Report::new(&RULE, span, message).help(help));
}
