//! Mutants: mappings with one change each, which the tests beside the mappings should notice.

mod changes;
mod scope;

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;

use serde_json::Value;

use self::changes::{Change, changes};
use self::scope::Scope;
use crate::TestRun;
use crate::schemas::Schemas;
use mapwright_check::{Plans, Spec};
use mapwright_findings::{Finding, Place, Severity, Sources, Texts};
use mapwright_language::yaml::parse;

/// A change of a mapping.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Mutant {
    /// What was changed.
    pub place: Place,
    /// How, in words.
    pub change: String,
}

/// Says whether a place is changed.
pub type Wanted<'s> = Box<dyn Fn(&Place) -> bool + Sync + 's>;

/// Receives the progress of a run.
pub type Told<'s> = Box<dyn Fn(usize, usize) + Sync + 's>;

/// Counts the findings that matter, where the file at this path has this text.
pub type CountFindings<'s> = Box<dyn Fn(&str, &str) -> usize + Sync + 's>;

/// Which mutants are made.
#[derive(Default)]
#[non_exhaustive]
pub struct Selection<'s> {
    /// Whether a place is changed; every place by default.
    pub place: Option<Wanted<'s>>,
    /// The most mutants, spread over all.
    pub sample: Option<usize>,
    /// Counts the findings of a changed file: a change that no test notices does not count where it adds one, as where it makes the mappings
    /// invalid. By default, only errors of the mappings are such findings.
    pub findings: Option<CountFindings<'s>>,
    /// Receives how many mutants are done, of how many.
    pub progress: Option<Told<'s>>,
}

/// What became of the mutants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MutationRun {
    /// Those that no test notices, ordered by position.
    pub survivors: Vec<Mutant>,
    /// The number of those that a test notices.
    pub noticed: usize,
    /// The number of those that the checks find, such as mappings that are not valid: they need no test.
    pub invalid: usize,
}

impl MutationRun {
    /// Changes the mappings of `sources` in one place at a time, and runs the tests until one notices.
    ///
    /// ```
    /// use mapwright_testing::{Mutant, MutationRun, Selection, Wanted};
    ///
    /// let files = [
    ///     ("destination.yaml", "title: Acme\nnames: [Acme]\nversions: { default: \"1\" }\nhosts: [api.example.com]"),
    ///     ("1/version.yaml", "version: \"1\"\nserver: { value: https://api.example.com }\noperations: { send: { method: POST, path: /a } }"),
    ///     ("1/track.yaml", "message: track\nsteps: { send: { operation: send, body: { id: [userId, anonymousId] } } }"),
    ///     ("1/track.test.yaml", "tests: [{ name: an id, event: { type: track, userId: u1 }, expect: { requests: [{ body: { id: u1 } }] } }]"),
    /// ];
    /// let sources = files.into_iter().map(|(path, text)| (format!("mappings/acme/{path}"), text)).collect();
    /// let mut selection = Selection::default();
    /// let of_track: Wanted<'_> = Box::new(|place| place.path.ends_with("track.yaml"));
    /// selection.place = Some(of_track);
    /// let run = MutationRun::new(&sources, &selection).map_err(|findings| format!("{findings:?}"))?;
    /// let changes: Vec<&str> = run.survivors.iter().map(|mutant: &Mutant| mutant.change.as_str()).collect();
    /// assert!(changes.contains(&"without `anonymousId`"), "{changes:?}");
    /// assert!(run.mutants() > 1 && run.score() < Some(1.0));
    /// # Ok::<(), String>(())
    /// ```
    ///
    /// # Errors
    /// Findings of the unchanged mappings: what fails without a change says nothing of one.
    pub fn new(sources: &Sources, selection: &Selection<'_>) -> Result<Self, Vec<Finding>> {
        let subjects = subjects(sources)?;
        let mut jobs: Vec<Job<'_>> = Vec::new();
        for subject in &subjects {
            jobs.extend(subject.changes.iter().map(|(change, place)| Job { subject, change, place }));
        }
        if let Some(wanted) = &selection.place {
            jobs.retain(|job| wanted(job.place));
        }
        if let Some(sample) = selection.sample.filter(|sample| *sample < jobs.len()) {
            let all = jobs.len();
            let mut at = 0;
            jobs.retain(|_| {
                let taken = at * sample / all != (at + 1) * sample / all;
                at += 1;
                taken
            });
        }
        Ok(run(&jobs, selection))
    }

    /// Returns the number of mutants that are valid mappings.
    pub fn mutants(&self) -> usize {
        self.noticed + self.survivors.len()
    }

    /// Returns the share of valid mutants that a test notices, from 0 to 1; `None` if there is none.
    pub fn score(&self) -> Option<f64> {
        match self.mutants() {
            0 => None,
            mutants => Some(self.noticed as f64 / mutants as f64),
        }
    }
}

impl std::ops::AddAssign for MutationRun {
    fn add_assign(&mut self, other: Self) {
        self.survivors.extend(other.survivors);
        self.noticed += other.noticed;
        self.invalid += other.invalid;
    }
}

