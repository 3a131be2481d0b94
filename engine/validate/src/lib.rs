//! Checks mappings, runs their tests, and collects the findings.
//!
//! ```
//! use mapwright::Sources;
//! use mapwright_validate::{Options, validate};
//!
//! let mut sources = Sources::new();
//! sources.insert("mappings/acme/destination.yaml", "title: Acme\nnmaes: [Acme]\nversions: { default: \"1\" }\n");
//! let report = validate(&sources, &Options::default());
//! assert!(report.fails(false));
//! let help: Vec<&str> = report.findings.iter().filter_map(|finding| finding.help.as_deref()).collect();
//! assert!(help.contains(&"did you mean `names`?"));
//! ```

mod baseline;
mod config;
mod fingerprint;
mod mend;
mod report;
mod selector;
mod suppress;

use std::collections::HashMap;

use mapwright::{Finding, Schemas, Severity, Sources, Spec, TestOptions, TestResult, TestRun};

pub use baseline::Baseline;
pub use config::{CONFIG_FILE, Config};
pub use mend::{Mended, mend};
pub use report::{CheckCounts, Report, Suppressed, Suppression};
pub use selector::{Selector, UnknownRule};
use suppress::Ran;

/// What to check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// Whether mapping tests are run and required. The default is true.
    pub tests: bool,
    /// Whether it is counted what the tests reach. The default is false.
    pub coverage: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { tests: true, coverage: false }
    }
}

impl Options {
    /// Sets whether mapping tests are run and required.
    pub fn with_tests(self, tests: bool) -> Self {
        Self { tests, ..self }
    }

    /// Sets whether it is counted what the tests reach.
    pub fn with_coverage(self, coverage: bool) -> Self {
        Self { coverage, ..self }
    }
}

/// Loads, checks and compiles mappings, and runs the tests of those that have no errors.
///
/// Comments in the files can allow findings, and a [`CONFIG_FILE`] among the sources gives rules other severities.
pub fn validate(sources: &Sources, options: &Options) -> Report {
    let (mut findings, valid) = match Spec::load(sources).check() {
        Ok(valid) => (valid.warnings().to_vec(), valid),
        Err(found) => (found.findings, found.partial),
    };
    findings.extend(mapwright_analyze::analyze(&valid));
    let mut checked = count(sources);
    let plans = valid.compile();
    let schemas = Schemas::new(&plans);
    findings.extend_from_slice(schemas.findings());
    let (mut tests, mut coverage) = (Vec::new(), None);
    if options.tests {
        let run = match options.coverage {
            true => TestRun::counted(&plans, &schemas, sources),
            false => TestRun::new(&plans, &schemas, sources),
        };
        (checked.tests, checked.cases) = (run.tests, run.cases);
        (checked.inherited_tests, checked.inherited_cases) = (run.inherited_tests, run.inherited_cases);
        findings.extend(run.findings);
        (tests, coverage) = (run.results, run.coverage);
    }
    let ran = if options.tests { Ran::All } else { Ran::AllButTests };
    Report { coverage, ..finished(sources, findings, tests, checked, ran) }
}

/// Runs mapping tests, and says only what is about them: what keeps them from running, and which of them fail.
pub fn run_tests(sources: &Sources, options: &TestOptions<'_>) -> Report {
    let (mut findings, valid) = match Spec::load(sources).check() {
        Ok(valid) => (Vec::new(), valid),
        Err(found) => (found.findings, found.partial),
    };
    let plans = valid.compile();
    let schemas = Schemas::new(&plans);
    findings.extend_from_slice(schemas.findings());
    findings.retain(|finding| finding.severity() == Severity::Error);
    let run = TestRun::with(&plans, &schemas, sources, options);
    findings.extend(run.findings);
    let checked = CheckCounts {
        tests: run.tests,
        cases: run.cases,
        inherited_tests: run.inherited_tests,
        inherited_cases: run.inherited_cases,
        ..count(sources)
    };
    finished(sources, findings, run.results, checked, Ran::OnlyTests)
}

/// Applies what files say of findings: comments that allow them, and levels.
fn finished(
    sources: &Sources,
    mut findings: Vec<Finding>,
    tests: Vec<TestResult>,
    checked: CheckCounts,
    ran: Ran,
) -> Report {
    let mut suppressed = suppress::apply(sources, &mut findings, ran);
    let (config, invalid) = Config::read(sources);
    let paths: HashMap<&str, &str> = sources.iter().map(|(path, _)| (sources.shown(path), path)).collect();
    findings.retain_mut(|finding| {
        let shown = finding.place.path.clone();
        config.level(finding, paths.get(shown.as_str()).unwrap_or(&shown.as_str()))
    });
    findings.extend(invalid);
    findings.sort_by(|a, b| (&a.place, a.rule.id, &a.message).cmp(&(&b.place, b.rule.id, &b.message)));
    let silent = suppressed.iter_mut().map(|suppressed| &mut suppressed.finding);
    fingerprint::mark(findings.iter_mut().chain(silent), sources, &paths);
    Report { findings, suppressed, tests, coverage: None, checked }
}

impl Report {
    /// Keeps the findings that are wanted.
    pub fn keep(&mut self, wanted: impl Fn(&Finding) -> bool) {
        self.findings.retain(|finding| wanted(finding));
    }
}

fn count(sources: &Sources) -> CheckCounts {
    let mut checked = CheckCounts::default();
    for (path, _) in
        sources.iter().filter(|(path, _)| path.starts_with("mappings/") && path.ends_with(".yaml"))
    {
        checked.files += 1;
        let mut parts = path.split('/').skip(2);
        let of_version = parts.next().is_some_and(|version| !version.ends_with(".yaml"));
        let file = parts.next().filter(|_| of_version && parts.next().is_none());
        let message = file.is_some_and(|file| file != "version.yaml" && !file.ends_with(".test.yaml"));
        checked.mappings += usize::from(message);
    }
    checked
}
