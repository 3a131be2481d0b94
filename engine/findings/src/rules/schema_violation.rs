//! `schema-violation`: a request body in a test that violates its operation's schema.
//!
//! Page: `docs/rules/schema-violation.md`. Fixtures: `tests/data/rules/schema-violation/`.

use crate::finding::{Report, Reports, Rule, Severity, all_of};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "schema-violation",
    severity: Severity::Error,
    summary: "a request body in a test that violates its operation's schema",
    doc: include_str!("schema_violation.md"),
};

/// A violation of a schema by a body.
#[derive(Debug)]
pub struct Refusal {
    /// The mapping line that produced the value, or where a test expects it.
    pub span: Span,
    /// Where mappings made the value: that line, and the rows whose value it passes on.
    pub made_by: Vec<Span>,
    /// The operations whose schema the body violates.
    pub operations: Vec<String>,
    /// The path of the schema's file.
    pub file: String,
    /// The position in the schema, as a JSON pointer.
    pub pointer: String,
    /// The position in the body, and what is wrong there.
    pub text: String,
}

impl Refusal {
    fn names(&self) -> String {
        all_of(&self.operations)
    }
}

/// Reports a body that a mapping produces; `test` is the position of the test's name.
pub fn report(reports: &mut Reports, refusal: &Refusal, test: Span) {
    let message = format!("the body violates the schema of {}: {}", refusal.names(), refusal.text);
    // one test per violation is enough
    reports.add(
        explained(refusal, message).related(test, "in this test").made_by(vec![refusal.made_by.clone()]),
    );
}

/// Reports a body that a mapping produces in a version that extends the test's version; `extends` is the position of that key.
pub fn report_inherited(reports: &mut Reports, refusal: &Refusal, test: Span, version: &str, extends: Span) {
    let message = format!(
        "the body violates the schema of {} in version `{version}`: {}",
        refusal.names(),
        refusal.text
    );
    let report = explained(refusal, message).related(test, "with the event of this test");
    reports.add(report.related(extends, format!("version `{version}` inherits the test here")));
}

/// Reports a body that a test expects.
pub fn report_expected(reports: &mut Reports, refusal: &Refusal) {
    let message = format!("the expected body violates the schema of {}: {}", refusal.names(), refusal.text);
    reports.add(explained(refusal, message));
}

fn explained(refusal: &Refusal, message: String) -> Report {
    Report::new(&RULE, refusal.span, message).help(format!("see `{}` at `{}`", refusal.file, refusal.pointer))
}
