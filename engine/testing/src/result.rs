//! What became of each test.

use mapwright_findings::rules::failing_test::Difference;
use mapwright_findings::{Place, Texts};

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
    /// The places that matter, each with a label: where the test states something else, and what made it in the mapping.
    pub places: Vec<(Place, String)>,
}

impl TestFailure {
    pub(crate) fn of(differences: &[Difference], texts: &Texts) -> Self {
        let message = differences.first().map_or_else(String::new, |first| first.message.clone());
        let lines = differences.iter().flat_map(|difference| {
            std::iter::once(difference.message.as_str()).chain(difference.diff.as_deref())
        });
        let places = differences.iter().flat_map(|difference| &difference.places);
        let places = places.map(|(span, label)| (texts.place(*span), label.clone())).collect();
        Self { message, detail: lines.collect::<Vec<_>>().join("\n"), places }
    }

    /// The test expects nothing.
    pub(crate) fn unstated() -> Self {
        let message = "the test has no `expect`".to_owned();
        Self { detail: message.clone(), message, places: Vec::new() }
    }

    /// The property fails for this reason, with this event.
    pub(crate) fn of_property(message: &str, test: Option<&str>) -> Self {
        let detail = test.map_or_else(|| message.to_owned(), |test| format!("{message}\n{test}"));
        Self { message: message.to_owned(), detail, places: Vec::new() }
    }

    /// The test itself has findings.
    pub(crate) fn unreadable() -> Self {
        let message = "the test cannot be run: see its findings".to_owned();
        Self { detail: message.clone(), message, places: Vec::new() }
    }
}
