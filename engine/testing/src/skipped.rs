//! Tests that do not run, since errors keep their version from being used.

use std::collections::{BTreeSet, HashSet};

use mapwright_check::Plans;
use mapwright_findings::{Place, Sources};
use mapwright_language::catalog::{Mapping, Version};

use crate::options::{TestName, TestOptions};
use crate::result::TestResult;
use crate::stated;
use crate::update::named_tests;

/// Returns the tests of all versions without a plan: those that are wanted.
pub(crate) fn skipped(plans: &Plans, sources: &Sources, options: &TestOptions<'_>) -> Vec<TestResult> {
    let mut skipped = Vec::new();
    let is_read =
        |name: &&str| plans.catalog().destinations.iter().all(|destination| destination.name != *name);
    for name in sources.destinations().filter(is_read) {
        for folder in folders(name, sources) {
            Of::new(name, folder, options).unread(sources, &HashSet::new(), &mut skipped);
        }
    }
    for destination in &plans.catalog().destinations {
        let mut usable: HashSet<&str> = HashSet::new();
        usable.extend(plans.versions(&destination.name).map(|plan| plan.version()));
        for folder in &destination.folders {
            let version = destination.versions.iter().find(|version| version.number.0 == *folder);
            if version.is_some_and(|version| usable.contains(version.number.0.as_str())) {
                continue;
            }
            let of = Of::new(&destination.name, folder, options);
            let known = skipped.len();
            if let Some(version) = version {
                of.version(version, plans, &mut skipped);
            }
            let read: HashSet<String> =
                skipped.iter().skip(known).map(|test| test.place.path.clone()).collect();
            of.unread(sources, &read, &mut skipped);
        }
    }
    skipped
}

/// The folders of a destination that cannot be read.
fn folders<'s>(destination: &str, sources: &'s Sources) -> BTreeSet<&'s str> {
    let folder = format!("mappings/{destination}/");
    let files = sources.iter().filter_map(|(path, _)| path.strip_prefix(folder.as_str()));
    files.filter_map(|within| within.split_once('/')).map(|(folder, _)| folder).collect()
}

/// A version that cannot be used.
struct Of<'o> {
    name: String,
    folder: String,
    options: &'o TestOptions<'o>,
}

impl<'o> Of<'o> {
    fn new(destination: &str, folder: &str, options: &'o TestOptions<'o>) -> Self {
        Self {
            name: format!("{destination}/{folder}"),
            folder: format!("mappings/{destination}/{folder}/"),
            options,
        }
    }

    /// The tests of its mappings.
    fn version(&self, version: &Version, plans: &Plans, skipped: &mut Vec<TestResult>) {
        let texts = &plans.catalog().texts;
        let mut add = |mapping: &Mapping, stated: Vec<stated::Stated<'_>>, inherited: bool| {
            for stated in stated {
                let name = &stated.test.name;
                self.add(&mapping.message, &name.value, texts.place(name.span), inherited, skipped);
            }
        };
        for mapping in &version.mappings {
            for file in &mapping.tests {
                add(mapping, stated::own(mapping, file), false);
            }
            add(mapping, stated::inherited(mapping), true);
        }
    }

    /// The tests in files beside mappings that cannot be read.
    fn unread(&self, sources: &Sources, read: &HashSet<String>, skipped: &mut Vec<TestResult>) {
        for (path, text) in sources.below(&self.folder) {
            let shown = sources.shown(path);
            let Some(file) = path.strip_suffix(".test.yaml").filter(|_| !read.contains(shown)) else {
                continue;
            };
            let file = file.strip_prefix(self.folder.as_str()).unwrap_or(file);
            let message = file.split('.').next().unwrap_or(file);
            for (name, bytes) in named_tests(text) {
                self.add(message, &name, Place::new(shown, text, bytes), false, skipped);
            }
        }
    }

    fn add(&self, message: &str, name: &str, place: Place, inherited: bool, skipped: &mut Vec<TestResult>) {
        if self.options.wants(TestName { name, file: &place.path, folder: &self.folder, message }) {
            skipped.push(TestResult {
                name: name.to_owned(),
                place,
                message: message.to_owned(),
                version: self.name.clone(),
                inherited,
                cases: 0,
                failures: Vec::new(),
            });
        }
    }
}
