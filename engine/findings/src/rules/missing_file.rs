//! `missing-file`: a required file that does not exist.
//!
//! Page: `docs/rules/missing-file.md`. Fixtures: `tests/data/rules/missing-file/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "missing-file",
    severity: Severity::Error,
    summary: "a required file that does not exist",
    doc: include_str!("missing_file.md"),
};

/// Reports a file that is referenced and does not exist.
pub fn report(reports: &mut Reports, span: Span, path: &str) {
    reports.add(
        Report::new(&RULE, span, format!("missing file `{path}`"))
            .help("add the file, or check the folder together with the mappings that it extends"),
    );
}

/// Reports a file of an event or a response that a test names.
pub fn report_fixture(reports: &mut Reports, span: Span, path: &str) {
    reports.add(
        Report::new(&RULE, span, format!("missing file `{path}`"))
            .help("`event_file` and `body_file` are paths below the folder of the test, or below a folder of the `fixtures` in `mapwright.toml`"),
    );
}
