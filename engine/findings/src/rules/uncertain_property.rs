//! `uncertain-property`: a field that an operation's schema requires and some events do not fill.
//!
//! Page: `docs/rules/uncertain-property.md`. Fixtures: `tests/data/rules/uncertain-property/`.

use crate::finding::{Report, Reports, Rule, Severity, all_of, one_of};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "uncertain-property",
    severity: Severity::Warning,
    summary: "a field that an operation's schema requires and some events do not fill",
    doc: include_str!("uncertain_property.md"),
};

/// Reports fields that a body may lack, with whether one of them is enough. `span` is one of them, or the step.
pub fn report(reports: &mut Reports, span: Span, (names, any): (&[String], bool), operation: &str) {
    let what = match any {
        true => format!("{}, one of which", one_of(names)),
        false => format!("{}, which", all_of(names)),
    };
    let message = format!("the body of `{operation}` may lack {what} its schema requires");
    let help = "reject such events with `require`, give the row a `default`, or the step a `when`";
    reports.add(Report::new(&RULE, span, message).help(help));
}
