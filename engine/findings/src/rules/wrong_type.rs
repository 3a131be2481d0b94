//! `wrong-type`: a value of the wrong type.
//!
//! Page: `docs/rules/wrong-type.md`. Fixtures: `tests/data/rules/wrong-type/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::fix::Mend;
use crate::source::Found;

/// The rule.
pub static RULE: Rule = Rule {
    id: "wrong-type",
    severity: Severity::Error,
    summary: "a value of the wrong type",
    doc: include_str!("wrong_type.md"),
};

/// Reports a value of the wrong type, and returns `None`.
pub fn report<T>(reports: &mut Reports, found: &Found, expected: &str) -> Option<T> {
    reports.add(unexpected(found, expected));
    None
}

/// Reports a quoted value that would be valid without its quotes.
pub fn report_quoted<T>(reports: &mut Reports, found: &Found, expected: &str) -> Option<T> {
    let report = unexpected(found, expected).help("remove the quotes");
    reports.add(match &found.word {
        Some(word) => report.mend(Mend::replace(found.span, word)),
        None => report,
    });
    None
}

fn unexpected(found: &Found, expected: &str) -> Report {
    Report::new(&RULE, found.span, format!("expected {expected}, found {}", found.shown))
}

/// Reports a number where a length of time is expected.
pub fn report_time<T>(reports: &mut Reports, found: &Found, number: &str) -> Option<T> {
    let help = format!("write the unit, too: `{number}s`, `{number}m` or `{number}h`");
    reports.add(unexpected(found, "a time with its unit").help(help));
    None
}

/// Reports a constant where a source is expected.
pub fn report_source<T>(reports: &mut Reports, found: &Found) -> Option<T> {
    let message = format!("expected a source such as `traits.email`, found {}", found.shown);
    reports.add(
        Report::new(&RULE, found.span, message)
            .help(format!("write a constant as `{{ value: {} }}`", found.yaml)),
    );
    None
}

/// Reports a row where the form `list` expects its items.
pub fn report_items<T>(reports: &mut Reports, found: &Found) -> Option<T> {
    let help =
        "write the items in `[…]`, even a single one; if the field is named `list`, write it below `object:`";
    reports.add(unexpected(found, "a list of rows").help(help));
    None
}
