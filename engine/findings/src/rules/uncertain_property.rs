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

/// Why a body may lack a field.
#[derive(Debug, Clone, Copy)]
pub enum Cause<'c> {
    /// The event has none of the values that it is made of.
    Event,
    /// These settings are not given.
    Settings(&'c [String]),
    /// It is a list of some items of a batch, which may have others only.
    NoItems,
}

/// Reports fields that a body may lack, with whether one of them is enough. `span` is one of them, or the step.
pub fn report(
    reports: &mut Reports,
    span: Span,
    (names, any): (&[String], bool),
    operation: &str,
    cause: Cause<'_>,
) {
    let what = match any {
        true => format!("{}, one of which", one_of(names)),
        false => format!("{}, which", all_of(names)),
    };
    let mut message = format!("the body of `{operation}` may lack {what} its schema requires");
    let help = match cause {
        Cause::Event => {
            "reject such events with `require`, give the row a `default`, or the step a `when`".to_owned()
        }
        Cause::Settings(settings) => {
            let settings: Vec<String> = settings.iter().map(|name| format!("settings.{name}")).collect();
            message += &format!(", if {} is not given", one_of(&settings));
            "make the setting `required`, or give it or the row a `default`".to_owned()
        }
        Cause::NoItems => {
            message += ", if no item of the batch meets the condition";
            "give the row a `default`, or correct the schema".to_owned()
        }
    };
    reports.add(Report::new(&RULE, span, message).help(help));
}
