//! `misplaced-name`: a name that is not available where it is used.
//!
//! Page: `docs/rules/misplaced-name.md`. Fixtures: `tests/data/rules/misplaced-name/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "misplaced-name",
    severity: Severity::Error,
    summary: "a name that is not available where it is used",
    doc: include_str!("misplaced_name.md"),
};

/// Reports a name that cannot be read where it is used; `where_it_is` says where it can be read.
pub fn report(reports: &mut Reports, span: Span, name: &str, where_it_is: &str) {
    reports.add(Report::new(&RULE, span, format!("`{name}` is not available here")).help(where_it_is));
}
