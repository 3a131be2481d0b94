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
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let near: Vec<&str> = known.clone().into_iter().filter(|known| digits(known) == digits(name)).collect();
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
