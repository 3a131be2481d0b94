//! `unknown-requirement`: a requirement that the version does not have.
//!
//! Page: `docs/rules/unknown-requirement.md`. Fixtures: `tests/data/rules/unknown-requirement/`.

use crate::finding::{KnownNames, Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unknown-requirement",
    severity: Severity::Error,
    summary: "a requirement that the version does not have",
    doc: include_str!("unknown_requirement.md"),
};

/// Reports a requirement that the version does not define.
pub fn report(reports: &mut Reports, span: Span, name: &str, known: &KnownNames) {
    let report = Report::new(&RULE, span, format!("unknown requirement `{name}`"));
    let help = match known.iter().next() {
        None => {
            "add it under `requirements` in version.yaml, or write it here: `{ any: [userId], otherwise: … }`"
                .to_owned()
        }
        Some(_) => reports.suggest(name, known.iter()),
    };
    let report = reports.mended(report.help(help), name, known.iter());
    reports.add_unknown(name, known, report);
}
