//! Runs the tests beside the mappings.
//!
//! A test file is read into scripts, each case is played through the engine as a caller would do, and the result is
//! compared with the expectation.

mod answers;
mod compare;
mod coverage;
mod diff;
mod fixtures;
mod limits;
mod mutants;
mod options;
mod play;
mod property;
mod redact;
mod result;
mod schemas;
mod script;
mod sent;
mod size;
mod skipped;
mod stated;
mod together;
mod unusable;
mod update;
mod violation;

use std::collections::HashSet;

use mapwright_check::Plans;
use mapwright_findings::rules::failing_test::{BrokenProperty, CaseName, Difference, Updated};
use mapwright_findings::rules::{failing_test, invalid_value, schema_violation, untested_mapping};
use mapwright_plan::mapper::{Mapper, Plan};
use mapwright_plan::settings::SettingsError;
use serde_json::Value;

use crate::answers::Answers;
use crate::compare::Subject;
use crate::coverage::Counter;
pub use crate::coverage::{Coverage, CoveredPoint, PointKind};
pub use crate::fixtures::fixtures_read;
use crate::limits::{Room, TEST_PROPERTIES};
pub use crate::mutants::{CountFindings, Mutant, MutationRun, Selection, Told, Wanted};
pub use crate::options::{TestName, TestOptions, WantedTest};
use crate::play::Played;
use crate::property::Generator;
pub use crate::result::{TestFailure, TestResult};
pub use crate::schemas::Schemas;
use crate::script::{Case, Script, TestScope};
use crate::stated::Stated;
use crate::together::play_together;
use crate::update::{OwnFile, Updating};
pub use crate::update::{added_test, test_names};
pub use crate::violation::Violation;
use mapwright_findings::{At, Finding, Reports, Sources, Span, Texts};
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
    /// The number of tests that versions inherit, each counted for every version that runs it.
    pub inherited_tests: usize,
    /// The number of their events.
    pub inherited_cases: usize,
    /// What became of each test, in the order in which they ran.
    pub results: Vec<TestResult>,
    /// The tests that did not run, since their versions have errors.
    pub skipped: Vec<TestResult>,
    /// What the tests have reached, if that was counted.
    pub coverage: Option<Coverage>,
}

impl TestRun {
    /// Runs the tests of all compiled mappings. `sources` are the loaded files; a test may read its event from one of them.
    ///
    /// A version that extends another runs the tests that it inherits too, except those that it states itself. It also maps their events without
    /// the responses, and all possible requests are validated against its schemas.
    pub fn new(plans: &Plans, schemas: &Schemas, sources: &Sources) -> Self {
        Self::with(plans, schemas, sources, &TestOptions::default())
    }

    /// Runs some of the tests.
    ///
    /// ```
    /// # let files: mapwright_findings::Sources = [
    /// #     ("mappings/acme/destination.yaml", "{ title: Acme, names: [Acme], versions: { default: '1' }, hosts: [api.example.com] }"),
    /// #     ("mappings/acme/1/version.yaml", "{ version: '1', server: { value: https://api.example.com }, operations: { save: { method: POST, path: /people } } }"),
    /// #     ("mappings/acme/1/identify.yaml", "{ message: identify, steps: { save: { operation: save, body: { id: userId } } } }"),
    /// #     ("mappings/acme/1/identify.test.yaml", "tests:
    /// # - { name: known, event: { type: identify, userId: u1 }, expect: { requests: [{ body: { id: u1 } }] } }
    /// # - { name: unknown, event: { type: identify }, expect: { requests: [{ body: {} }] } }"),
    /// # ].into_iter().collect();
    /// use mapwright_check::Spec;
    /// use mapwright_testing::{Schemas, TestOptions, TestRun};
    ///
    /// let plans = Spec::load(&files).check()?.compile();
    /// let mut options = TestOptions::default();
    /// options.wanted = Some(Box::new(|test| test.name == "known"));
    /// let run = TestRun::with(&plans, &Schemas::new(&plans), &files, &options);
    /// assert_eq!((run.tests, run.findings.len()), (1, 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with(plans: &Plans, schemas: &Schemas, sources: &Sources, options: &TestOptions<'_>) -> Self {
        let mut session = Session::new(plans, schemas, sources, options);
        session.all(plans);
        TestRun { skipped: skipped::skipped(plans, sources, options), ..session.ended() }
    }

    /// Creates the same, and counts what the tests reach of the mappings.
    pub fn counted(plans: &Plans, schemas: &Schemas, sources: &Sources) -> Self {
        let counter = Counter::new(plans);
        let options = TestOptions::default();
        let mut session =
            Session { counter: Some(counter), ..Session::new(plans, schemas, sources, &options) };
        session.all(plans);
        TestRun { skipped: skipped::skipped(plans, sources, &options), ..session.ended() }
    }

    /// Runs the tests until one fails, and returns whether one has.
    fn notices(plans: &Plans, schemas: &Schemas, sources: &Sources) -> bool {
        let options = TestOptions::default();
        let mut session = Session::new(plans, schemas, sources, &options);
        session.stops = true;
        session.all(plans);
        session.has_errors()
    }
}

