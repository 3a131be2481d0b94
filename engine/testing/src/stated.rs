//! The tests of a mapping: its own, and those that it inherits. A test without an event is laid over the inherited one of its name.

use std::borrow::Cow;
use std::collections::HashSet;

use mapwright_findings::At;
use mapwright_language::catalog::{Mapping, TestFile};
use mapwright_language::spec::{PropertySpec, TestSpec};
use mapwright_language::yaml::Node;

/// A test, with what its files say of it.
#[derive(Debug)]
pub(crate) struct Stated<'m> {
    /// The test.
    pub test: Cow<'m, TestSpec>,
    /// Its settings, each of which is laid over those before.
    pub settings: Vec<&'m Node>,
    /// Its time.
    pub now: Option<&'m At<String>>,
    /// The folder of the file that has its event.
    pub folder: &'m str,
}

/// A property, with what its file says of it.
#[derive(Debug)]
pub(crate) struct StatedProperty<'m> {
    /// The property.
    pub spec: &'m PropertySpec,
    /// Its settings, each of which is laid over those before.
    pub settings: Vec<&'m Node>,
    /// Its time.
    pub now: Option<&'m At<String>>,
    /// Whether the mapping inherits it.
    pub inherited: bool,
}

/// Returns the properties of a mapping. One in a nearer file takes the place of one of the same name.
pub(crate) fn properties(mapping: &Mapping) -> Vec<StatedProperty<'_>> {
    let mut known = HashSet::new();
    let own = mapping.tests.len();
    let mut stated = Vec::new();
    for (at, file) in files(mapping).enumerate() {
        let new = file.spec.properties.iter().filter(|spec| known.insert(spec.name.value.as_str()));
        stated.extend(new.map(|spec| StatedProperty {
            spec,
            settings: file.spec.settings.iter().chain(&spec.settings).collect(),
            now: spec.now.as_ref().or(file.spec.now.as_ref()),
            inherited: at >= own,
        }));
    }
    stated
}

/// Returns the tests of one of a mapping's own files.
pub(crate) fn own<'m>(mapping: &'m Mapping, file: &'m TestFile) -> Vec<Stated<'m>> {
    let others: Vec<&TestFile> = files(mapping).filter(|other| !std::ptr::eq(*other, file)).collect();
    file.spec.tests.iter().map(|test| stated(test, file, &others)).collect()
}

/// Returns the tests that a mapping inherits and does not state itself.
pub(crate) fn inherited(mapping: &Mapping) -> Vec<Stated<'_>> {
    let files: Vec<&TestFile> = mapping.inherited_tests.iter().map(AsRef::as_ref).collect();
    let own = mapping.tests.iter().flat_map(|file| names(file));
    let mut known: HashSet<&str> = own.collect();
    let mut tests = Vec::new();
    for (at, file) in files.iter().enumerate() {
        let further = files.get(at + 1..).unwrap_or_default();
        let new = file.spec.tests.iter().filter(|test| !known.contains(test.name.value.as_str()));
        tests.extend(new.map(|test| stated(test, file, further)));
        known.extend(names(file));
    }
    tests
}

/// The files of a mapping's tests, nearest first.
fn files(mapping: &Mapping) -> impl Iterator<Item = &TestFile> {
    mapping.tests.iter().chain(&mapping.inherited_tests).map(AsRef::as_ref)
}

fn names(file: &TestFile) -> impl Iterator<Item = &str> {
    file.spec.tests.iter().map(|test| test.name.value.as_str())
}

/// Lays a test over those of its name in further files, nearest first, until one has an event.
fn stated<'m>(test: &'m TestSpec, file: &'m TestFile, further: &[&'m TestFile]) -> Stated<'m> {
    let mut layers = vec![(test, file)];
    let has_event =
        |test: &TestSpec| test.event.is_some() || test.event_file.is_some() || test.events.is_some();
    if !has_event(test) {
        for file in further {
            let same = file.spec.tests.iter().find(|other| other.name.value == test.name.value);
            layers.extend(same.map(|same| (same, *file)));
            if same.is_some_and(has_event) {
                break;
            }
        }
    }
    let base = layers.last().map_or(file, |(_, file)| file);
    let settings =
        layers.iter().rev().flat_map(|(test, file)| file.spec.settings.iter().chain(&test.settings));
    let settings = settings.collect();
    let now = layers.iter().find_map(|(test, _)| test.now.as_ref()).or(base.spec.now.as_ref());
    let test = match layers.as_slice() {
        [_] => Cow::Borrowed(test),
        _ => {
            let tests = || layers.iter().map(|(test, _)| *test);
            let cases = tests().find(|test| !test.cases.is_empty()).map(|test| test.cases.clone());
            Cow::Owned(TestSpec {
                event: tests().find_map(|test| test.event.clone()),
                events: tests().find_map(|test| test.events.clone()),
                event_file: tests().find_map(|test| test.event_file.clone()),
                responses: tests().find_map(|test| test.responses.clone()),
                cases: cases.unwrap_or_default(),
                expect: tests().find_map(|test| test.expect.clone()),
                ..test.clone()
            })
        }
    };
    Stated { test, settings, now, folder: &base.folder }
}
