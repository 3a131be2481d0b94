//! `breaking-change`: a change after which something is delivered no more, or in another way.
//!
//! Page: `docs/rules/breaking-change.md`. Fixtures: `tests/data/rules/breaking-change/`.

use crate::finding::{Finding, Rule, Severity};
use crate::source::Place;

/// The rule.
pub static RULE: Rule = Rule {
    id: "breaking-change",
    severity: Severity::Error,
    summary: "a change after which something is delivered no more, or in another way",
    doc: include_str!("breaking_change.md"),
};

/// Reports a change. `versions` are those that have it, `before` is where it was said otherwise.
pub fn finding(place: Place, change: &str, versions: &[String], before: Option<&str>) -> Finding {
    let listed: Vec<String> = versions.iter().map(|version| format!("`{version}`")).collect();
    let shared = match listed.as_slice() {
        [one] => format!("in {one}"),
        several => format!("in {}, which share the line", several.join(", ")),
    };
    let mut finding = Finding::new(&RULE, place, format!("{change}; {shared}"));
    let before = before.map(|before| format!(" (before: `{before}`)")).unwrap_or_default();
    finding.help = Some(format!(
        "whoever sends events, or reads what is delivered, must know it{before}; put it into a version of its own, or accept it with a comment in its line: `# mapwright: allow(breaking-change) why`"
    ));
    finding
}
