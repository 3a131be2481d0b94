//! Runs the tests beside the mappings.
//!
//! A test file is read into scripts, each case is played through the engine as a caller would do, and the result is
//! compared with the expectation.

mod compare;
mod diff;
mod limits;
mod play;
mod schemas;
mod script;
mod size;
mod violation;

use std::collections::HashSet;

use mapwright_check::Plans;
use mapwright_findings::rules::failing_test::{CaseName, Difference};
use mapwright_findings::rules::{failing_test, schema_violation, untested_mapping};
use mapwright_plan::mapper::Plan;

use crate::play::Played;
pub use crate::schemas::Schemas;
use crate::script::{Around, Case, Room, Script};
use mapwright_findings::{Finding, Reports};
use mapwright_findings::{Sources, Span, Texts};
use mapwright_language::catalog::{Mapping, TestFile, Version};
use mapwright_plan::mapper::Scratch;
use mapwright_plan::redact::Redactor;

/// The result of the tests of all mappings.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct TestRun {
    /// Failing tests, requests that violate their schema, and mappings without tests, ordered by position.
    pub findings: Vec<Finding>,
    /// The number of tests.
    pub tests: usize,
    /// The number of events: a test has one event, or one per case.
    pub cases: usize,
}

impl TestRun {
    /// Runs the tests of all compiled mappings. `sources` are the loaded files; a test may read its event from one of them.
    ///
    /// The schemas of a version that extends another may conflict with inherited mappings. So this version also maps the events of inherited tests,
    /// and all possible requests are validated against its schemas. The expectations of these tests are not checked, since the version may change them.
    pub fn new(plans: &Plans, schemas: &Schemas, sources: &Sources) -> Self {
        let catalog = plans.catalog();
        let mut session = Session {
            sources,
            schemas,
            texts: &catalog.texts,
            reports: Reports::default(),
            refused: HashSet::new(),
            tests: 0,
            cases: 0,
        };
        for destination in &catalog.destinations {
            // those that are extended first, so that an error of a version is not reported for the versions that extend it
            let mut versions: Vec<&Version> = destination.versions.iter().collect();
            versions.sort_by_key(|version| version.bases.len());
            for version in versions {
                let plan = plans.versions(&destination.name).find(|plan| plan.version() == version.number.0);
                for mapping in &version.mappings {
                    session.mapping(mapping, plan);
                }
                if let Some(plan) = plan {
                    session.inherited(version, plan);
                }
            }
        }
        let Session { reports, tests, cases, .. } = session;
        TestRun { findings: reports.into_findings(&catalog.texts), tests, cases }
    }
}

struct Session<'s> {
    sources: &'s Sources,
    schemas: &'s Schemas,
    texts: &'s Texts,
    reports: Reports,
    /// The violations so far: the mapping line, and the position in the schema, for any version.
    refused: HashSet<(Span, String)>,
    tests: usize,
    cases: usize,
}

impl<'s> Session<'s> {
    /// Runs the tests of one mapping. There is a plan if the version has no errors.
    fn mapping(&mut self, mapping: &Mapping, plan: Option<&Plan>) {
        let path = format!("{}{}.test.yaml", mapping.folder, mapping.message);
        match &mapping.tests {
            Some(file) if file.spec.tests.is_empty() => {
                untested_mapping::report_empty(&mut self.reports, file.spec.span, &mapping.message);
            }
            Some(file) => {
                if let Some(plan) = plan {
                    self.file(file, plan);
                }
            }
            // a test file that cannot be read has its own finding
            None if mapping.own && self.sources.get(&path).is_none() => {
                let span = match mapping.spec.message.span {
                    message if message.file == mapping.node.span.file => message,
                    _ => mapping.node.span,
                };
                untested_mapping::report(&mut self.reports, span, &mapping.message);
            }
            None => {}
        }
    }

    fn file(&mut self, file: &TestFile, plan: &Plan) {
        let around = Around {
            settings: plan.as_ref().setting_names().into_iter().collect(),
            sources: self.sources,
            folder: &file.folder,
        };
        let mut room = Room::default();
        for test in &file.spec.tests {
            self.tests += 1;
            if let Some(script) = script::read(&file.spec, test, &around, &mut room, &mut self.reports) {
                self.script(&script, plan);
            }
        }
    }

