//! Loads all files of a set of mappings as effective specs, version by version.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use crate::decode::Decode;
use crate::duplicates;
use crate::inherit::{Shape, merge, nothing_to_remove, without};
use crate::limits::EXTENDS_DEPTH;
use crate::size::{Nodes, nodes_in};
use crate::spec::{DestinationSpec, Expression, MappingSpec, TestFileSpec, VersionNumber, VersionSpec};
use crate::uses::{Shared, by_key};
use crate::yaml::{Data, Node, byte_of, parse};
use mapwright_findings::rules::{extends_cycle, invalid_value, missing_file, unknown_version, yaml_syntax};
use mapwright_findings::{At, FileId, Sources, Span, Texts};
use mapwright_findings::{Heir, Reports};

/// The content of all files, before names are resolved.
#[derive(Debug, Default)]
pub struct Catalog {
    /// The texts of all files, for positions.
    pub texts: Arc<Texts>,
    /// All destinations, by name.
    pub destinations: Vec<Destination>,
}

/// A destination: its folder with the versions in it.
#[derive(Debug)]
pub struct Destination {
    /// The name of the folder.
    pub name: String,
    /// The content of `destination.yaml`.
    pub node: Node,
    /// The record of that content.
    pub spec: DestinationSpec,
    /// The versions that could be read.
    pub versions: Vec<Version>,
    /// The names of all version folders.
    pub folders: Vec<String>,
}

/// A version of a destination, after inheritance.
#[derive(Debug)]
pub struct Version {
    /// Its number.
    pub number: VersionNumber,
    /// The record of `version.yaml`.
    pub spec: VersionSpec,
    /// The content that the record was made from.
    pub node: Node,
    /// The mappings, its own and inherited.
    pub mappings: Vec<Mapping>,
    /// Body schemas by file name, including inherited ones.
    pub schemas: BTreeMap<String, SchemaFile>,
    /// The mapping files that could not be read.
    pub unread: Vec<FileId>,
    /// The files of the version that it extends.
    inherited: HashSet<FileId>,
    /// Whether there are errors in what it says, its own or in what it makes of its inheritance.
    pub flawed: bool,
}

/// An effective mapping: its own flow and those of its variants.
#[derive(Debug)]
pub struct Mapping {
    /// The message type, which names the file.
    pub message: String,
    /// The content after inheritance.
    pub node: Node,
    /// The record of that content.
    pub spec: MappingSpec,
    /// The variants, in the order in which their conditions are tried.
    pub variants: Vec<Variant>,
    /// Whether the version itself has a file for it.
    pub own: bool,
    /// The tests beside the mapping, if there are any that can be read.
    pub tests: Option<TestFileSpec>,
    /// The folder of the test file, for its fixtures.
    pub folder: String,
}

/// An effective variant of a mapping.
#[derive(Debug)]
pub struct Variant {
    /// The name.
    pub name: At<String>,
    /// The condition under which the variant takes the event.
    pub when: Expression,
    /// The mapping with the variant's changes.
    pub node: Node,
    /// The record of that content.
    pub spec: MappingSpec,
}

/// A JSON Schema of a version.
#[derive(Debug, Clone)]
pub struct SchemaFile {
    /// The file.
    pub file: FileId,
    /// Its text.
    pub text: String,
    /// The first byte that is not UTF-8.
    pub broken: Option<usize>,
}

impl Version {
    /// The files that it is made of.
    pub fn files(&self) -> HashSet<FileId> {
        let trees = self.mappings.iter().map(|mapping| &mapping.node).chain([&self.node]);
        files_of(trees, self.schemas.values(), &self.unread)
    }

    /// The version as one that inherits files, if it does.
    pub fn heir(&self) -> Option<Heir> {
        heir(&self.number.0, &self.node, &self.inherited)
    }
}

fn heir(number: &str, version: &Node, inherited: &HashSet<FileId>) -> Option<Heir> {
    let extends = version.get("extends")?.span;
    let label = format!("in version `{number}`, which inherits it");
    Some(Heir { files: inherited.clone(), extends, label })
}

/// The files from which these trees and schemas come, and those that could not be read.
fn files_of<'n>(
    trees: impl IntoIterator<Item = &'n Node>,
    schemas: impl IntoIterator<Item = &'n SchemaFile>,
    unread: &[FileId],
) -> HashSet<FileId> {
    fn collect(node: &Node, files: &mut HashSet<FileId>) {
        files.insert(node.span.file);
        match &node.data {
            Data::Map(entries) => entries.iter().for_each(|(_, node)| collect(node, files)),
            Data::List(items) => items.iter().for_each(|node| collect(node, files)),
            _ => {}
        }
    }
    let mut files = HashSet::new();
    trees.into_iter().for_each(|tree| collect(tree, &mut files));
    files.extend(schemas.into_iter().map(|schema| schema.file));
    files.extend(unread);
    files
}

