//! `uncertain-capture`: a capture that a path needs, and that may be absent there.
//!
//! Page: `docs/rules/uncertain-capture.md`. Fixtures: `tests/data/rules/uncertain-capture/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "uncertain-capture",
    severity: Severity::Warning,
    summary: "a capture that a path needs, and that may be absent there",
    doc: include_str!("uncertain_capture.md"),
};

/// Why a capture may be absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The step that sets it has a condition.
    StepMayNotRun,
    /// A response with an error counts as success.
    ErrorIsDone,
    /// It is read from a list.
    ListMayBeEmpty,
    /// Only a response rule captures it, and the step is also made where that rule does not count.
    OnlyByRule,
    /// The step that needs it has a condition that holds only without it.
    OnlyWithout,
    /// The step that needs it captures it of its pages.
    FirstPage,
}

/// Reports a path parameter that may have no value.
pub fn report(reports: &mut Reports, span: Span, capture: &str, why: Why, set: Span) {
    let because = match why {
        Why::StepMayNotRun => "the step that captures it has a condition",
        Why::ErrorIsDone => {
            "the step that captures it also succeeds with an error status, whose body need not have it"
        }
        Why::OnlyByRule => "only a response rule captures it, and the step is made without that response too",
        Why::ListMayBeEmpty => "the list that it is captured from may be empty",
        Why::FirstPage => {
            let message = format!(
                "the path needs the capture `{capture}`, which the step itself captures: there is none at the first page"
            );
            let help =
                "read it in `query` of `page`, which counts from the second page on, or add a `default`";
            reports.add(Report::new(&RULE, span, message).related(set, "captured here").help(help));
            return;
        }
        Why::OnlyWithout => {
            let message =
                format!("the path needs the capture `{capture}`, and the step is made only without it");
            let help = "correct the condition of the step, or what its path is made of";
            reports.add(Report::new(&RULE, span, message).related(set, "captured here").help(help));
            return;
        }
    };
    let message = format!("the path needs the capture `{capture}`, which may be absent: {because}");
    reports.add(
        Report::new(&RULE, span, message)
            .related(set, "captured here")
            .help(format!("make the step only if there is one: `when: captures.{capture}`")),
    );
}
