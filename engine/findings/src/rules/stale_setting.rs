//! `stale-setting`: a setting that is renewed, or a token that a step captures, where the items of a batch keep its old value.
//!
//! Page: `docs/rules/stale-setting.md`. Fixtures: `tests/data/rules/stale-setting/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "stale-setting",
    severity: Severity::Error,
    summary: "a setting that is renewed, or a token that a step captures, where the items of a batch keep its old value",
    doc: include_str!("stale_setting.md"),
};

/// Reports a rule that has items sent again with the captured token that the API refuses; `class` is what it states, `read` where the token is.
pub fn report_captured(reports: &mut Reports, span: Span, class: &str, token: &str, read: Span) {
    let message = format!("`class: {class}` sends the items again with the same `captures.{token}`");
    reports.add(
        Report::new(&RULE, span, message)
            .related(read, "read here, as the item is made")
            .help("no step is made again for a batch: put the token into a setting with `renew`, or write `class: give_up` and a `cache` that is shorter than the token is valid"),
    );
}

/// Reports a setting that is read at `span` by what an event adds to a batch of `operation`; `renewed`: the rule that asks for its new value.
pub fn report(reports: &mut Reports, span: Span, setting: &str, operation: &str, renewed: Span) {
    let message = format!(
        "the requests of `{operation}` keep the old value of `settings.{setting}` when it is renewed"
    );
    reports.add(
        Report::new(&RULE, span, message)
            .related(renewed, "renewed here")
            .help("an item stays as it was made: read the setting in `headers` or `auth` of the version, in `auth` of the operation, or in the `body` of its batch"),
    );
}
