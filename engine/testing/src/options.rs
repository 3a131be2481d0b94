//! Which tests run, and what is found out about them.

/// Says whether a test runs.
pub type WantedTest<'o> = Box<dyn Fn(&TestName<'_>) -> bool + 'o>;

/// Which tests run, and what is found out about them.
///
/// ```
/// use mapwright_testing::{TestName, TestOptions};
///
/// let mut options = TestOptions::default();
/// options.wanted = Some(Box::new(|test: &TestName<'_>| test.message == "identify" && test.name.contains("email")));
/// options.updates = true;
/// ```
#[derive(Default)]
#[non_exhaustive]
pub struct TestOptions<'o> {
    /// Whether a test runs; every test by default.
    pub wanted: Option<WantedTest<'o>>,
    /// Whether the findings of failing tests have a fix that makes them expect what was found. False by default: what a mapping does is not
    /// what it should do.
    pub updates: bool,
}

/// A test that may run.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct TestName<'t> {
    /// Its name.
    pub name: &'t str,
    /// Its file, as findings show it.
    pub file: &'t str,
    /// The folder of the version that would run it, among the sources and with a trailing `/`. It may inherit the test.
    pub folder: &'t str,
    /// The mapping that it is about.
    pub message: &'t str,
}

impl TestOptions<'_> {
    pub(crate) fn wants(&self, test: TestName<'_>) -> bool {
        self.wanted.as_ref().is_none_or(|wanted| wanted(&test))
    }
}
