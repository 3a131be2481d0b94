//! `override-nothing`: a change of something that is not inherited.
//!
//! Page: `docs/rules/override-nothing.md`. Fixtures: `tests/data/rules/override-nothing/`.

use crate::finding::{Report, Reports, Rule, Severity, suggest};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "override-nothing",
    severity: Severity::Error,
    summary: "a change of something that is not inherited",
    doc: include_str!("override_nothing.md"),
};

/// `what` the entry does to the thing that is not there.
pub fn report<'a>(
    reports: &mut Reports,
    span: Span,
    name: &str,
    what: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
) {
    let message = match what {
        "is removed" | "is edited" => format!("`{name}` {what} here, and nothing of that name is inherited"),
        _ => format!("`{name}` {what}, and nothing of that name is inherited"),
    };
    let help = match known.clone().into_iter().next() {
        Some(_) => suggest(name, known),
        None => {
            "only a version that extends another inherits, and only from files of the same name".to_owned()
        }
    };
    reports.add(Report::new(&RULE, span, message).help(help));
}