impl SchemaFile {
    /// The schema as JSON.
    ///
    /// # Errors
    /// When it is none: what is wrong, and where.
    pub fn json(&self) -> Result<serde_json::Value, At<String>> {
        let problem =
            |at: u32, end: u32, value: String| At { value, span: Span { file: self.file, start: at, end } };
        if let Some(at) = self.broken {
            return Err(problem(at as u32, at as u32, format!("it is not UTF-8 from byte {at} on")));
        }
        serde_json::from_str(&self.text).map_err(|error| {
            let at = byte_of(&self.text, error.line() as u64, error.column() as u64);
            let message = error.to_string();
            // the finding's position contains the line
            let message = match error.is_eof() {
                true => "unexpected end of file",
                false => message.split_once(" at line ").map_or(message.as_str(), |(message, _)| message),
            };
            problem(at, at + 1, message.to_owned())
        })
    }
}

impl Destination {
    /// Returns the versions that a version extends, directly and indirectly, nearest first.
    pub fn bases<'d>(&'d self, version: &'d Version) -> impl Iterator<Item = &'d Version> {
        let base = |version: &&Version| {
            let extends = &version.spec.extends.as_ref()?.value;
            // a cycle would contain a version that is not older
            self.versions.iter().find(|base| base.number == *extends && base.number < version.number)
        };
        std::iter::successors(Some(version), base).skip(1)
    }
}

/// Reads all files. Invalid parts are reported and ignored.
pub fn load(sources: &Sources, reports: &mut Reports) -> Catalog {
    let mut loader = Loader { sources, texts: Texts::default(), reports, nodes: Nodes::default() };
    let folders = loader.folders();
    let destinations =
        folders.iter().filter_map(|(name, versions)| loader.destination(name, versions)).collect();
    Catalog { texts: Arc::new(loader.texts), destinations }
}

/// The files of a version's folder, as trees.
struct VersionFiles {
    version: Option<Node>,
    mappings: BTreeMap<String, Node>,
    tests: BTreeMap<String, Node>,
    schemas: BTreeMap<String, SchemaFile>,
    /// Files that could not be read, by message.
    unread: BTreeMap<String, FileId>,
}

struct Loader<'s> {
    sources: &'s Sources,
    texts: Texts,
    reports: &'s mut Reports,
    /// The size of the current destination.
    nodes: Nodes,
}

