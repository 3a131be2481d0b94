//! The files of destinations and versions, as trees.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use crate::catalog::{Catalog, TestFile};
use crate::decode::{self, Decode};
use crate::duplicates;
use crate::layers::{Laying, Shape};
use crate::schemas::SchemaFile;
use crate::size::Nodes;
use crate::spec::{CallSpec, DestinationSpec, ExpectSpec, MappingSpec, TestFileSpec, VersionSpec};
use crate::yaml::{Node, parse};
use mapwright_findings::rules::{
    duplicate_key, invalid_value, missing_file, missing_key, stray_file, yaml_syntax,
};
use mapwright_findings::{FileId, Reports, Sources, Span, Texts};

/// The files of the folder of a version.
#[derive(Debug, Default)]
pub(super) struct Folder {
    /// Those of one path are laid over each other, in this order.
    pub version: Vec<Node>,
    pub mappings: BTreeMap<String, Vec<Rc<Node>>>,
    pub tests: BTreeMap<String, Vec<Arc<TestFile>>>,
    pub schemas: BTreeMap<String, SchemaFile>,
    /// Files that could not be read, by message.
    pub unread: BTreeMap<String, FileId>,
    /// All files but tests.
    pub files: HashSet<FileId>,
}

/// Reads files, each once.
pub(super) struct Files<'s> {
    sources: &'s Sources,
    pub texts: Texts,
    known: Known,
    folders: HashMap<String, Rc<Folder>>,
    destinations: HashMap<String, Option<Rc<Trees>>>,
}

/// What an earlier state of the files was read as.
struct Known {
    texts: Arc<Texts>,
    tests: HashMap<FileId, Arc<TestFile>>,
}

impl Known {
    fn of(catalog: &Catalog) -> Self {
        let versions = catalog.destinations.iter().flat_map(|destination| &destination.versions);
        let files = versions.flat_map(|version| &version.mappings).flat_map(|mapping| &mapping.tests);
        let faultless = files.filter(|file| file.faultless);
        let tests = faultless.map(|file| (file.spec.span.file, file.clone())).collect();
        Self { texts: catalog.texts.clone(), tests }
    }
}

/// The trees of the files of one path, and whether all of them could be read.
#[derive(Debug, Default)]
pub(super) struct Trees {
    pub nodes: Vec<Node>,
    /// The tests in it, if they were read before.
    pub tests: Option<Arc<TestFile>>,
    pub unread: Option<FileId>,
}

impl<'s> Files<'s> {
    pub(super) fn new(sources: &'s Sources, known: &Catalog) -> Self {
        Self {
            sources,
            texts: Texts::default(),
            known: Known::of(known),
            folders: HashMap::new(),
            destinations: HashMap::new(),
        }
    }

    /// Returns destinations and their version folders, by name.
    pub(super) fn versions(&self) -> BTreeMap<String, Vec<String>> {
        let mut folders: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (path, _) in self.sources.iter() {
            let mut parts = path.split('/');
            let (Some("mappings"), Some(destination), Some(next)) =
                (parts.next(), parts.next(), parts.next())
            else {
                continue;
            };
            let versions = folders.entry(destination.to_owned()).or_default();
            // the files of a folder are adjacent
            if parts.next().is_some_and(|file| file.ends_with(".yaml"))
                && versions.last().is_none_or(|v| v != next)
            {
                versions.push(next.to_owned());
            }
        }
        folders
    }

    /// Reports the YAML files in the folder of mappings that are not read.
    pub(super) fn stray(&mut self, reports: &mut Reports) {
        for (path, text) in self.sources.iter() {
            let Some(within) = path.strip_prefix("mappings/") else { continue };
            let place: Vec<&str> = within.split('/').collect();
            let is_read = matches!(place.as_slice(), [_, "destination.yaml"] | [_, _, _]);
            let small = within.to_ascii_lowercase();
            let is_other = small.ends_with(".yml") || small.ends_with(".yaml") && !within.ends_with(".yaml");
            if !is_other && (is_read || !within.ends_with(".yaml")) {
                continue;
            }
            let span = Span { file: self.texts.add(self.sources.shown(path), text), start: 0, end: 0 };
            match is_other {
                true => stray_file::report_ending(reports, span),
                false => stray_file::report_place(reports, span),
            }
        }
    }

