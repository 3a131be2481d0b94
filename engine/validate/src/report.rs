//! What was found, and in how much. It is data: the crate `mapwright-report` renders it.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use mapwright::{Coverage, Finding, Place, Severity, TestResult};

/// The findings, and what was checked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// All findings, ordered by position.
    pub findings: Vec<Finding>,
    /// Findings that do not count, ordered by position.
    pub suppressed: Vec<Suppressed>,
    /// What became of each mapping test.
    pub tests: Vec<TestResult>,
    /// The mapping tests that did not run, since their versions have errors.
    pub skipped: Vec<TestResult>,
    /// What the tests reach, if that was counted.
    pub coverage: Option<Coverage>,
    /// The fixtures that tests read, by their paths among the sources.
    pub fixtures: BTreeSet<String>,
    /// The numbers of checked items.
    pub checked: CheckCounts,
    /// The versions that cannot be used: see [`Report::tell_unusable`].
    pub unusable: Vec<Unusable>,
}

/// A version that cannot be used because of errors.
#[derive(Debug, Clone, PartialEq)]
pub struct Unusable {
    /// The finding that says so, where no error does.
    pub finding: Finding,
    /// The files that the errors are in, among others: their paths in findings.
    pub files: Arc<HashSet<String>>,
}

/// A finding that does not count.
#[derive(Debug, Clone, PartialEq)]
pub struct Suppressed {
    /// The finding.
    pub finding: Finding,
    /// What suppresses it.
    pub by: Suppression,
}

/// What suppresses a finding.
#[derive(Debug, Clone, PartialEq)]
pub enum Suppression {
    /// A comment in the file, with its reason.
    Comment {
        /// Where the comment names the rule.
        place: Place,
        /// Why, if it says so.
        reason: Option<String>,
    },
    /// A baseline.
    Baseline,
}

/// The numbers of checked items.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CheckCounts {
    /// The number of mapping files: destinations, versions, messages and tests.
    pub files: usize,
    /// The number of mappings.
    pub mappings: usize,
    /// The number of mapping tests.
    pub tests: usize,
    /// The number of events in these tests.
    pub cases: usize,
    /// The number of tests that versions inherit, each counted for every version that runs it.
    pub inherited_tests: usize,
    /// The number of events in these.
    pub inherited_cases: usize,
}

impl std::ops::AddAssign for CheckCounts {
    fn add_assign(&mut self, other: Self) {
        self.files += other.files;
        self.mappings += other.mappings;
        self.tests += other.tests;
        self.cases += other.cases;
        self.inherited_tests += other.inherited_tests;
        self.inherited_cases += other.inherited_cases;
    }
}

impl Report {
    /// Returns the number of findings of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity() == severity).count()
    }

    /// Returns whether the check fails: it has errors, or warnings if `deny_warnings` is true. Hints never fail.
    pub fn fails(&self, deny_warnings: bool) -> bool {
        self.findings.iter().any(|finding| match finding.severity() {
            Severity::Error => true,
            Severity::Warning => deny_warnings,
            Severity::Hint => false,
        })
    }

    /// Returns the same with other paths of files.
    #[must_use]
    pub fn with_paths(&self, path: impl Fn(&str) -> String) -> Report {
        let mut report = self.clone();
        let rename = |place: &mut Place| place.path = path(&place.path);
        let mut silent = Vec::new();
        for Suppressed { finding, by } in &mut report.suppressed {
            if let Suppression::Comment { place, .. } = by {
                rename(place);
            }
            silent.push(finding);
        }
        for finding in report.findings.iter_mut().chain(silent) {
            rename(&mut finding.place);
            finding.related.iter_mut().for_each(|(place, _)| rename(place));
            finding.made_by.iter_mut().flatten().for_each(rename);
            let edits = finding.fix.iter_mut().flat_map(|fix| &mut fix.edits);
            edits.for_each(|edit| rename(&mut edit.place));
        }
        for test in report.tests.iter_mut().chain(&mut report.skipped) {
            rename(&mut test.place);
            let places = test.failures.iter_mut().flat_map(|failure| &mut failure.places);
            places.for_each(|(place, _)| rename(place));
        }
        let points = report.coverage.iter_mut().flat_map(|coverage| &mut coverage.points);
        points.for_each(|point| rename(&mut point.place));
        report
    }

    /// Keeps the findings that are wanted.
    pub fn keep(&mut self, wanted: impl Fn(&Finding) -> bool) {
        self.findings.retain(|finding| wanted(finding));
    }

    /// Adds findings, each in its place.
    pub fn add(&mut self, findings: Vec<Finding>) {
        if !findings.is_empty() {
            self.findings.extend(findings);
            sort(&mut self.findings);
        }
    }

    /// Reports the versions that cannot be used, if no error is left that says so. What takes findings out of a report does this afterwards.
    pub fn tell_unusable(&mut self) {
        let errors = self.findings.iter().filter(|finding| finding.severity() == Severity::Error);
        let errors: HashSet<&str> = errors.map(|finding| finding.place.path.as_str()).collect();
        let has_error = |version: &Unusable| errors.iter().any(|path| version.files.contains(*path));
        let (wait, told): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.unusable).into_iter().partition(has_error);
        self.unusable = wait;
        self.add(told.into_iter().map(|version| version.finding).collect());
    }

    /// Adds the report of another folder. A finding about a file of both counts once.
    pub fn extend(&mut self, mut other: Report) {
        other.findings.retain(|finding| !self.findings.contains(finding));
        self.findings.extend(other.findings);
        self.suppressed.extend(other.suppressed);
        self.tests.extend(other.tests);
        self.skipped.extend(other.skipped);
        self.fixtures.extend(other.fixtures);
        if let Some(more) = other.coverage {
            self.coverage.get_or_insert_default().points.extend(more.points);
        }
        self.checked += other.checked;
        self.unusable.extend(other.unusable);
    }
}

/// Orders findings by position.
pub(crate) fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| (&a.place, a.rule.id, &a.message).cmp(&(&b.place, b.rule.id, &b.message)));
}
