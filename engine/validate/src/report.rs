//! What was found, and in how much.

use mapwright::{Finding, Severity};

/// The findings, and what was checked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// All findings, ordered by position.
    pub findings: Vec<Finding>,
    /// The numbers of checked items.
    pub checked: CheckCounts,
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
    /// Returns the number of errors.
    pub fn errors(&self) -> usize {
        self.findings.iter().filter(|finding| finding.severity() == Severity::Error).count()
    }

    /// Returns the number of warnings.
    pub fn warnings(&self) -> usize {
        self.findings.len() - self.errors()
    }

    /// Returns whether the check fails: it has errors, or warnings if `deny_warnings` is true.
    pub fn fails(&self, deny_warnings: bool) -> bool {
        self.errors() > 0 || (deny_warnings && self.warnings() > 0)
    }
}
