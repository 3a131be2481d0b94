//! What was found, and in how much.

use mapwright::{Finding, Severity};

/// What was found, and in how much.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// All findings, by place.
    pub findings: Vec<Finding>,
    /// How much was checked.
    pub checked: CheckCounts,
}

/// How much was checked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CheckCounts {
    /// Files of mappings: destinations, versions, messages and tests.
    pub files: usize,
    /// Mappings: files of message types.
    pub mappings: usize,
    /// Mapping tests that were run.
    pub tests: usize,
    /// Events that the tests sent through the engine.
    pub cases: usize,
}

impl std::ops::AddAssign for CheckCounts {
    fn add_assign(&mut self, other: Self) {
        self.files += other.files;
        self.mappings += other.mappings;
        self.tests += other.tests;
        self.cases += other.cases;
    }
}

impl Report {
    /// How many findings are errors.
    pub fn errors(&self) -> usize {
        self.findings.iter().filter(|finding| finding.severity() == Severity::Error).count()
    }

    /// How many findings are warnings.
    pub fn warnings(&self) -> usize {
        self.findings.len() - self.errors()
    }

    /// Whether a check fails: there are errors, or warnings where these are not allowed.
    pub fn fails(&self, deny_warnings: bool) -> bool {
        self.errors() > 0 || (deny_warnings && self.warnings() > 0)
    }
}
