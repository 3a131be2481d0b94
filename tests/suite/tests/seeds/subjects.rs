//! The mappings that are edited, and what is found in them after an edit.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use mapwright::{Finding, Sources};
use mapwright_tests::{files, workspace};
use mapwright_validate::{Options, validate};

use crate::edit::Edit;

/// The mappings by destination: the shipped ones, and made-up ones. Each is read when it is first needed.
pub struct Subjects {
    all: BTreeMap<&'static str, OnceLock<Subject>>,
}

/// The mappings of a destination.
struct Subject {
    sources: Sources,
    /// Parts of them, the smallest first. Nearly every edit shows in the smallest that has its files, and a part is checked faster than all.
    parts: Vec<Part>,
}

/// Some of the files.
struct Part {
    sources: Sources,
    with_tests: Sources,
    /// What of it may be edited.
    of: Vec<String>,
    /// What is found in it because it is only a part, once that is needed.
    usual: OnceLock<BTreeSet<(String, String)>>,
}

/// The versions of shipped mappings that are checked by themselves, and the version that stands for the default one.
const VERSIONS: [&str; 2] = ["1.4", "2.10"];

/// The made-up destinations.
const MADE_UP: [&str; 4] = ["catalog", "fanout", "formpost", "herald"];

/// The shipped destinations.
const SHIPPED: [&str; 8] =
    ["customerio", "intercom", "iterable", "klaviyo", "mixpanel", "sendgrid", "webengage", "zendesk"];

impl Subject {
    fn of(name: &str) -> Self {
        let all: &[&str] = &["mappings/", "schemas/"];
        if MADE_UP.contains(&name) {
            let sources = files(&workspace().join("tests/mappings").join(name));
            let parts = vec![Part::new(&sources, all, all)];
            return Self { sources, parts };
        }
        let own = [format!("mappings/{name}/"), format!("schemas/{name}/"), "schemas/events/".to_owned()];
        let sources =
            mapwright_builtin::sources().only(|path| own.iter().any(|start| path.starts_with(start)));
        let mut parts = if name == "intercom" { versions(&sources) } else { Vec::new() };
        parts.push(Part::new(&sources, all, all));
        Self { sources, parts }
    }
}

/// The versions of Intercom that are checked by themselves.
fn versions(sources: &Sources) -> Vec<Part> {
    let part = |version: &str| {
        let of = [format!("mappings/intercom/{version}/"), format!("schemas/intercom/{version}/")];
        let of: Vec<&str> = of.iter().map(String::as_str).collect();
        let mut with = vec!["mappings/intercom/destination.yaml", "schemas/events/"];
        with.extend(&of);
        let mut own = sources.clone();
        let path = "mappings/intercom/destination.yaml";
        let aliases = "\n  aliases: { v1: \"1.4\", v2: \"2.10\", latest: \"2.10\" }";
        let destination = sources.get(path).unwrap().replace(aliases, "");
        own.insert(path, destination.replace("default: \"2.10\"", &format!("default: \"{version}\"")));
        Part::new(&own, &with, &of)
    };
    VERSIONS.into_iter().map(part).collect()
}

impl Subjects {
    /// All of them.
    pub fn new() -> Self {
        Self { all: MADE_UP.into_iter().chain(SHIPPED).map(|name| (name, OnceLock::new())).collect() }
    }

    /// Why an edit cannot be made, if it cannot.
    pub fn problem(&self, edit: &Edit) -> Option<String> {
        edit.of(&self.of(edit).sources).err()
    }

    /// The mappings that an edit is of: by the destination in its paths, or any.
    fn of(&self, edit: &Edit) -> &Subject {
        let named =
            edit.changes.iter().find_map(|change| self.all.get_key_value(change.path.split('/').nth(1)?));
        let (name, subject) = named.or(self.all.get_key_value("herald")).unwrap();
        subject.get_or_init(|| Subject::of(name))
    }

    /// What an edit makes be found without running tests.
    pub fn statically(&self, edit: &Edit) -> Vec<Finding> {
        let parts = self.of(edit).parts.iter().filter(|part| part.holds(edit));
        parts.map(|part| part.find(edit)).find(|found| !found.is_empty()).unwrap_or_default()
    }

    /// What an edit makes be found by running tests as well.
    pub fn with_tests(&self, edit: &Edit) -> Vec<Finding> {
        let parts = self.of(edit).parts.iter().filter(|part| part.holds(edit));
        parts.map(|part| part.find_with_tests(edit)).find(|found| !found.is_empty()).unwrap_or_default()
    }
}

impl Part {
    /// Files whose paths start with one of `with`; tests are not among them.
    fn new(sources: &Sources, with: &[&str], of: &[&str]) -> Self {
        let starts = |path: &str| with.iter().any(|start| path.starts_with(start));
        let with_tests = sources.only(starts);
        let sources = with_tests.only(|path| !path.ends_with(".test.yaml"));
        let of = of.iter().map(|start| (*start).to_owned()).collect();
        Self { sources, with_tests, of, usual: OnceLock::new() }
    }

    fn holds(&self, edit: &Edit) -> bool {
        edit.of(&self.with_tests).is_ok()
            && edit.changes.iter().all(|change| self.of.iter().any(|start| change.path.starts_with(start)))
    }

    /// Files of tests are read only if the edit is one of them.
    fn find(&self, edit: &Edit) -> Vec<Finding> {
        match edit.of(&self.sources) {
            Ok(sources) => self.new_of(find(&sources, false)),
            Err(_) => self.new_of(find(&edit.of(&self.with_tests).unwrap(), false)),
        }
    }

    fn find_with_tests(&self, edit: &Edit) -> Vec<Finding> {
        self.new_of(find(&edit.of(&self.with_tests).unwrap(), true))
    }

    fn new_of(&self, mut found: Vec<Finding>) -> Vec<Finding> {
        let usual = self.usual.get_or_init(|| find(&self.sources, false).iter().map(key).collect());
        found.retain(|finding| !usual.contains(&key(finding)));
        found
    }
}

fn find(sources: &Sources, tests: bool) -> Vec<Finding> {
    validate(sources, &Options::default().with_tests(tests)).findings
}

fn key(finding: &Finding) -> (String, String) {
    (finding.place.path.clone(), finding.message.clone())
}
