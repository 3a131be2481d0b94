//! `missing-property`: a field that an operation's schema requires and no row fills.
//!
//! Page: `docs/rules/missing-property.md`. Fixtures: `tests/data/rules/missing-property/`.

use crate::finding::{Report, Reports, Rule, Severity, all_of, one_of};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "missing-property",
    severity: Severity::Error,
    summary: "a field that an operation's schema requires and no row fills",
    doc: include_str!("missing_property.md"),
};

/// Reports fields that a body never has, with whether one of them is enough. `span` is the step, or the object that lacks them.
pub fn report(reports: &mut Reports, span: Span, (names, any): (&[String], bool), operation: &str) {
    let what = match any {
        true => format!("{}, one of which", one_of(names)),
        false => format!("{}, which", all_of(names)),
    };
    let message = format!("the body of `{operation}` never has {what} its schema requires");
    let help = "add a row for it, or correct the schema";
    reports.add(Report::new(&RULE, span, message).help(help));
}