/// A file whose mutants are made, with all that its tests need.
struct MutatedFile {
    path: String,
    content: Value,
    changes: Vec<(Change, Place)>,
    /// Where it stands, and where it is inherited, if that is more: most changes are noticed in the first.
    settings: Vec<Arc<Setting>>,
    /// How many findings it has without a change, written as changes are.
    findings: OnceLock<usize>,
}

/// What the tests that can notice a change need.
struct Setting {
    sources: Sources,
    /// What the files are without a change, made when the first mutant needs it.
    unchanged: OnceLock<Option<(Plans, Schemas)>>,
}

impl Setting {
    fn of(sources: Sources) -> Self {
        Self { sources, unchanged: OnceLock::new() }
    }

    fn unchanged(&self) -> Option<&(Plans, Schemas)> {
        let compiled = || {
            let plans = Spec::load(&self.sources).check().ok()?.compile();
            let schemas = Schemas::new(&plans);
            Some((plans, schemas))
        };
        self.unchanged.get_or_init(compiled).as_ref()
    }
}

/// A mutant to be made.
struct Job<'s> {
    subject: &'s MutatedFile,
    change: &'s Change,
    place: &'s Place,
}

/// The files that can be changed.
fn subjects(sources: &Sources) -> Result<Vec<MutatedFile>, Vec<Finding>> {
    let plans = checked(sources)?;
    let mut known: BTreeMap<Scope, Arc<Setting>> = BTreeMap::new();
    let mut subjects = Vec::new();
    for (path, text) in sources.iter().filter(|(path, _)| is_mapping(path)) {
        // of files that are laid over each other, none is the whole mapping
        if sources.layers(path).count() > 1 {
            continue;
        }
        let mut texts = Texts::default();
        let Ok(tree) = parse(texts.add(sources.shown(path), text), text) else { continue };
        let (own, all) = (Scope::own(path, sources, &plans), Scope::all(path, sources, &plans));
        let mut scopes = vec![own, all];
        scopes.dedup();
        let setting = |scope: Scope| {
            let make = |scope: &Scope| Arc::new(Setting::of(sources.only(|path| scope.holds(path))));
            known.entry(scope).or_insert_with_key(make).clone()
        };
        let settings = scopes.into_iter().map(setting).collect();
        let changes = changes(&tree).into_iter().map(|change| {
            let place = texts.place(change.span);
            (change, place)
        });
        let (content, changes) = (tree.to_json(), changes.collect());
        let (path, findings) = (path.to_owned(), OnceLock::new());
        subjects.push(MutatedFile { path, content, changes, settings, findings });
    }
    Ok(subjects)
}

fn is_mapping(path: &str) -> bool {
    path.starts_with("mappings/") && path.ends_with(".yaml") && !path.ends_with(".test.yaml")
}

/// Compiles mappings whose tests hold.
fn checked(sources: &Sources) -> Result<Plans, Vec<Finding>> {
    let plans = Spec::load(sources).check().map_err(|found| found.findings)?.compile();
    let schemas = Schemas::new(&plans);
    let run = TestRun::new(&plans, &schemas, sources);
    match run.findings.iter().any(|finding| finding.severity() == Severity::Error) {
        true => Err(run.findings),
        false => Ok(plans),
    }
}

/// What became of a mutant.
enum Fate {
    Invalid,
    Noticed,
    Survived,
}

fn run(jobs: &[Job<'_>], Selection { findings, progress, .. }: &Selection<'_>) -> MutationRun {
    let done = AtomicUsize::new(0);
    let (next, result) = (AtomicUsize::new(0), Mutex::new(MutationRun::default()));
    let work = || {
        let mut own = MutationRun::default();
        while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            match fate(job, findings.as_ref()) {
                Fate::Invalid => own.invalid += 1,
                Fate::Noticed => own.noticed += 1,
                Fate::Survived => {
                    own.survivors.push(Mutant { place: job.place.clone(), change: job.change.text.clone() });
                }
            }
            if let Some(progress) = progress {
                progress(done.fetch_add(1, Ordering::Relaxed) + 1, jobs.len());
            }
        }
        let mut all = result.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        all.invalid += own.invalid;
        all.noticed += own.noticed;
        all.survivors.append(&mut own.survivors);
    };
    thread::scope(|scope| {
        for _ in 1..thread::available_parallelism().map_or(1, NonZero::get) {
            scope.spawn(work);
        }
        work();
    });
    let mut run = result.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    run.survivors.sort();
    run
}

fn fate(Job { subject, change, .. }: &Job<'_>, findings: Option<&CountFindings<'_>>) -> Fate {
    let changed = change.of(&subject.content);
    for setting in &subject.settings {
        let Some((plans, schemas)) = setting.unchanged() else { continue };
        let mut sources = setting.sources.clone();
        sources.insert(subject.path.clone(), changed.clone());
        let Ok(valid) = plans.reload(&sources).check() else { return Fate::Invalid };
        if TestRun::notices(&valid.compile(), schemas, &sources) {
            return Fate::Noticed;
        }
    }
    let is_found = findings.is_some_and(|findings| {
        let before = || findings(&subject.path, &subject.content.to_string());
        findings(&subject.path, &changed) > *subject.findings.get_or_init(before)
    });
    if is_found { Fate::Invalid } else { Fate::Survived }
}
