//! `override-nothing`: an override of something that is not inherited.
//!
//! Page: `docs/rules/override-nothing.md`. Fixtures: `tests/data/rules/override-nothing/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "override-nothing",
    severity: Severity::Error,
    summary: "an override of something that is not inherited",
    doc: include_str!("override_nothing.md"),
};

/// Reports an override without anything to override. `what` is what the entry does.
pub fn report<'a>(
    reports: &mut Reports,
    span: Span,
    name: &str,
    what: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
) {
    let message = match what {
        "is removed" | "is edited" => format!("`{name}` {what} here, but nothing of that name is inherited"),
        _ => format!("`{name}` {what}, but nothing of that name is inherited"),
    };
    let help = match known.clone().into_iter().next() {
        Some(_) => reports.suggest(name, known),
        None => {
            "only a version that `extends` another inherits anything, and only from files of the same name"
                .to_owned()
        }
    };
    reports.add(Report::new(&RULE, span, message).help(help));
}