impl<'s> Session<'s> {
    fn new(
        plans: &'s Plans,
        schemas: &'s Schemas,
        sources: &'s Sources,
        options: &'s TestOptions<'s>,
    ) -> Self {
        Session {
            options,
            files: update::Files::default(),
            sources,
            plans,
            schemas,
            answers: Answers::default(),
            texts: &plans.catalog().texts,
            reports: Reports::default(),
            refused: HashSet::new(),
            rows: HashSet::new(),
            violations: violation::Violations::default(),
            failed: HashSet::new(),
            stops: false,
            counter: None,
            run: TestRun::default(),
        }
    }

    fn ended(self) -> TestRun {
        let Session { texts, mut reports, violations, counter, run, .. } = self;
        violations.report(&mut reports);
        let coverage = counter.map(|counter| counter.coverage(texts));
        TestRun { findings: reports.into_findings(texts), coverage, ..run }
    }

    /// Settings bound to a version, which counts what its tests reach if that is wanted.
    fn bound(&self, plan: &Plan, settings: &Value, source: Option<&str>) -> Result<Mapper, SettingsError> {
        let bound = match self.counter.as_ref().and_then(|counter| counter.tally(plan)) {
            Some(tally) => plan.bind_counted(settings, tally),
            None => plan.bind(settings),
        };
        let mapper = bound?.for_commands();
        // that there is one of this name is known
        Ok(source.and_then(|source| mapper.with_source(source).ok()).unwrap_or(mapper))
    }

    /// Whether an error was found, and no other matters.
    fn stopped(&self) -> bool {
        self.stops && self.has_errors()
    }

    fn has_errors(&self) -> bool {
        self.reports.errors() > 0 || !self.violations.is_empty()
    }

    /// Runs the tests of all versions.
    fn all(&mut self, plans: &'s Plans) {
        let catalog = plans.catalog();
        // those that are extended come first, so that an error of a version is not reported for the versions that extend it
        let mut versions: Vec<(&Version, Option<&Plan>)> = Vec::new();
        for destination in &catalog.destinations {
            versions.extend(destination.versions.iter().map(|version| {
                let mut plans = plans.versions(&destination.name);
                (version, plans.find(|plan| plan.version() == version.number.0))
            }));
        }
        versions.sort_by_key(|(version, _)| version.bases.len());
        for (version, plan) in &versions {
            version.mappings.iter().for_each(|mapping| self.mapping(mapping, *plan));
        }
        for (version, plan) in &versions {
            if let Some(plan) = plan {
                let destination = catalog.destinations.iter().find(|known| known.name == plan.destination());
                let name = destination.and_then(|destination| destination.spec.names.first());
                version.mappings.iter().for_each(|mapping| self.properties((version, name), mapping, plan));
            }
        }
        for (version, plan) in versions {
            if let Some(plan) = plan {
                self.inherited(version, plan);
            }
        }
    }
}

