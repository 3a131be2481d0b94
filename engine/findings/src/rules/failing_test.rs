//! `failing-test`: a mapping test that fails.
//!
//! Page: `docs/rules/failing-test.md`. Fixtures: `tests/data/rules/failing-test/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::fix::{Mend, Update};
use crate::rules::value_mismatch::MADE_AT;
use crate::source::{At, Span};

/// The rule.
pub static RULE: Rule = Rule {
    id: "failing-test",
    severity: Severity::Error,
    summary: "a mapping test that fails",
    doc: include_str!("failing_test.md"),
};

/// A difference between what a test expects and what happened.
#[derive(Debug, PartialEq)]
pub struct Difference {
    /// What differs.
    pub message: String,
    /// Where the expected value is stated, and the mapping lines that produced the actual one.
    pub places: Vec<(Span, String)>,
    /// The rows of mappings that made what differs, if they made all of it: of each value the row, and those whose value it passes on.
    pub made_by: Vec<Vec<Span>>,
    /// A diff between the expected (`-`) and the actual (`+`) lines.
    pub diff: Option<String>,
}

/// The name of a test case, with its position.
pub type CaseName = At<String>;

/// What can be done about a failing test beyond its mapping.
#[derive(Debug, Default)]
pub enum Updated {
    /// No update was requested.
    #[default]
    NotAsked,
    /// It can expect what was found.
    By(Update),
    /// It cannot, for this reason.
    Left(String),
}

/// Reports a failing test. `cases` are its failing cases, if it has cases.
pub fn report(
    reports: &mut Reports,
    name: &At<String>,
    cases: &[CaseName],
    differences: Vec<Difference>,
    updated: Updated,
) {
    reports.add(with(failure(name, cases, differences, ""), name.span, updated));
}

/// Reports a test that expects nothing.
pub fn report_unstated(reports: &mut Reports, name: &At<String>, updated: Updated) {
    let message = format!("the test `{}` has no `expect`", name.value);
    let report =
        Report::new(&RULE, name.span, message).help("`mapwright test --update` writes what is found");
    reports.add(with(report, name.span, updated));
}

/// Why a property fails.
#[derive(Debug, Default)]
pub struct BrokenProperty<'b> {
    /// In words.
    pub message: String,
    /// The condition that does not hold, if it is one.
    pub condition: Option<Span>,
    /// The event as a test, to be copied into the file.
    pub test: Option<String>,
    /// The row that made what a schema refuses, if that is why, and those whose value it passes on.
    pub made_by: Vec<Span>,
    /// The settings that cannot be used, if that is why.
    pub settings: Option<Span>,
    /// The version that inherits the property, and where it says so.
    pub heir: Option<(&'b str, Span)>,
}

/// Reports a property that does not hold.
pub fn report_property(reports: &mut Reports, name: &At<String>, broken: BrokenProperty<'_>) {
    let BrokenProperty { message, condition, test, made_by, settings, heir } = broken;
    let version = heir.map_or(String::new(), |(version, _)| format!(" in version `{version}`"));
    let mut report =
        Report::new(&RULE, name.span, format!("the property `{}` fails{version}: {message}", name.value));
    if let Some(span) = condition {
        report = report.related(span, "this does not hold").made_by(vec![vec![span]]);
    }
    if let Some(row) = made_by.first().copied() {
        report = report.related(row, MADE_AT).made_by(vec![made_by]);
    }
    if let Some(settings) = settings {
        report = report.made_by(vec![vec![settings]]);
    }
    if let Some((version, extends)) = heir {
        report = report.related(extends, format!("version `{version}` inherits the property here"));
    }
    if let Some(test) = test {
        report = report.diff(test).help(
            "the event is a test to add to `tests`; `mapwright test --update` writes what it expects, to be reviewed",
        );
    }
    reports.add(report);
}

fn with(report: Report, span: Span, updated: Updated) -> Report {
    match updated {
        Updated::NotAsked => report,
        Updated::By(update) => report.mend(Mend::update(span, update)),
        Updated::Left(reason) => report.help(format!("an update leaves the test as it is, since {reason}")),
    }
}

/// Reports a test that fails in a version that inherits it; that is its name, and where it says so.
pub fn report_inherited(
    reports: &mut Reports,
    name: &At<String>,
    cases: &[CaseName],
    differences: Vec<Difference>,
    (version, extends): (&str, Span),
    updated: Updated,
) {
    let report = failure(name, cases, differences, &format!(" in version `{version}`"));
    let help = "where the version is meant to differ, state a test of this name in its own test file: \
                only what differs, such as `expect`, and what it leaves out is inherited; or write `replace: true` at the top \
                of that file to inherit no tests";
    let report = report.related(extends, format!("version `{version}` inherits the test here")).help(help);
    reports.add(with(report, name.span, updated));
}

fn failure(name: &At<String>, cases: &[CaseName], differences: Vec<Difference>, version: &str) -> Report {
    /// Beyond this number of places, the diff is easier to read.
    const MOST_PLACES: usize = 12;
    /// How many cases with the same failure are shown.
    const MOST_CASES: usize = 3;
    let first = differences.first().map_or("", |difference| difference.message.as_str());
    let which = match cases {
        [] => String::new(),
        [case] => format!(" in the case `{}`", case.value),
        cases => format!(" in {} cases", cases.len()),
    };
    let mut message = format!("the test `{}` fails{version}{which}: {first}", name.value);
    let others = differences.iter().skip(1).map(|difference| difference.message.as_str());
    others.for_each(|other| message.extend(["; ", other]));
    let mut report = Report::new(&RULE, name.span, message);
    for case in cases.iter().take(MOST_CASES) {
        report = report.related(case.span, "in this case");
    }
    if differences.iter().all(|difference| !difference.made_by.is_empty()) {
        let rows = differences.iter().flat_map(|difference| &difference.made_by);
        report = report.made_by(rows.cloned().collect());
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
    report
}
