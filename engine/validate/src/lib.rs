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

mod against;
mod baseline;
mod causes;
mod comments;
mod config;
mod config_schema;
mod fingerprint;
mod groups;
mod markdown;
mod mend;
mod pages;
mod report;
mod selector;
mod suppress;
mod todo;

use std::collections::{HashMap, HashSet};
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use mapwright::{
    Checked, Finding, Schemas, Severity, Sources, Spec, TestOptions, TestResult, TestRun, Valid,
    fixtures_read,
};
use mapwright_findings::Reports;
use mapwright_findings::rules::unusable_version;

pub use against::{breaking_changes, changed_tests};
pub use baseline::Baseline;
pub use config::{CONFIG_FILE, Config, Mentioned, PageRule, Presence};
pub use config_schema::config_schema;
pub use groups::laid_over;
pub use mend::{Mended, mend};
pub use pages::{Over, Page};
use report::sort;
pub use report::{CheckCounts, Report, Suppressed, Suppression, Unusable};
pub use selector::{Selector, UnknownRule};
use suppress::Ran;

use crate::groups::{Group, groups};

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
    Validator { options: *options, known: None, names: Mutex::default() }.validate(sources)
}

/// Checks mappings again and again: of destinations whose files are the same as before, it knows what is found.
#[derive(Debug)]
pub struct Validator {
    options: Options,
    /// What was found, by destinations that belong together; nothing, if they are checked once.
    known: Option<Mutex<HashMap<Group, CachedReport>>>,
    /// What was found in the names of all destinations, and in which files.
    names: Mutex<(Sources, Vec<Finding>)>,
}

/// What was found in files.
#[derive(Debug)]
struct CachedReport {
    sources: Sources,
    /// The configuration, with what it names.
    config: String,
    report: Report,
}

impl Validator {
    /// Creates one that knows nothing yet.
    pub fn new(options: Options) -> Self {
        Self { options, known: Some(Mutex::default()), names: Mutex::default() }
    }

    /// Checks mappings like [`validate`].
    pub fn validate(&self, sources: &Sources) -> Report {
        let (config, mut invalid) = Config::read(sources);
        let names = match sources.destinations().nth(1) {
            Some(_) => self.ambiguous_names(sources),
            None => Vec::new(),
        };
        let groups = groups(sources);
        let state = format!(
            "{:?}
{:?}
{names:?}",
            sources.get(CONFIG_FILE),
            config.plans
        );
        let next = AtomicUsize::new(0);
        let work = || {
            let mut found = Vec::new();
            while let Some((at, (group, sources))) =
                Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|at| Some((at, groups.get(at)?)))
            {
                found.push((at, self.report(group, sources, &config, &state, &names)));
            }
            found
        };
        let others =
            thread::available_parallelism().map_or(1, NonZero::get).min(groups.len()).saturating_sub(1);
        let mut found = thread::scope(|scope| {
            let others: Vec<_> = (0..others).map(|_| scope.spawn(work)).collect();
            let mut found = work();
            found.extend(others.into_iter().filter_map(|other| other.join().ok()).flatten());
            found
        });
        found.sort_by_key(|(at, _)| *at);
        let mut report = Report::default();
        for (_, found) in found {
            report.findings.extend(found.findings);
            report.suppressed.extend(found.suppressed);
            report.tests.extend(found.tests);
            report.skipped.extend(found.skipped);
            report.fixtures.extend(found.fixtures);
            report.checked += found.checked;
            report.unusable.extend(found.unusable);
            if let Some(found) = found.coverage {
                report.coverage.get_or_insert_default().points.extend(found.points);
            }
        }
        mark_config(&mut invalid, sources);
        report.findings.extend(invalid);
        sort(&mut report.findings);
        report.tell_unusable();
        report
    }

    /// The names of destinations that stand for two of them.
    fn ambiguous_names(&self, sources: &Sources) -> Vec<Finding> {
        let destinations = sources.only(|path| path.ends_with("/destination.yaml"));
        let known = self.names.lock();
        if let Ok(known) = &known
            && known.0 == destinations
        {
            return known.1.clone();
        }
        let found = match Spec::load(&destinations).check() {
            Ok(valid) => mapwright_analyze::ambiguous_names(&valid),
            Err(found) => mapwright_analyze::ambiguous_names(&found.partial),
        };
        if let Ok(mut known) = known {
            *known = (destinations, found.clone());
        }
        found
    }

    /// What is found in destinations that belong together, if they are not as they were when it was found last.
    fn report(
        &self,
        group: &Group,
        sources: &Sources,
        config: &Config,
        state: &str,
        names: &[Finding],
    ) -> Report {
        let check = || check(sources, config, names, &self.options);
        let Some(known) = &self.known else { return check() };
        let same = |all: &HashMap<Group, CachedReport>| {
            let known = all.get(group)?;
            (known.config == state && known.sources == *sources).then(|| known.report.clone())
        };
        if let Some(report) = known.lock().ok().and_then(|all| same(&all)) {
            return report;
        }
        let report = check();
        if let Ok(mut all) = known.lock() {
            let known =
                CachedReport { sources: sources.clone(), config: state.to_owned(), report: report.clone() };
            all.insert(group.clone(), known);
        }
        report
    }
}