    /// Plays all cases of a test. Cases with the same failure are one finding.
    fn script(&mut self, script: &Script<'_>, plan: &Plan) {
        let bound = plan.bind(&script.settings).map(|mapper| mapper.for_commands());
        let mut scratch = Scratch::new();
        let mut failures: Vec<(Vec<Difference>, Vec<&CaseName>)> = Vec::new();
        for case in &script.cases {
            self.cases += 1;
            let event = script.event(case);
            let played = match &bound {
                Ok(mapper) => play::play(mapper, script, &event, &mut scratch),
                Err(problems) => Played::unusable_settings(problems, script),
            };
            self.check_bodies(script, case, &played);
            let mut differences = compare::compare(case.expect, &played, self.texts);
            if let Ok(mapper) = &bound {
                differences.iter_mut().for_each(|difference| redact(difference, mapper.redactor()));
            }
            match failures.iter_mut().find(|(known, _)| *known == differences) {
                Some((_, cases)) => cases.extend(&case.name),
                None => failures.push((differences, case.name.iter().collect())),
            }
        }
        for (differences, cases) in failures {
            failing_test::report(&mut self.reports, script.name, &cases, differences);
        }
    }

    /// Validates the actual bodies, and expected bodies that differ from them.
    fn check_bodies(&mut self, script: &Script<'_>, case: &Case<'_>, played: &Played<'_>) {
        let schemas = self.schemas;
        let expected = case.expect.requests.as_ref().map(|list| list.value.as_slice()).unwrap_or_default();
        for (at, request) in played.requests.iter().enumerate() {
            for refusal in played.refusals(request, schemas) {
                schema_violation::report(&mut self.reports, &refusal, script.name.span);
                self.refused.insert((refusal.span, refusal.pointer));
            }
            let Some(body) = expected.get(at).and_then(|expected| expected.body.as_ref()) else { continue };
            if !compare::equal(body, request) {
                for refusal in played.refusals_of(request, body, schemas) {
                    schema_violation::report_expected(&mut self.reports, &refusal);
                }
            }
        }
    }

    /// Replays inherited tests, except those that the version overrides by name.
    fn inherited(&mut self, version: &'s Version, plan: &Plan) {
        let Some(extends) = version.heir().map(|heir| heir.extends) else { return };
        for mapping in &version.mappings {
            let mut known: HashSet<&str> = mapping.tests.iter().flat_map(|file| names(file)).collect();
            for file in &mapping.inherited_tests {
                let settings = plan.as_ref().setting_names().into_iter().collect();
                let around = Around { settings, sources: self.sources, folder: &file.folder };
                let mut room = Room::default();
                for test in file.spec.tests.iter().filter(|test| !known.contains(test.name.value.as_str())) {
                    // errors of the test itself are reported for the version that defines it
                    let mut reports = Reports::default();
                    if let Some(script) = script::read(&file.spec, test, &around, &mut room, &mut reports) {
                        self.replay(script, version, plan, extends);
                    }
                }
                known.extend(names(file));
            }
        }
    }

    /// Validates all possible requests of an inherited test's events. Its responses are not used, since the version may make other requests.
    fn replay(&mut self, script: Script<'_>, version: &'s Version, plan: &Plan, extends: Span) {
        let script = Script { responses: None, ..script };
        let Ok(mapper) = plan.bind(&script.settings).map(|mapper| mapper.for_commands()) else { return };
        let schemas = self.schemas;
        let mut scratch = Scratch::new();
        for case in &script.cases {
            let event = script.event(case);
            let played = play::play(&mapper, &script, &event, &mut scratch);
            for refusal in played.requests.iter().flat_map(|request| played.refusals(request, schemas)) {
                if self.refused.insert((refusal.span, refusal.pointer.clone())) {
                    let (test, version) = (script.name.span, version.number.0.as_str());
                    schema_violation::report_inherited(&mut self.reports, &refusal, test, version, extends);
                }
            }
        }
    }
}

/// Redacts the secrets of the test's settings.
fn redact(difference: &mut Difference, redactor: &Redactor) {
    redactor.redact_in(&mut difference.message);
    difference.diff.iter_mut().for_each(|diff| redactor.redact_in(diff));
}

/// Returns the names of the tests of a file.
fn names(file: &TestFile) -> impl Iterator<Item = &str> {
    file.spec.tests.iter().map(|test| test.name.value.as_str())
}