impl Loader<'_> {
    /// Returns destinations and their version folders, by name.
    fn folders(&self) -> BTreeMap<String, Vec<String>> {
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

    /// Returns the tree of a file, or the id of a file that cannot be read.
    fn tree(&mut self, path: &str) -> Result<Node, FileId> {
        let text = self.sources.get(path).unwrap_or_default();
        let file = self.texts.add(self.sources.shown(path), text);
        if let Some(at) = self.sources.broken_at(path) {
            yaml_syntax::report_bytes(self.reports, file, at);
            return Err(file);
        }
        match parse(file, text) {
            Ok(node) => {
                duplicates::check(self.reports, &node);
                Ok(node)
            }
            Err(error) => {
                yaml_syntax::report(self.reports, error.span, &error.message);
                Err(file)
            }
        }
    }

    /// Reports a missing file, under the path that findings would show, like that of `neighbour`.
    fn missing(&mut self, path: &str, neighbour: &str) {
        let shown = shown_beside(path, neighbour, self.sources.shown(neighbour));
        let file = self.texts.add(&shown, "");
        missing_file::report(self.reports, Span { file, start: 0, end: 0 }, &shown);
    }

    fn destination(&mut self, name: &str, versions: &[String]) -> Option<Destination> {
        let folders = versions.to_vec();
        let path = format!("mappings/{name}/destination.yaml");
        if self.sources.get(&path).is_none() {
            let any = self.sources.below(&format!("mappings/{name}/")).next()?.0.to_owned();
            self.missing(&path, &any);
            return None;
        }
        self.nodes = Nodes::default();
        let files: BTreeMap<&str, VersionFiles> =
            versions.iter().map(|version| (version.as_str(), self.version_files(name, version))).collect();
        let mut effective: BTreeMap<String, Option<Effective>> = BTreeMap::new();
        for version in versions {
            self.effective(version, &files, &mut effective, &mut Vec::new());
        }
        let mut versions: Vec<Version> = Vec::new();
        for (number, tree) in effective {
            let own = files.get(number.as_str());
            versions.extend(tree.and_then(|tree| self.version(name, &number, tree, own)));
        }
        versions.sort_by(|a, b| a.number.cmp(&b.number));
        let node = self.tree(&path).ok()?;
        let spec = DestinationSpec::decode(&node, self.reports)?;
        Some(Destination { name: name.to_owned(), node, spec, versions, folders })
    }

    fn version_files(&mut self, destination: &str, version: &str) -> VersionFiles {
        let folder = format!("mappings/{destination}/{version}/");
        let mut files = VersionFiles {
            version: None,
            mappings: BTreeMap::new(),
            tests: BTreeMap::new(),
            schemas: BTreeMap::new(),
            unread: BTreeMap::new(),
        };
        let paths: Vec<String> = self.sources.below(&folder).map(|(path, _)| path.to_owned()).collect();
        for path in &paths {
            let file = path.strip_prefix(&folder).unwrap_or("");
            let Some(stem) = file.strip_suffix(".yaml").filter(|stem| !stem.contains('/')) else { continue };
            let node = match self.tree(path) {
                Ok(node) => node,
                Err(file) => {
                    files.unread.insert(stem.to_owned(), file);
                    continue;
                }
            };
            match stem.strip_suffix(".test") {
                Some(message) => drop(files.tests.insert(message.to_owned(), node)),
                None if stem == "version" => files.version = Some(node),
                None => drop(files.mappings.insert(stem.to_owned(), node)),
            }
        }
        if files.version.is_none() && !paths.iter().any(|path| path.ends_with("/version.yaml")) {
            self.missing(&format!("{folder}version.yaml"), paths.first().unwrap_or(&folder));
        }
        let folder = format!("schemas/{destination}/{version}/");
        for (path, text) in self.sources.below(&folder) {
            let name = path.strip_prefix(&folder).unwrap_or("").to_owned();
            let shown = self.sources.shown(path).to_owned();
            let file = self.texts.add(&shown, text);
            let broken = self.sources.broken_at(path);
            files.schemas.insert(name, SchemaFile { file, text: text.to_owned(), broken });
        }
        files
    }

    /// Returns the trees of a version, merged over those that it extends. Each version is merged once.
    fn effective(
        &mut self,
        version: &str,
        files: &BTreeMap<&str, VersionFiles>,
        done: &mut BTreeMap<String, Option<Effective>>,
        path: &mut Vec<String>,
    ) -> Option<Effective> {
        if let Some(done) = done.get(version) {
            return done.clone();
        }
        let own = files.get(version)?;
        let node = own.version.as_ref()?;
        let mut effective = Effective {
            version: node.clone(),
            mappings: own.mappings.clone(),
            schemas: own.schemas.clone(),
            unread: own.unread.clone(),
            inherited: HashSet::new(),
        };
        path.push(version.to_owned());
        let base = node.get("extends").map(|extends| {
            let number = VersionNumber::decode(extends, self.reports)?.0;
            if path.contains(&number) {
                extends_cycle::report(self.reports, extends.span, path, &number);
                return None;
            }
            if path.len() > EXTENDS_DEPTH {
                let message = format!(
                    "the version extends more than {EXTENDS_DEPTH} others, directly and indirectly (limit `extends_depth`)"
                );
                let advice = "let a version state everything that it needs";
                invalid_value::report(self.reports, extends.span, message, advice);
                return None;
            }
            if !files.contains_key(number.as_str()) {
                unknown_version::report(self.reports, extends.span, &number, files.keys().copied());
                return None;
            }
            self.effective(&number, files, done, path)
        });
        path.pop();
        // without its inherited parts, a version cannot be checked
        if let Some(None) = base {
            done.insert(version.to_owned(), None);
            return None;
        }
        let base = base.flatten();
        let inherited =
            |message: &String| base.as_ref().is_some_and(|base| base.mappings.contains_key(message));
        for (_, node) in own.mappings.iter().filter(|(message, _)| !inherited(message)) {
            nothing_to_remove(node, self.reports);
        }
        if base.is_none() {
            nothing_to_remove(node, self.reports);
        }
        if let Some(base) = base {
            effective.inherited = base.files();
            effective.version = merge(&base.version, node, Shape::Version, self.reports);
            for (message, inherited) in base.mappings {
                let over = own.mappings.get(&message);
                let tree = match over {
                    Some(over) => merge(&inherited, over, Shape::Mapping, self.reports),
                    None => inherited,
                };
                effective.mappings.insert(message, tree);
            }
            effective.unread.extend(base.unread);
            let mut schemas = base.schemas;
            schemas.extend(effective.schemas);
            effective.schemas = schemas;
        }
        let trees = std::iter::once(&effective.version).chain(effective.mappings.values());
        let fits = self.nodes.takes(trees.map(nodes_in).sum(), node.span, self.reports);
        let effective = fits.then_some(effective);
        done.insert(version.to_owned(), effective.clone());
        effective
    }

    fn version(
        &mut self,
        destination: &str,
        folder: &str,
        tree: Effective,
        own: Option<&VersionFiles>,
    ) -> Option<Version> {
        let errors = self.reports.errors();
        self.reports.set_heir(heir(folder, &tree.version, &tree.inherited));
        let spec = VersionSpec::decode(&tree.version, self.reports);
        let shared = Shared::of(&tree.version);
        let mappings = tree.mappings.iter().map(|(message, node)| self.mapping(message, node, &shared));
        let mut mappings: Vec<Mapping> = mappings.collect::<Vec<_>>().into_iter().flatten().collect();
        let flawed = self.reports.errors() > errors;
        self.reports.set_heir(None);
        for mapping in &mut mappings {
            let message = &mapping.message;
            mapping.own = own.is_some_and(|own| own.mappings.contains_key(message));
            mapping.tests = own.and_then(|own| own.tests.get(message)).and_then(|node| self.tests(node));
            mapping.folder = format!("mappings/{destination}/{folder}/");
        }
        for (message, node) in own.map(|own| &own.tests).into_iter().flatten() {
            if !tree.mappings.contains_key(message) && !tree.unread.contains_key(message) {
                mapwright_findings::rules::unknown_mapping::report(
                    self.reports,
                    node.span,
                    message,
                    tree.mappings.keys().map(String::as_str),
                );
            }
        }
        Some(Version {
            number: VersionNumber(folder.to_owned()),
            spec: spec?,
            node: tree.version,
            mappings,
            schemas: tree.schemas,
            unread: unread_mappings(&tree.unread),
            inherited: tree.inherited,
            flawed,
        })
    }

    fn tests(&mut self, node: &Node) -> Option<TestFileSpec> {
        let before = self.reports.made();
        let tests = TestFileSpec::decode(node, self.reports);
        // tests that were read only in part would fail for unrelated reasons
        tests.filter(|_| self.reports.made() == before)
    }

    /// A mapping without its tests.
    fn mapping(&mut self, message: &str, node: &Node, shared: &Shared<'_>) -> Option<Mapping> {
        let node = shared.expand(node, &mut self.nodes, self.reports);
        let node = shared.lay_values(&node, self.reports);
        let spec = MappingSpec::decode(&node, self.reports);
        let variants = spec.as_ref().map(|spec| &*spec.variants).unwrap_or_default();
        let plain = without(&node, "variants");
        let overs = by_key(node.get("variants").and_then(Node::as_map).unwrap_or_default());
        let mut effective = Vec::new();
        for (name, variant) in variants {
            let Some(over) = overs.get(name.value.as_str()) else { continue };
            if !self.nodes.takes(nodes_in(&plain), name.span, self.reports) {
                break;
            }
            let below = shared.with_values(&plain, over);
            let merged = merge(&below, &without(over, "when"), Shape::Mapping, self.reports);
            let merged = shared.expand(&merged, &mut self.nodes, self.reports);
            if let Some(spec) = MappingSpec::decode(&merged, self.reports) {
                let (name, when) = (name.clone(), variant.when.clone());
                effective.push(Variant { name, when, node: merged, spec });
            }
        }
        Some(Mapping {
            message: message.to_owned(),
            node,
            spec: spec?,
            variants: effective,
            own: false,
            tests: None,
            folder: String::new(),
        })
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

#[derive(Debug, Clone)]
struct Effective {
    version: Node,
    mappings: BTreeMap<String, Node>,
    schemas: BTreeMap<String, SchemaFile>,
    unread: BTreeMap<String, FileId>,
    /// The files of the version that it extends.
    inherited: HashSet<FileId>,
}

impl Effective {
    fn files(&self) -> HashSet<FileId> {
        let trees = self.mappings.values().chain([&self.version]);
        files_of(trees, self.schemas.values(), &unread_mappings(&self.unread))
    }
}

/// The mappings among the files that could not be read: a test file is not what a version is made of.
fn unread_mappings(unread: &BTreeMap<String, FileId>) -> Vec<FileId> {
    unread.iter().filter(|(name, _)| !name.ends_with(".test")).map(|(_, file)| *file).collect()
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