/// Checks mappings as a whole. `names` is what was found in the names of all destinations.
fn check(sources: &Sources, config: &Config, names: &[Finding], options: &Options) -> Report {
    let (mut findings, valid) = match Spec::load(sources).check() {
        Ok(valid) => (valid.warnings().to_vec(), valid),
        Err(found) => (found.findings, found.partial),
    };
    findings.extend(mapwright_analyze::analyze(&valid, &config.plans));
    let paths: HashMap<&str, &str> = sources.iter().map(|(path, _)| (sources.shown(path), path)).collect();
    let is_here = |finding: &&Finding| paths.contains_key(finding.place.path.as_str());
    let names: Vec<Finding> =
        names.iter().filter(is_here).filter(|finding| !findings.contains(finding)).cloned().collect();
    findings.extend(names);
    findings.extend(todo::find(sources));
    let mut checked = count(sources);
    let unusable = unusable(&valid, sources);
    let plans = valid.compile();
    let schemas = Schemas::new(&plans);
    findings.extend_from_slice(schemas.findings());
    let (mut tests, mut skipped, mut coverage) = (Vec::new(), Vec::new(), None);
    if options.tests {
        let run = match options.coverage {
            true => TestRun::counted(&plans, &schemas, sources),
            false => TestRun::new(&plans, &schemas, sources),
        };
        (checked.tests, checked.cases) = (run.tests, run.cases);
        (checked.inherited_tests, checked.inherited_cases) = (run.inherited_tests, run.inherited_cases);
        findings.extend(run.findings);
        (tests, skipped, coverage) = (run.results, run.skipped, run.coverage);
    }
    let ran = if options.tests { Ran::All } else { Ran::AllButTests };
    let fixtures = fixtures_read(&plans, sources);
    Report {
        skipped,
        coverage,
        fixtures,
        unusable,
        ..finished(sources, config, findings, tests, checked, ran)
    }
}

/// Runs mapping tests, and says only what is about them: what keeps them from running, and which of them fail.
pub fn run_tests(sources: &Sources, options: &TestOptions<'_>) -> Report {
    let (config, mut invalid) = Config::read(sources);
    let (mut findings, valid) = match Spec::load(sources).check() {
        Ok(valid) => (Vec::new(), valid),
        Err(found) => (found.findings, found.partial),
    };
    let unusable = unusable(&valid, sources);
    let plans = valid.compile();
    let schemas = Schemas::new(&plans);
    findings.extend_from_slice(schemas.findings());
    findings.retain(|finding| finding.severity() == Severity::Error);
    let run = TestRun::with(&plans, &schemas, sources, options);
    // that a mapping has none is not about one of them
    findings.extend(run.findings.into_iter().filter(|finding| finding.rule.id != "untested-mapping"));
    let checked = CheckCounts {
        tests: run.tests,
        cases: run.cases,
        inherited_tests: run.inherited_tests,
        inherited_cases: run.inherited_cases,
        ..count(sources)
    };
    let mut report = finished(sources, &config, findings, run.results, checked, Ran::OnlyTests);
    report.findings.retain(|finding| !finding.rule.id.ends_with("-suppression"));
    mark_config(&mut invalid, sources);
    report.findings.extend(invalid);
    sort(&mut report.findings);
    report.skipped = run.skipped;
    report.unusable = unusable;
    report.tell_unusable();
    if !options.updates {
        report.one_per_cause();
    }
    report
}