struct Session<'s> {
    options: &'s TestOptions<'s>,
    files: update::Files<'s>,
    sources: &'s Sources,
    plans: &'s Plans,
    schemas: &'s Schemas,
    /// What schemas refuse in the responses of the tests where they are written.
    answers: Answers,
    texts: &'s Texts,
    reports: Reports,
    /// The violations so far: the mapping line, and the position in the schema, for any version.
    refused: HashSet<(Span, String)>,
    /// The mapping lines of the violations that tests or properties show where they are written.
    rows: HashSet<Span>,
    /// Those of the tests where they are written.
    violations: violation::Violations,
    /// The tests that failed, by the positions of their names.
    failed: HashSet<Span>,
    /// Whether the first error is enough.
    stops: bool,
    /// Counts what is reached.
    counter: Option<Counter>,
    run: TestRun,
}

/// A version that inherits a test.
#[derive(Clone, Copy)]
struct Heir<'v> {
    version: &'v str,
    /// Where it says what it inherits.
    extends: Span,
    mapping: &'v Mapping,
}

impl<'s> Session<'s> {
    /// Runs the tests of one mapping. There is a plan if the version has no errors.
    fn mapping(&mut self, mapping: &Mapping, plan: Option<&Plan>) {
        let has_tests = mapping.tests.iter().any(|file| !file.spec.tests.is_empty());
        for file in &mapping.tests {
            let is_empty = file.spec.tests.is_empty() && (!has_tests || file.spec.properties.is_empty());
            if let Some(property) = file.spec.properties.get(TEST_PROPERTIES) {
                let message =
                    format!("the file has more than {TEST_PROPERTIES} properties (limit `test_properties`)");
                let advice = "state several conditions in the `must` of one, or move some to another file";
                invalid_value::report(&mut self.reports, property.name.span, message, advice);
            }
            match plan {
                _ if is_empty && self.tells_untested() => {
                    untested_mapping::report_empty(&mut self.reports, file.spec.span, &mapping.message);
                }
                Some(plan) => self.own(mapping, file, plan),
                None => {}
            }
        }
        // a test file that cannot be read has its own finding
        let begin = format!("{}{}.", mapping.folder, mapping.message);
        let has_files = || self.sources.below(&begin).any(|(path, _)| path.ends_with(".test.yaml"));
        if mapping.tests.is_empty() && mapping.own && self.tells_untested() && !has_files() {
            let span = match mapping.spec.message.span {
                message if message.file == mapping.node.span.file => message,
                _ => mapping.node.span,
            };
            untested_mapping::report(&mut self.reports, span, &mapping.message);
        }
    }

    /// Whether it is of interest that a mapping has no tests.
    fn tells_untested(&self) -> bool {
        !self.stops && self.options.wanted.is_none()
    }

    fn wants(&self, stated: &Stated<'_>, mapping: &Mapping) -> bool {
        let (name, file) = (&stated.test.name, self.texts.place(stated.test.name.span).path);
        let (folder, message) = (mapping.folder.as_str(), mapping.message.as_str());
        self.options.wants(TestName { name: &name.value, file: &file, folder, message })
    }

    /// Runs the tests of one of a mapping's own files.
    fn own(&mut self, mapping: &Mapping, file: &TestFile, plan: &Plan) {
        let mut room = Room::default();
        for stated in stated::own(mapping, file) {
            if !self.wants(&stated, mapping) {
                continue;
            }
            self.run.tests += 1;
            let around = self.around(&stated, plan);
            let script = script::read(&stated, &around, &mut room, &mut self.reports);
            let Some(script) = script else {
                self.result((mapping, &stated.test.name), plan, false, 0, vec![TestFailure::unreadable()]);
                continue;
            };
            self.run.cases += script.events();
            self.script(&script, (mapping, plan), None);
        }
    }

    fn around<'p>(&self, stated: &Stated<'p>, plan: &'p Plan) -> TestScope<'p>
    where
        's: 'p,
    {
        let settings = plan.as_ref().setting_names().into_iter().collect();
        let event_sources = plan.sources().map(|source| source.name).collect();
        TestScope { settings, event_sources, sources: self.sources, folder: stated.folder }
    }