    /// Returns the trees of the files of a path.
    pub(super) fn trees(&mut self, path: &str, reports: &mut Reports) -> Trees {
        let mut trees = Trees::default();
        let layers: Vec<_> = self.sources.layers(path).collect();
        for layer in &layers {
            let (file, same) = self.texts.add_known(layer.shown, layer.text, &self.known.texts);
            let tests = self.known.tests.get(&file).filter(|_| same && layers.len() == 1);
            if let Some(tests) = tests {
                trees.tests = Some(tests.clone());
                continue;
            }
            if let Some(at) = layer.broken {
                yaml_syntax::report_bytes(reports, file, at);
                trees.unread = Some(file);
                continue;
            }
            match parse(file, layer.text) {
                Ok(node) => {
                    duplicates::check(reports, &node);
                    trees.nodes.push(repaired(path, node, reports));
                }
                Err(error) => {
                    trees.unread = Some(file);
                    if yaml_syntax::is_second_document(&error.message) {
                        // the parser stops behind the line that starts it
                        let before = layer.text.get(..error.span.start as usize).unwrap_or_default();
                        let start = before.rfind("\n---").map_or(0, |end| end + 1);
                        let span = Span { file, start: start as u32, end: start as u32 + 3 };
                        yaml_syntax::report(reports, span, &error.message);
                        faults_before(path, file, before.get(..start).unwrap_or_default(), reports);
                    } else {
                        yaml_syntax::report(reports, error.span, &error.message);
                        other_faults(path, file, layer.text, error.span.start, reports);
                    }
                }
            }
        }
        trees
    }

    /// Returns the trees of a `destination.yaml`, if there is one.
    pub(super) fn destination(&mut self, name: &str, reports: &mut Reports) -> Option<Rc<Trees>> {
        if let Some(known) = self.destinations.get(name) {
            return known.clone();
        }
        let path = format!("mappings/{name}/destination.yaml");
        let trees = match self.sources.get(&path) {
            Some(_) => Some(Rc::new(self.trees(&path, reports))),
            None => {
                let folder = format!("mappings/{name}/");
                let any =
                    self.sources.below(&folder).next().map_or(path.as_str(), |(path, _)| path).to_owned();
                self.missing(&path, &any, reports);
                None
            }
        };
        self.destinations.insert(name.to_owned(), trees.clone());
        trees
    }

    /// Reports that a version has no `version.yaml`.
    pub(super) fn no_version(&mut self, destination: &str, version: &str, reports: &mut Reports) {
        let folder = format!("mappings/{destination}/{version}/");
        let neighbour =
            self.sources.below(&folder).next().map_or(folder.clone(), |(path, _)| path.to_owned());
        self.missing(&format!("{folder}version.yaml"), &neighbour, reports);
    }

    /// Reports a missing file, under the path that findings would show, like that of `neighbour`.
    fn missing(&mut self, path: &str, neighbour: &str, reports: &mut Reports) {
        let shown = shown_beside(path, neighbour, self.sources.shown(neighbour));
        let file = self.texts.add(&shown, "");
        missing_file::report(reports, Span { file, start: 0, end: 0 }, &shown);
    }

    /// Returns the files of the folder of a version.
    pub(super) fn folder(&mut self, destination: &str, version: &str, reports: &mut Reports) -> Rc<Folder> {
        let name = format!("{destination}/{version}/");
        if let Some(known) = self.folders.get(&name) {
            return known.clone();
        }
        let mut folder = Folder::default();
        let path = format!("mappings/{name}");
        let paths: Vec<String> = self.sources.below(&path).map(|(path, _)| path.to_owned()).collect();
        for file in &paths {
            let stem = file.strip_prefix(&path).and_then(|file| file.strip_suffix(".yaml"));
            let Some(stem) = stem.filter(|stem| !stem.contains('/')) else { continue };
            let before = reports.made();
            let Trees { nodes, tests: known, unread } = self.trees(file, reports);
            let faultless = reports.made() == before;
            folder.unread.extend(unread.map(|file| (stem.to_owned(), file)));
            match stem.strip_suffix(".test") {
                Some(name) => {
                    let message = name.split_once('.').map_or(name, |(message, _)| message);
                    let files = folder.tests.entry(message.to_owned()).or_default();
                    let read = nodes.iter().filter_map(|node| {
                        let spec = tests(node, reports)?;
                        let (name, folder) = (name.to_owned(), path.clone());
                        Some(Arc::new(TestFile { name, spec, folder, faultless }))
                    });
                    let read: Vec<_> = known.into_iter().chain(read).collect();
                    for tests in read {
                        check_names(files, &tests, reports);
                        files.push(tests);
                    }
                }
                None => {
                    folder.files.extend(nodes.iter().map(|node| node.span.file).chain(unread));
                    match stem {
                        "version" => folder.version = nodes,
                        _ => {
                            let nodes = nodes.into_iter().map(Rc::new).collect();
                            folder.mappings.insert(stem.to_owned(), nodes);
                        }
                    }
                }
            }
        }
        let path = format!("schemas/{name}");
        for (file, text) in self.sources.below(&path) {
            let name = file.strip_prefix(&path).unwrap_or("").to_owned();
            let layer = self.sources.layers(file).last();
            let id = self.texts.add(layer.map_or(file, |layer| layer.shown), text);
            let broken = layer.and_then(|layer| layer.broken);
            folder.files.insert(id);
            folder
                .schemas
                .insert(name, SchemaFile { file: id, text: text.to_owned(), broken, patches: Vec::new() });
        }
        let folder = Rc::new(folder);
        self.folders.insert(name, folder.clone());
        folder
    }
}

