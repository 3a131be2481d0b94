//! All files of a set of mappings as effective specs, version by version.

use std::collections::{BTreeMap, HashSet};
use std::ops::Deref;
use std::sync::Arc;

use crate::schemas::{SchemaFault, SchemaFile, bundle};
use crate::spec::{DestinationSpec, Expression, MappingSpec, TestFileSpec, VersionNumber, VersionSpec};
use crate::yaml::{Data, Node};
use mapwright_findings::{At, FileId, Heir, Span, Texts};

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
    /// The versions that it extends, directly and indirectly, nearest first.
    pub bases: Vec<VersionNumber>,
    /// The files that it inherits, if it does, and what says so.
    pub(crate) inherits: Option<Inherits>,
    /// Whether there are errors in what it says, its own or in what it makes of its inheritance.
    pub flawed: bool,
}

/// An effective mapping: its own flow and those of its variants.
#[derive(Debug)]
pub struct Mapping {
    /// The message type, which names the file.
    pub message: String,
    /// What it says, which versions share that inherit all of it.
    pub content: Arc<MappingContent>,
    /// Whether the version itself has a file for it.
    pub own: bool,
    /// The files of tests beside the mapping that can be read.
    pub tests: Vec<Arc<TestFile>>,
    /// Those that it inherits, nearest first.
    pub inherited_tests: Vec<Arc<TestFile>>,
    /// The folder of the mapping, with a trailing `/`.
    pub folder: String,
}

/// What an effective mapping says.
#[derive(Debug)]
pub struct MappingContent {
    /// The content after inheritance.
    pub node: Node,
    /// The record of that content.
    pub spec: MappingSpec,
    /// The variants, in the order in which their conditions are tried.
    pub variants: Vec<Variant>,
}

impl Deref for Mapping {
    type Target = MappingContent;

    fn deref(&self) -> &MappingContent {
        &self.content
    }
}

/// The tests of one file.
#[derive(Debug)]
pub struct TestFile {
    /// Its name without its ending: the mapping, as in `identify`, or the mapping and what its tests are about, as in `identify.emails`.
    pub name: String,
    /// What it says.
    pub spec: TestFileSpec,
    /// Its folder, for fixtures, with a trailing `/`.
    pub folder: String,
    /// Whether nothing was reported of it when it was read.
    pub(crate) faultless: bool,
}

/// What a version inherits from another, or from another destination.
#[derive(Debug, Clone)]
pub(crate) struct Inherits {
    pub files: HashSet<FileId>,
    /// What says so.
    pub extends: Span,
    /// The label of that position in a finding.
    pub label: String,
}

impl Inherits {
    pub(crate) fn heir(&self) -> Heir {
        Heir { files: self.files.clone(), extends: self.extends, label: self.label.clone() }
    }
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

impl Version {
    /// Returns a body schema with the patches of versions, as one document with the other schemas that it refers to.
    ///
    /// # Errors
    /// When a file of it is not JSON, or is missing.
    pub fn schema(&self, name: &str) -> Option<Result<serde_json::Value, SchemaFault>> {
        bundle(name, &self.schemas)
    }

    /// Returns the files of the version.
    pub fn files(&self) -> HashSet<FileId> {
        let trees = self.mappings.iter().map(|mapping| &mapping.node).chain([&self.node]);
        files_of(trees, self.schemas.values(), &self.unread)
    }

    /// Returns the version as one that inherits files, if it does.
    pub fn heir(&self) -> Option<Heir> {
        self.inherits.as_ref().map(Inherits::heir)
    }
}

/// The files from which these trees and schemas come, and those that could not be read.
pub(crate) fn files_of<'n>(
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

impl Destination {
    /// Returns the versions that a version extends, directly and indirectly, nearest first.
    pub fn bases<'d>(&'d self, version: &'d Version) -> impl Iterator<Item = &'d Version> {
        let of_name =
            |number: &'d VersionNumber| self.versions.iter().find(move |base| base.number == *number);
        version.bases.iter().filter_map(of_name)
    }

    /// Returns the message types that its versions map, or nothing if not all of them could be read. A file that names another type than its name
    /// may be meant for either.
    pub fn messages(&self) -> Option<Vec<&str>> {
        let is_read = |version: &Version| !version.flawed && version.unread.is_empty();
        if self.versions.len() < self.folders.len() || !self.versions.iter().all(is_read) {
            return None;
        }
        let mappings = self.versions.iter().flat_map(|version| &version.mappings);
        let names = mappings.flat_map(|mapping| {
            let written = mapping.spec.message.names.iter().map(|name| name.value.as_str());
            written.chain([mapping.message.as_str()])
        });
        Some(names.collect())
    }
}