/// The versions that cannot be used because of errors, each as a finding.
fn unusable(valid: &Valid<Checked>, sources: &Sources) -> Vec<Unusable> {
    let mut reports = Reports::default();
    let usable: HashSet<_> = valid.versions().map(|(_, version)| std::ptr::from_ref(version)).collect();
    for destination in &valid.catalog().destinations {
        for version in &destination.versions {
            if !usable.contains(&std::ptr::from_ref(version)) {
                unusable_version::report(
                    &mut reports,
                    version.node.span,
                    &destination.name,
                    &version.number.0,
                );
            }
        }
    }
    let mut findings = reports.into_findings(&valid.catalog().texts);
    let paths: HashMap<&str, &str> = sources.iter().map(|(path, _)| (sources.shown(path), path)).collect();
    fingerprint::mark(findings.iter_mut(), sources, &paths);
    let files: Arc<HashSet<String>> = Arc::new(if findings.is_empty() {
        HashSet::new()
    } else {
        paths.keys().map(|path| (*path).to_owned()).collect()
    });
    findings.into_iter().map(|finding| Unusable { finding, files: files.clone() }).collect()
}

/// Looks only at what the files say and at the names in them, which takes a part of the time that everything takes. What is known of values, of bodies and of events is left out, and
/// so are tests.
///
/// ```
/// use mapwright::Sources;
/// use mapwright_validate::check_names;
///
/// let mut sources = Sources::new();
/// sources.insert("mappings/acme/destination.yaml", "title: Acme\nnmaes: [Acme]\nversions: { default: \"1\" }\n");
/// let report = check_names(&sources);
/// assert!(report.findings.iter().any(|finding| finding.rule.id == "unknown-key"));
/// ```
pub fn check_names(sources: &Sources) -> Report {
    let (config, _) = Config::read(sources);
    let findings = match Spec::load(sources).check() {
        Ok(valid) => valid.warnings().to_vec(),
        Err(found) => found.findings,
    };
    let mut report = finished(sources, &config, findings, Vec::new(), count(sources), Ran::OnlyTests);
    report.findings.retain(|finding| !finding.rule.id.ends_with("-suppression"));
    report
}

/// Returns the files of a destination and of those that belong together with it: those that it extends, and those that extend it.
///
/// ```
/// use mapwright::Sources;
/// use mapwright_validate::together;
///
/// let files = [("base", "title: Base"), ("heir", "extends: base"), ("other", "title: Other")];
/// let files = files.map(|(name, text)| (format!("mappings/{name}/destination.yaml"), text));
/// let part = together(&files.into_iter().collect::<Sources>(), "heir");
/// assert_eq!(part.destinations().collect::<Vec<_>>(), ["base", "heir"]);
/// ```
pub fn together(sources: &Sources, destination: &str) -> Sources {
    let found = groups(sources).into_iter().find(|(group, _)| group.contains(destination));
    found.map(|(_, part)| part).unwrap_or_default()
}

/// Applies what files say of findings: comments that allow them, and levels.
fn finished(
    sources: &Sources,
    config: &Config,
    mut findings: Vec<Finding>,
    tests: Vec<TestResult>,
    checked: CheckCounts,
    ran: Ran,
) -> Report {
    let mut suppressed = suppress::apply(sources, &mut findings, ran);
    let paths: HashMap<&str, &str> = sources.iter().map(|(path, _)| (sources.shown(path), path)).collect();
    findings.retain_mut(|finding| {
        let shown = finding.place.path.clone();
        config.level(finding, paths.get(shown.as_str()).unwrap_or(&shown.as_str()))
    });
    sort(&mut findings);
    let silent = suppressed.iter_mut().map(|suppressed| &mut suppressed.finding);
    fingerprint::mark(findings.iter_mut().chain(silent), sources, &paths);
    Report { findings, suppressed, tests, checked, ..Report::default() }
}

/// Gives the findings of the configuration their fingerprints.
fn mark_config(invalid: &mut [Finding], sources: &Sources) {
    let paths = HashMap::from([(sources.shown(CONFIG_FILE), CONFIG_FILE)]);
    fingerprint::mark(invalid.iter_mut(), sources, &paths);
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