/// Reports the faults of a file that is not YAML in one place: it is read without the entry of the outermost map that contains the place.
fn other_faults(path: &str, file: FileId, text: &str, at: u32, reports: &mut Reports) {
    /// The number of places where a file may not be YAML.
    const MOST: usize = 5;
    let (mut text, mut at) = (text.to_owned(), at as usize);
    for _ in 0..MOST {
        let Some(rest) = without_entry(&text, at) else { return };
        match parse(file, &rest) {
            Ok(node) => return faults_of(path, node, reports),
            Err(error) => {
                at = error.span.start as usize;
                yaml_syntax::report(reports, error.span, &error.message);
                text = rest;
            }
        }
    }
}

/// Reports the faults of the first document of a file that holds several.
fn faults_before(path: &str, file: FileId, first: &str, reports: &mut Reports) {
    if let Ok(node) = parse(file, first) {
        faults_of(path, node, reports);
    }
}

/// Reports the faults of what could be read of a file.
fn faults_of(path: &str, node: Node, reports: &mut Reports) {
    duplicates::check(reports, &node);
    let mut found = Reports::default();
    let node = laid_alone(path, &repaired(path, node, &mut found));
    match kind_of(path) {
        Kind::Destination => drop(DestinationSpec::decode(&node, &mut found)),
        Kind::Version => drop(VersionSpec::decode(&node, &mut found)),
        Kind::Test => drop(TestFileSpec::decode(&node, &mut found)),
        Kind::Mapping => drop(MappingSpec::decode(&node, &mut found)),
    }
    // a key that seems to be missing may be in what was left out, or in what the file is laid over
    reports.extend(found, |report| report.rule.id != missing_key::RULE.id);
}

/// A file that cannot be laid over what it inherits, without the words that say how.
fn laid_alone(path: &str, node: &Node) -> Node {
    let shape = match kind_of(path) {
        Kind::Destination => Shape::Destination,
        Kind::Version => Shape::Version,
        Kind::Mapping => Shape::Mapping,
        Kind::Test => return node.clone(),
    };
    let (mut reports, mut nodes) = (Reports::default(), Nodes::default());
    let mut laying = Laying { reports: &mut reports, nodes: &mut nodes, shared: None, uses: Vec::new() };
    laying.lay(None, node, shape)
}

/// Returns a string in which the entry of the outermost map at a byte is blank, so that everything else stays in its place.
fn without_entry(text: &str, at: usize) -> Option<String> {
    let begins =
        |line: &str| line.starts_with(|c: char| !c.is_whitespace() && !matches!(c, '#' | ']' | '}' | '-'));
    let mut start = 0;
    let mut entry: Option<(usize, usize)> = None;
    for line in text.split_inclusive('\n') {
        match &mut entry {
            _ if start <= at && begins(line) => entry = Some((start, text.len())),
            Some((_, end)) if start > at && begins(line) => {
                *end = start;
                break;
            }
            _ => {}
        }
        start += line.len();
    }
    let (start, end) = entry?;
    let (before, inside, after) = (text.get(..start)?, text.get(start..end)?, text.get(end..)?);
    let blank: String = inside.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect();
    // without anything else in it, the file is not a map
    let is_left = before.lines().chain(after.lines()).any(begins);
    (is_left && !inside.trim().is_empty()).then(|| format!("{before}{blank}{after}"))
}

/// What a file is.
enum Kind {
    Destination,
    Version,
    Test,
    Mapping,
}

fn kind_of(path: &str) -> Kind {
    match path.rsplit('/').next().unwrap_or_default() {
        "destination.yaml" => Kind::Destination,
        "version.yaml" => Kind::Version,
        name if name.ends_with(".test.yaml") => Kind::Test,
        _ => Kind::Mapping,
    }
}

/// Returns a file in which misspelt keys of the outermost map are those that are meant.
fn repaired(path: &str, node: Node, reports: &mut Reports) -> Node {
    let (what, keys) = match kind_of(path) {
        Kind::Destination => (DestinationSpec::WHAT, DestinationSpec::KEYS),
        Kind::Version => (VersionSpec::WHAT, VersionSpec::KEYS),
        Kind::Test => (TestFileSpec::WHAT, TestFileSpec::KEYS),
        Kind::Mapping => (MappingSpec::WHAT, MappingSpec::KEYS),
    };
    // what is not a map at all is reported where it is read
    match node.as_map().and_then(|_| decode::repaired(&node, what, keys, reports)) {
        Some(Cow::Owned(repaired)) => repaired,
        _ => node,
    }
}

