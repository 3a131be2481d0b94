//! Files of events and responses that tests name: beside the tests, or among the fixtures of all destinations.

use std::collections::BTreeSet;

use mapwright_check::Plans;
use mapwright_findings::{FIXTURES, Sources};

/// The file that a test in a folder means by a name, with its text.
pub(crate) fn fixture<'s>(name: &str, folder: &str, sources: &'s Sources) -> Option<(String, &'s str)> {
    let paths = [format!("{folder}{name}"), format!("{FIXTURES}{name}")];
    paths.into_iter().find_map(|path| sources.get(&path).map(|text| (path, text)))
}

/// Returns the fixtures that tests read, by their paths among the sources. Those of files that cannot be read are not known.
///
/// ```
/// # use mapwright_check::Spec;
/// use mapwright_findings::Sources;
/// use mapwright_testing::fixtures_read;
///
/// let mut files = Sources::new();
/// files.insert("fixtures/signup.json", "{}");
/// # files.insert("mappings/acme/destination.yaml", "{ title: Acme, names: [Acme], versions: { default: '1' } }");
/// # files.insert("mappings/acme/1/version.yaml", "{ version: '1', server: { value: https://a.example.com } }");
/// # let Ok(valid) = Spec::load(&files).check() else { return };
/// # let plans = valid.compile();
/// assert!(fixtures_read(&plans, &files).is_empty(), "no test reads it");
/// ```
pub fn fixtures_read(plans: &Plans, sources: &Sources) -> BTreeSet<String> {
    let mut read = BTreeSet::new();
    if sources.below(FIXTURES).next().is_none() {
        return read;
    }
    let versions = plans.catalog().destinations.iter().flat_map(|destination| &destination.versions);
    let files = versions.flat_map(|version| &version.mappings).flat_map(|mapping| &mapping.tests);
    for (file, test) in files.flat_map(|file| file.spec.tests.iter().map(move |test| (file, test))) {
        let responses = test.responses.iter().flat_map(|responses| &responses.value);
        let names =
            test.event_file.iter().chain(responses.filter_map(|response| response.body_file.as_ref()));
        let paths = names.filter_map(|name| fixture(&name.value, &file.folder, sources));
        read.extend(paths.map(|(path, _)| path).filter(|path| path.starts_with(FIXTURES)));
    }
    read
}
