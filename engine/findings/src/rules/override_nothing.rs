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
        None => NOTHING.to_owned(),
    };
    reports.add(Report::new(&RULE, span, message).help(help));
}

/// What to say where nothing is inherited.
const NOTHING: &str = "nothing is inherited here: a version inherits from the one that it `extends`, a variant from its mapping, \
                       and a mapping from the parts of its version that have the same name";

/// Reports a word that says how to lay something over nothing. `what` is what the word does.
pub fn report_word(reports: &mut Reports, span: Span, word: &str, what: &str) {
    let message = format!("`{word}` {what}, but nothing is inherited");
    reports.add(Report::new(&RULE, span, message).help(NOTHING));
}

/// Reports an inherited step that says where a new one would go.
pub fn report_moved(reports: &mut Reports, span: Span, word: &str, name: &str) {
    let message = format!("`{word}` says where a new step goes, but `{name}` is inherited");
    let help = format!(
        "an inherited step keeps its place; to move it, write `remove: [steps.{name}]` and state all of it"
    );
    reports.add(Report::new(&RULE, span, message).help(help));
}
