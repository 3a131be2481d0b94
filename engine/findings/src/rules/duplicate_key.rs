//! `duplicate-key`: a key that occurs more than once in a map.
//!
//! Page: `docs/rules/duplicate-key.md`. Fixtures: `tests/data/rules/duplicate-key/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "duplicate-key",
    severity: Severity::Error,
    summary: "a key that occurs more than once in a map",
    doc: include_str!("duplicate_key.md"),
};

/// Reports a header that another one of the same map names in another case. `first`: that one.
pub fn report_header(reports: &mut Reports, span: Span, name: &str, (known, first): (&str, Span)) {
    reports.add(
        Report::new(&RULE, span, format!("duplicate header `{name}`: names of headers have no case"))
            .related(first, format!("`{known}` is defined here"))
            .help(format!("remove one of them; to override an inherited header, write it `{known}`")),
    );
}

/// Reports a test or a case that has the name of another one. `first`: where that is.
pub fn report_named(reports: &mut Reports, span: Span, what: &str, name: &str, first: Span) {
    reports.add(
        Report::new(&RULE, span, format!("duplicate {what} `{name}`"))
            .related(first, "first defined here")
            .help("name it by what it shows"),
    );
}

/// Reports a repeated key. `first` is the position of its first occurrence.
pub fn report(reports: &mut Reports, span: Span, key: &str, first: Span) {
    reports.add(
        Report::new(&RULE, span, format!("duplicate key `{key}`"))
            .related(first, "first defined here")
            .help("remove one of them"),
    );
}