/// Reads tests. Those that were read only in part would fail for unrelated reasons.
fn tests(node: &Node, reports: &mut Reports) -> Option<TestFileSpec> {
    let before = reports.made();
    let spec = TestFileSpec::decode(node, reports)?;
    check_tests(&spec, reports);
    (reports.made() == before).then_some(spec)
}

/// Reports tests whose names tests of the same mapping in other files have.
fn check_names(others: &[Arc<TestFile>], file: &TestFile, reports: &mut Reports) {
    let others = others.iter().filter(|other| other.name != file.name);
    let known: HashMap<&str, Span> = others
        .flat_map(|other| &other.spec.tests)
        .map(|test| (test.name.value.as_str(), test.name.span))
        .collect();
    for test in &file.spec.tests {
        if let Some(first) = known.get(test.name.value.as_str()) {
            duplicate_key::report_named(reports, test.name.span, "test", &test.name.value, *first);
        }
    }
}

/// Reports tests and cases of the same name, and expectations that state nothing of any request.
fn check_tests(spec: &TestFileSpec, reports: &mut Reports) {
    let mut first: HashMap<&str, Span> = HashMap::new();
    for test in &spec.tests {
        if let Some(first) = first.insert(&test.name.value, test.name.span) {
            duplicate_key::report_named(reports, test.name.span, "test", &test.name.value, first);
        }
        let mut cases: HashMap<&str, Span> = HashMap::new();
        for case in &test.cases {
            let Some(name) = &case.name else { continue };
            if let Some(first) = cases.insert(&name.value, name.span) {
                duplicate_key::report_named(reports, name.span, "case", &name.value, first);
            }
        }
        let of_cases = test.cases.iter().filter_map(|case| case.expect.as_ref());
        // that there is a request is enough where something else is expected
        let alone = |expect: &&ExpectSpec| {
            expect.warnings.is_none()
                && expect.result.is_none()
                && expect.outcome.is_none()
                && expect.failure.is_none()
                && expect.order.is_none()
                && expect.retry.is_none()
                && expect.secrets.is_none()
        };
        let of_all: Vec<&ExpectSpec> = of_cases.chain(&test.expect).filter(alone).collect();
        for requests in of_all.iter().filter_map(|expect| expect.requests.as_ref()) {
            let stated = requests.value.iter().filter(|request| !request.states_nothing()).count();
            if stated == 0 && !requests.value.is_empty() {
                let advice = "state the `step` of one at least, or its `method`, `url` or `body`";
                let message = "nothing is expected of these requests";
                invalid_value::report(reports, requests.span, message, advice);
            }
        }
        for calls in of_all.iter().filter_map(|expect| expect.calls.as_ref()) {
            if !calls.value.is_empty() && calls.value.iter().all(CallSpec::states_nothing) {
                let advice = "state the `step` of one at least, or its `call` or `arguments`";
                invalid_value::report(reports, calls.span, "nothing is expected of these calls", advice);
            }
        }
    }
}

/// Returns the shown path of a file, given the shown path of a neighbor: both have the same prefix.
fn shown_beside(path: &str, neighbour: &str, shown: &str) -> String {
    let (path, neighbour): (Vec<&str>, Vec<&str>) =
        (path.split('/').collect(), neighbour.split('/').collect());
    let shown: Vec<&str> = shown.split('/').collect();
    let same = neighbour.iter().rev().zip(shown.iter().rev()).take_while(|(a, b)| a == b).count();
    let front = neighbour.len() - same;
    let common = path.iter().zip(&neighbour).take(front).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..", front - common);
    let shown_front = shown.iter().take(shown.len() - same).copied();
    shown_front.chain(up).chain(path.iter().skip(common).copied()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_missing_are_shown_as_their_neighbours_are() {
        for (path, neighbour, shown, expected) in [
            ("mappings/a/1/v", "mappings/a/1/x", "mappings/a/1/x", "mappings/a/1/v"),
            ("mappings/a/1/v", "mappings/a/1/x", "/home/maps/a/1/x", "/home/maps/a/1/v"),
            ("mappings/a/d", "mappings/a/1/x", "../a/1/x", "../a/d"),
            ("mappings/a/d", "mappings/a/1/x", "1/x", "d"),
            ("mappings/a/1/v", "mappings/a/1/x", "x", "v"),
            ("mappings/a/d", "mappings/a/1/x", "x", "../d"),
        ] {
            assert_eq!(shown_beside(path, neighbour, shown), expected, "{path} beside {shown}");
        }
    }
}
