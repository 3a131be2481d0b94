//! `inherited-body`: a step with another operation than the inherited one, and the inherited body.
//!
//! Page: `docs/rules/inherited-body.md`. Fixtures: `tests/data/rules/inherited-body/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "inherited-body",
    severity: Severity::Error,
    summary: "a step that changes its operation and does not say what becomes of the inherited body",
    doc: include_str!("inherited_body.md"),
};

/// Reports the operation of a step. `key`: `body`, or the `arguments` of a call; `part`: the inherited body, if it is the name of a part.
pub fn report(
    reports: &mut Reports,
    span: Span,
    (old, new): (&str, &str),
    key: &str,
    part: Option<&str>,
    at: Span,
) {
    let message = format!("`{new}` takes the place of `{old}`, but the step inherits the {key} of `{old}`");
    let again = if key == "body" { "fields" } else { key };
    let keep = part.map_or(format!("the same {again} again"), |part| format!("`{key}: {part}`"));
    let same = if key == "body" { "the same body, another" } else { "the same, other" };
    let help = format!("write {keep} to send {same} `{key}`, or `remove: [{key}]` in the step to send none");
    reports.add(Report::new(&RULE, span, message).help(help).related(at, format!("the inherited {key}")));
}