    /// Plays all cases of a test. Cases with the same failure are one finding.
    fn script(&mut self, script: &Script<'_>, (mapping, plan): (&Mapping, &Plan), heir: Option<Heir<'_>>) {
        if self.stopped() {
            return;
        }
        let of_test = self.bound(plan, &script.settings, script.source);
        let mut scratch = Scratch::new();
        let mut secrets: Vec<Redactor> = of_test.iter().map(|mapper| mapper.redactor().clone()).collect();
        let mut failures: Vec<(Vec<Difference>, Vec<&CaseName>)> = Vec::new();
        let mut updating = self.updating(script, heir);
        for case in &script.cases {
            let event = script.event(case);
            let own = case.settings.as_ref().map(|own| self.bound(plan, own, script.source));
            let bound = own.as_ref().unwrap_or(&of_test);
            secrets.extend(own.iter().flatten().map(|mapper| mapper.redactor().clone()));
            let played = match (bound, &script.events) {
                (Ok(mapper), None) => play::play(mapper, script, &event, &mut scratch),
                (Ok(mapper), Some(events)) => play_together(mapper, script, events),
                (Err(problems), _) => Played::unusable_settings(problems, script),
            };
            if heir.is_none() {
                self.check_bodies(script, case, &played);
                self.answers.check(script, &played, (self.plans, self.schemas), &mut self.reports);
            }
            let subject = Subject { mapper: bound.as_ref().ok(), event: &event, now: script.now };
            let mut differences = match case.expect {
                Some(expect) => compare::compare(expect, &played, subject, self.texts),
                None => Vec::new(),
            };
            match bound {
                Ok(mapper) => differences
                    .iter_mut()
                    .for_each(|difference| redact::difference(difference, mapper.redactor())),
                Err(problems)
                    if heir.is_none() && !differences.is_empty() && !case.expects_unusable_settings() =>
                {
                    let known = plan.as_ref().setting_names().into_iter().collect();
                    let at = unusable::report(problems, &script.settings_of(case), &known, &mut self.reports);
                    differences.iter_mut().for_each(|difference| {
                        difference.made_by = at.into_iter().map(|at| vec![at]).collect()
                    });
                }
                Err(_) => {}
            }
            if let Some(updating) = &mut updating {
                let fails = !differences.is_empty() || case.expect.is_none();
                updating.case(fails, &played, subject, self.schemas);
            }
            match failures.iter_mut().find(|(known, _)| *known == differences) {
                Some((_, cases)) => cases.extend(&case.name),
                None => failures.push((differences, case.name.iter().collect())),
            }
        }
        failures.retain(|(differences, _)| !differences.is_empty());
        let mut failed: Vec<TestFailure> =
            failures.iter().map(|(differences, _)| TestFailure::of(differences, self.texts)).collect();
        let is_unstated = script.cases.iter().any(|case| case.expect.is_none());
        if is_unstated && heir.is_none() {
            failed.push(TestFailure::unstated());
        }
        let name = &redact::name(script.name, &secrets);
        self.result((mapping, name), plan, heir.is_some(), script.events(), failed);
        // a test that fails where it is written fails for that reason in the versions that inherit it
        let is_failing = !failures.is_empty() || is_unstated;
        if !is_failing || !self.failed.insert(script.name.span) && heir.is_some() {
            return;
        }
        let mut updated = match updating {
            Some(updating) => self.updated(script.name.span, updating, heir),
            None => Updated::NotAsked,
        };
        if is_unstated && heir.is_none() {
            failing_test::report_unstated(&mut self.reports, name, std::mem::take(&mut updated));
        }
        for (differences, cases) in failures {
            let updated = std::mem::take(&mut updated);
            let cases: Vec<CaseName> = cases.into_iter().map(|case| redact::name(case, &secrets)).collect();
            match heir {
                None => failing_test::report(&mut self.reports, name, &cases, differences, updated),
                Some(Heir { version, extends, .. }) => failing_test::report_inherited(
                    &mut self.reports,
                    name,
                    &cases,
                    differences,
                    (version, extends),
                    updated,
                ),
            }
        }
    }

