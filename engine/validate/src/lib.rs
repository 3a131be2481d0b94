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
mod comments;
mod config;
mod config_schema;
mod fingerprint;
mod markdown;
mod mend;
mod pages;
mod report;
mod selector;
mod suppress;

use std::collections::HashMap;

use mapwright::{Schemas, Sources, Spec, TestRun};

pub use baseline::Baseline;
pub use config::{CONFIG_FILE, Config, PageRule};
pub use config_schema::config_schema;
pub use mend::{Mended, mend};
pub use pages::{Over, Page};
pub use report::{CheckCounts, Report, Suppressed, Suppression};
pub use selector::{Selector, UnknownRule};

/// What to check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// Whether mapping tests are run and required. The default is true.
    pub tests: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { tests: true }
    }
}

impl Options {
    /// Sets whether mapping tests are run and required.
    pub fn with_tests(self, tests: bool) -> Self {
        Self { tests, ..self }
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
    let (config, invalid) = Config::read(sources);
    findings.extend(mapwright_analyze::analyze(&valid, &config.plans));
    let mut checked = count(sources);
    let plans = valid.compile();
    let schemas = Schemas::new(&plans);
    findings.extend_from_slice(schemas.findings());
    let mut tests = Vec::new();
    if options.tests {
        let run = TestRun::new(&plans, &schemas, sources);
        (checked.tests, checked.cases) = (run.tests, run.cases);
        (checked.inherited_tests, checked.inherited_cases) = (run.inherited_tests, run.inherited_cases);
        findings.extend(run.findings);
        tests = run.results;
    }
    let mut suppressed = suppress::apply(sources, &mut findings, options.tests);
    let paths: HashMap<&str, &str> = sources.iter().map(|(path, _)| (sources.shown(path), path)).collect();
    findings.retain_mut(|finding| {
        let shown = finding.place.path.clone();
        config.level(finding, paths.get(shown.as_str()).unwrap_or(&shown.as_str()))
    });
    findings.extend(invalid);
    findings.sort_by(|a, b| (&a.place, a.rule.id, &a.message).cmp(&(&b.place, b.rule.id, &b.message)));
    let silent = suppressed.iter_mut().map(|suppressed| &mut suppressed.finding);
    fingerprint::mark(findings.iter_mut().chain(silent), sources, &paths);
    Report { findings, suppressed, tests, checked }
}

/// Checks the blocks of YAML of these pages, laid over the other files.
///
/// ```
/// use mapwright::Sources;
/// use mapwright_validate::{Options, Page, validate_pages};
///
/// let page = "`mappings/acme/destination.yaml`\n```yaml\ntitle: Acme\nnmaes: [Acme]\nversions: { default: \"1\" }\n```\n";
/// let sources: Sources = [("docs/acme.md", page)].into_iter().collect();
/// let page = Page { path: "docs/acme.md".into(), over: None };
/// let report = validate_pages(&sources, &[page], &Options::default());
/// assert_eq!(report.findings[0].place.to_string(), "docs/acme.md:4:1");
/// ```
pub fn validate_pages(sources: &Sources, pages: &[Page], options: &Options) -> Report {
    pages::check(sources, pages, &|sources| validate(sources, options))
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
