//! `failing-test`: a mapping test that fails.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub(crate) static RULE: Rule = Rule {
    id: "failing-test",
    severity: Severity::Error,
    summary: "a mapping test that fails",
    doc: include_str!("failing_test.md"),
};

/// One thing that is not as a test expects it.
#[derive(Debug, Default)]
pub(crate) struct Difference {
    /// What differs.
    pub(crate) message: String,
    /// Where it was expected, and the lines of the mapping that made what came.
    pub(crate) places: Vec<(Span, String)>,
    pub(crate) diff: Option<String>,
}

/// A test whose event had other consequences; `case` is the case of it that did.
pub(crate) fn report(
    reports: &mut Reports,
    (span, name): (Span, &str),
    case: Option<(Span, &str)>,
    differences: Vec<Difference>,
) {
    /// Beyond so many places one reads the diff.
    const MOST_PLACES: usize = 12;
    let Some(first) = differences.first() else { return };
    let mut message = match case {
        None => format!("the test `{name}` fails: {}", first.message),
        Some((_, case)) => format!("the test `{name}` fails in the case `{case}`: {}", first.message),
    };
    let others = differences.iter().skip(1).map(|difference| difference.message.as_str());
    others.for_each(|other| message.extend(["; ", other]));
    let mut report = Report::new(&RULE, span, message);
    if let Some((span, _)) = case {
        report = report.related(span, "in this case");
    }
    let mut diffs = Vec::new();
    for difference in differences {
        for (span, label) in difference.places.into_iter() {
            if report.related.len() < MOST_PLACES && !report.related.iter().any(|(known, _)| *known == span) {
                report = report.related(span, label);
            }
        }
        diffs.extend(difference.diff);
    }
    if !diffs.is_empty() {
        report = report.diff(diffs.join("\n"));
    }
    reports.add(report);
}
