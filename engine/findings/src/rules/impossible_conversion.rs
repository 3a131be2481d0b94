//! `impossible-conversion`: a conversion that cannot take any value that it is given.
//!
//! Page: `docs/rules/impossible-conversion.md`. Fixtures: `tests/data/rules/impossible-conversion/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "impossible-conversion",
    severity: Severity::Error,
    summary: "a conversion that cannot take any value that it is given",
    doc: include_str!("impossible_conversion.md"),
};

/// Reports a conversion: what it takes, what it is given, and the conversion of the row before it if that may come after it.
pub fn report(
    reports: &mut Reports,
    span: Span,
    conversion: &str,
    takes: &str,
    given: &str,
    before: Option<&str>,
) {
    let message = format!("`{conversion}` takes {takes}, but is given {given}");
    let help = match before {
        Some(before) => format!("apply `{conversion}` before `{before}`, or remove one of them"),
        None => "remove the conversion, or use one that takes such a value".to_owned(),
    };
    reports.add(Report::new(&RULE, span, message).help(help));
}

/// Reports a conversion that is given a list whose items it does not take.
pub fn report_items(reports: &mut Reports, span: Span, conversion: &str, items: &str) {
    let message = format!("`{conversion}` does not take the items of the list: each is {items}");
    let help = "take a member of each item, such as `{ each: …, to: item.id }`, or use another conversion";
    reports.add(Report::new(&RULE, span, message).help(help));
}
