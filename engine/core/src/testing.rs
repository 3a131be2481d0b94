//! The tests beside the mappings.
//!
//! A test file is read into [scripts](script), each case is [played](play) through the engine as a caller would, and what came is
//! [compared](compare) with what was expected.

mod compare;
mod diff;
mod play;
mod script;

use std::sync::Arc;

use crate::check::rules::failing_test::{CaseName, Difference};
use crate::check::rules::{failing_test, schema_violation, untested_mapping};
use crate::compile::{Plan, Plans};
use crate::finding::{Finding, Reports};
use crate::load::catalog::Mapping;
use crate::mapper::Scratch;
use crate::source::{Sources, Texts};
use crate::spec::TestFileSpec;
use crate::testing::play::Played;
use crate::testing::script::{Around, Case, Script};

/// What the tests of all mappings found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TestRun {
    /// Tests that fail, requests that break their schema, and mappings without tests; by place.
    pub findings: Vec<Finding>,
    /// How many tests were run.
    pub tests: usize,
    /// How many events they sent through the engine: a test has one, or one for each of its cases.
    pub cases: usize,
}

impl Plans {
    /// Runs the tests of all compiled mappings. `sources` are the files that were loaded; a test may take its event from one of them.
    pub fn run_tests(&self, sources: &Sources) -> TestRun {
        let catalog = Arc::clone(&self.inner.catalog);
        let mut session =
            Session { sources, texts: &catalog.texts, reports: Reports::default(), tests: 0, cases: 0 };
        for destination in &catalog.destinations {
            for version in &destination.versions {
                let plan = self.versions(&destination.name).find(|plan| plan.version() == version.number.0);
                for mapping in &version.mappings {
                    session.mapping(mapping, plan);
                }
            }
        }
        let Session { reports, tests, cases, .. } = session;
        TestRun { findings: reports.into_findings(&catalog.texts), tests, cases }
    }
}

struct Session<'s> {
    sources: &'s Sources,
    texts: &'s Texts,
    reports: Reports,
    tests: usize,
    cases: usize,
}

impl Session<'_> {
    /// The tests of one mapping; it has a plan if its version has no errors.
    fn mapping(&mut self, mapping: &Mapping, plan: Option<&Plan>) {
        let path = format!("{}{}.test.yaml", mapping.folder, mapping.message);
        match &mapping.tests {
            Some(file) if file.tests.is_empty() => {
                untested_mapping::report(&mut self.reports, file.span, &mapping.message);
            }
            Some(file) => {
                if let Some(plan) = plan {
                    self.file(file, &mapping.folder, plan);
                }
            }
            // a test file that is there and cannot be read has a finding of its own
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

    fn file(&mut self, file: &TestFileSpec, folder: &str, plan: &Plan) {
        let around = Around { settings: plan.inner.setting_names(), sources: self.sources, folder };
        for test in &file.tests {
            self.tests += 1;
            if let Some(script) = script::read(file, test, &around, &mut self.reports) {
                self.script(&script, plan);
            }
        }
    }

    /// Plays all cases of a test; those that fail in the same way are one finding.
    fn script(&mut self, script: &Script<'_>, plan: &Plan) {
        let bound = plan.bind(&script.settings).map(|mapper| mapper.for_commands());
        let mut scratch = Scratch::new();
        let mut failures: Vec<(Vec<Difference>, Vec<&CaseName>)> = Vec::new();
        for case in &script.cases {
            self.cases += 1;
            let played = match &bound {
                Ok(mapper) => play::play(mapper, script, &case.event, &mut scratch),
                Err(problems) => Played::unusable_settings(problems, script),
            };
            self.check_bodies(script, case, &played);
            let differences = compare::compare(case.expect, &played, self.texts);
            match failures.iter_mut().find(|(known, _)| *known == differences) {
                Some((_, cases)) => cases.extend(&case.name),
                None => failures.push((differences, case.name.iter().collect())),
            }
        }
        for (differences, cases) in failures {
            failing_test::report(&mut self.reports, script.name, &cases, differences);
        }
    }

    /// What schemas refuse in the bodies that were made, and in those that are expected instead.
    fn check_bodies(&mut self, script: &Script<'_>, case: &Case<'_>, played: &Played<'_>) {
        let expected = case.expect.requests.as_ref().map(|list| list.value.as_slice()).unwrap_or_default();
        for (at, request) in played.requests.iter().enumerate() {
            for refusal in played.refusals(request) {
                schema_violation::report(&mut self.reports, &refusal, script.name.span);
            }
            let Some(body) = expected.get(at).and_then(|expected| expected.body.as_ref()) else { continue };
            if !compare::equal(body, request) {
                for refusal in played.refusals_of(request, body) {
                    schema_violation::report_expected(&mut self.reports, &refusal);
                }
            }
        }
    }
}