    /// Prepares to say what a test should expect, if that is asked for.
    fn updating(&mut self, script: &Script<'_>, heir: Option<Heir<'_>>) -> Option<Updating<'s>> {
        let asked = self.options.updates && (heir.is_none() || !self.failed.contains(&script.name.span));
        if !asked {
            return None;
        }
        self.files.written(script.name, self.sources, self.texts).map(Updating::of)
    }

    /// Says what would make a failing test pass. An inherited one is stated again where it differs.
    fn updated(&mut self, test: Span, updating: Updating<'s>, heir: Option<Heir<'_>>) -> Updated {
        let (written, cases) = match updating.into_cases() {
            Ok(cases) => cases,
            Err(reason) => return Updated::Left(reason),
        };
        let Some(Heir { mapping, .. }) = heir else { return Updated::By(written.edits(&cases)) };
        let from = self.texts.place(test).path;
        let file = OwnFile::of(mapping, &from, self.sources, self.texts);
        match file.adds(&written, &cases, &mut self.files) {
            Some(update) => Updated::By(update),
            None => Updated::Left(format!("`{}` has findings", file.shown)),
        }
    }

    fn result(
        &mut self,
        (mapping, name): (&Mapping, &At<String>),
        plan: &Plan,
        inherited: bool,
        cases: usize,
        failures: Vec<TestFailure>,
    ) {
        self.run.results.push(TestResult {
            name: name.value.clone(),
            place: self.texts.place(name.span),
            message: mapping.message.clone(),
            version: format!("{}/{}", plan.destination(), plan.version()),
            inherited,
            cases,
            failures,
        });
    }

    /// Tries the properties of a mapping, its own and inherited ones.
    fn properties(&mut self, (version, called): (&Version, Option<&String>), mapping: &Mapping, plan: &Plan) {
        let mut generator = None;
        for stated in stated::properties(mapping) {
            let name = &stated.spec.name;
            let file = self.texts.place(name.span).path;
            let (folder, message) = (mapping.folder.as_str(), mapping.message.as_str());
            let wanted = self.options.wants(TestName { name: &name.value, file: &file, folder, message });
            let is_known = stated.inherited && self.failed.contains(&name.span);
            if !wanted || is_known || self.stopped() {
                continue;
            }
            let settings = plan.as_ref().setting_names().into_iter().collect();
            let around = TestScope { settings, event_sources: Vec::new(), sources: self.sources, folder };
            let mut apart = Reports::default();
            // what is wrong with an inherited one is reported where it stands
            let reports = if stated.inherited { &mut apart } else { &mut self.reports };
            let bound_to = script::settings(&stated.settings, &around, reports);
            let now = script::now(stated.now, reports);
            let (Some(settings), Some(now)) = (bound_to, now) else { continue };
            let heir = version
                .heir()
                .filter(|_| stated.inherited)
                .map(|heir| (version.number.0.as_str(), heir.extends));
            let generator = generator.get_or_insert_with(|| Generator::new(mapping, version, called));
            let bound = plan.bind(&settings);
            let name = &redact::name(name, bound.as_ref().map(Mapper::redactor));
            let (cases, broken) = match bound {
                Ok(mapper) => {
                    property::tried(&stated, generator, (&mapper.for_commands(), now), self.schemas)
                }
                Err(error) => {
                    let message = format!("its settings are not valid: {error}");
                    let at = unusable::report(&error, &stated.settings, &around.settings, reports);
                    let broken = BrokenProperty { message, ..BrokenProperty::default() };
                    (0, Some(BrokenProperty { settings: at, ..broken }))
                }
            };
            match stated.inherited {
                true => {
                    (self.run.inherited_tests, self.run.inherited_cases) =
                        (self.run.inherited_tests + 1, self.run.inherited_cases + cases)
                }
                false => (self.run.tests, self.run.cases) = (self.run.tests + 1, self.run.cases + cases),
            }
            let failed =
                broken.iter().map(|broken| TestFailure::of_property(&broken.message, broken.test.as_deref()));
            let failed = failed.collect();
            self.result((mapping, name), plan, stated.inherited, cases, failed);
            if let Some(broken) = broken {
                self.failed.insert(name.span);
                // what another test or property shows of a row is one finding
                if let Some(row) = broken.made_by.first()
                    && !self.rows.insert(*row)
                {
                    continue;
                }
                failing_test::report_property(&mut self.reports, name, BrokenProperty { heir, ..broken });
            }
        }
    }

    /// Validates the actual bodies, and expected bodies that differ from them.
    fn check_bodies(&mut self, script: &Script<'_>, case: &Case<'_>, played: &Played<'_>) {
        let schemas = self.schemas;
        let requests = case.expect.and_then(|expect| expect.requests.as_ref());
        let bodies = requests.iter().flat_map(|list| &list.value).map(|expected| expected.body.as_ref());
        let calls = case.expect.and_then(|expect| expect.calls.as_ref());
        let arguments = calls.iter().flat_map(|list| &list.value).map(|expected| expected.arguments.as_ref());
        let expected: Vec<_> = bodies.chain(arguments).collect();
        for (at, sent) in played.sent().enumerate() {
            for refusal in violation::merged(played.refusals(sent, schemas)) {
                self.refused.insert((refusal.span, refusal.pointer.clone()));
                self.rows.insert(refusal.span);
                self.violations.add(refusal, script.name.span);
            }
            let Some(body) = expected.get(at).copied().flatten() else { continue };
            if !compare::equal(body, sent.json) {
                for refusal in violation::merged(played.refusals_of(sent, body, schemas)) {
                    schema_violation::report_expected(&mut self.reports, &refusal);
                }
            }
        }
    }

    /// Runs inherited tests, except those that the version states itself.
    fn inherited(&mut self, version: &'s Version, plan: &Plan) {
        for mapping in &version.mappings {
            let heir = version.heir().map(|heir| heir.extends);
            let extends = heir.unwrap_or(mapping.node.span);
            let heir = Heir { version: &version.number.0, extends, mapping };
            let mut room = Room::default();
            for stated in stated::inherited(mapping) {
                if !self.wants(&stated, mapping) {
                    continue;
                }
                self.run.inherited_tests += 1;
                let around = self.around(&stated, plan);
                // errors of the test itself are reported for the version that defines it
                let mut reports = Reports::default();
                if let Some(script) = script::read(&stated, &around, &mut room, &mut reports) {
                    self.run.inherited_cases += script.events();
                    self.script(&script, (mapping, plan), Some(heir));
                    self.replay(script, plan, heir);
                }
            }
        }
    }

    /// Validates all possible requests of an inherited test's events. Its responses are not used, since the version may make other requests.
    fn replay(&mut self, script: Script<'_>, plan: &Plan, heir: Heir<'_>) {
        if self.stopped() {
            return;
        }
        let script = Script { responses: None, ..script };
        let Ok(mapper) = self.bound(plan, &script.settings, script.source) else { return };
        let schemas = self.schemas;
        let mut scratch = Scratch::new();
        for case in &script.cases {
            let event = script.event(case);
            let own = case.settings.as_ref().map(|own| self.bound(plan, own, script.source));
            let mapper = match &own {
                None => &mapper,
                Some(Ok(own)) => own,
                Some(Err(_)) => continue,
            };
            let played = match &script.events {
                None => play::play(mapper, &script, &event, &mut scratch),
                Some(events) => play_together(mapper, &script, events),
            };
            let refusals = |sent| violation::merged(played.refusals(sent, schemas));
            for refusal in played.sent().flat_map(refusals) {
                if self.refused.insert((refusal.span, refusal.pointer.clone())) {
                    let (test, Heir { version, extends, .. }) = (script.name.span, heir);
                    schema_violation::report_inherited(&mut self.reports, &refusal, test, version, extends);
                }
            }
        }
    }
}
