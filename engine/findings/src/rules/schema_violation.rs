//! `schema-violation`: a request of a test that its operation's schema refuses.
//!
//! Page: `docs/rules/schema-violation.md`. Fixtures: `tests/data/rules/schema-violation/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "schema-violation",
    severity: Severity::Error,
    summary: "a request of a test that the schema of its operation refuses",
    doc: include_str!("schema_violation.md"),
};

/// What a schema refuses in a body.
#[derive(Debug)]
pub struct Refusal {
    /// The line of the mapping that made it, or the place where a test expects it.
    pub span: Span,
    pub operation: String,
    /// The path of the schema's file.
    pub file: String,
    /// The place in it, as a JSON pointer.
    pub pointer: String,
    /// The place in the body, and what is wrong there.
    pub text: String,
}

/// A body that a mapping makes; `test` is where the test's name stands.
pub fn report(reports: &mut Reports, refusal: &Refusal, test: Span) {
    let message = format!("the schema of `{}` refuses this body: {}", refusal.operation, refusal.text);
    // one test for each violation is enough
    reports.add(explained(refusal, message).related(test, "in this test"));
}

/// A body that a mapping makes in a version which extends the one that the test is for; `extends` is where it says so.
pub fn report_inherited(reports: &mut Reports, refusal: &Refusal, test: Span, version: &str, extends: Span) {
    let message = format!(
        "the schema of `{}` in version `{version}` refuses this body: {}",
        refusal.operation, refusal.text
    );
    let report = explained(refusal, message).related(test, "with the event of this test");
    reports.add(report.related(extends, format!("version `{version}` inherits the test here")));
}

/// A body that a test expects.
pub fn report_expected(reports: &mut Reports, refusal: &Refusal) {
    let message =
        format!("the schema of `{}` refuses the expected body: {}", refusal.operation, refusal.text);
    reports.add(explained(refusal, message));
}

fn explained(refusal: &Refusal, message: String) -> Report {
    Report::new(&RULE, refusal.span, message)
        .help(format!("`{}` says so at `{}`", refusal.file, refusal.pointer))
}
