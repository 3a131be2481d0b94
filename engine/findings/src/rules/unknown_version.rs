//! `unknown-version`: a version that the destination does not have.
//!
//! Page: `docs/rules/unknown-version.md`. Fixtures: `tests/data/rules/unknown-version/`.

use crate::finding::{Report, Reports, Rule, Severity, one_of};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unknown-version",
    severity: Severity::Error,
    summary: "a version that the destination does not have",
    doc: include_str!("unknown_version.md"),
};

/// Reports a version that the destination does not have.
pub fn report<'a>(
    reports: &mut Reports,
    span: Span,
    name: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
) {
    let report = Report::new(&RULE, span, format!("unknown version `{name}`"));
    // another number is another version, however near it is
    let numbers = |text: &str| -> Vec<String> {
        let all = text.split(|c: char| !c.is_ascii_digit()).map(|number| number.trim_start_matches('0'));
        all.filter(|number| !number.is_empty()).map(str::to_owned).collect()
    };
    let wanted = numbers(name);
    let near: Vec<&str> = known.clone().into_iter().filter(|known| numbers(known) == wanted).collect();
    let near = reports.nearest(name, near.iter().copied()).map(|near| vec![near]);
    let report = match near {
        Some(near) => reports.meant(report, name, near),
        None => report.help(match known.clone().into_iter().next() {
            Some(_) => format!("expected {}", one_of(known)),
            None => "none is defined".to_owned(),
        }),
    };
    reports.add(report);
}
