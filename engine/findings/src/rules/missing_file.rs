//! `missing-file`: a file that has to be there and is not.
//!
//! Page: `docs/rules/missing-file.md`. Fixtures: `tests/data/rules/missing-file/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "missing-file",
    severity: Severity::Error,
    summary: "a file that has to be there and is not",
    doc: include_str!("missing_file.md"),
};

pub fn report(reports: &mut Reports, span: Span, path: &str) {
    reports.add(
        Report::new(&RULE, span, format!("the file `{path}` is missing"))
            .help("write it, or check the folder together with the mappings that it adds to"),
    );
}

/// A file that a test names.
pub fn report_fixture(reports: &mut Reports, span: Span, path: &str) {
    reports.add(
        Report::new(&RULE, span, format!("the file `{path}` is missing"))
            .help("`event_file` names a file by its path from the folder of the test"),
    );
}
