//! What became of each test.

use mapwright_findings::Place;
use mapwright_findings::rules::failing_test::Difference;

/// A test, and whether it passed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TestResult {
    /// Its name.
    pub name: String,
    /// Where its name stands.
    pub place: Place,
    /// The mapping that it is about.
    pub message: String,
    /// The destination and the version that ran it, as in `acme/2.10`.
    pub version: String,
    /// Whether the version inherits it.
    pub inherited: bool,
    /// The number of its events.
    pub cases: usize,
    /// Why it fails. None if it passed.
    pub failures: Vec<TestFailure>,
}

/// A way in which a test fails.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TestFailure {
    /// What differs first.
    pub message: String,
    /// All that differs, in lines.
    pub detail: String,
}

impl TestFailure {
    pub(crate) fn of(differences: &[Difference]) -> Self {
        let message = differences.first().map_or_else(String::new, |first| first.message.clone());
        let lines = differences.iter().flat_map(|difference| {
            std::iter::once(difference.message.as_str()).chain(difference.diff.as_deref())
        });
        Self { message, detail: lines.collect::<Vec<_>>().join("\n") }
    }

    /// The test expects nothing.
    pub(crate) fn unstated() -> Self {
        let message = "the test has no `expect`".to_owned();
        Self { detail: message.clone(), message }
    }

    /// The property fails for this reason, with this event.
    pub(crate) fn of_property(message: &str, test: Option<&str>) -> Self {
        let detail = test.map_or_else(|| message.to_owned(), |test| format!("{message}\n{test}"));
        Self { message: message.to_owned(), detail }
    }

    /// The test itself has findings.
    pub(crate) fn unreadable() -> Self {
        let message = "the test cannot be run: see its findings".to_owned();
        Self { detail: message.clone(), message }
    }
}
