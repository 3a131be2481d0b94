//! A version, laid over those that it extends.

use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use crate::catalog::{Inherits, TestFile};
use crate::layers::{MAPPINGS, items, removed_mapping};
use crate::load::files::Folder;
use crate::schemas::SchemaFile;
use crate::spec::VersionNumber;
use crate::yaml::{Key, Node};
use mapwright_findings::rules::override_nothing;
use mapwright_findings::{FileId, Reports, Span};

/// A version, laid over those that it extends.
#[derive(Debug, Clone)]
pub(super) struct Effective {
    pub(super) version: Node,
    /// The files of each mapping, those that it inherits first.
    pub(super) mappings: BTreeMap<String, Vec<Rc<Node>>>,
    /// Tests by mapping, those that it inherits first.
    pub(super) tests: BTreeMap<String, Vec<Arc<TestFile>>>,
    pub(super) schemas: BTreeMap<String, SchemaFile>,
    pub(super) unread: BTreeMap<String, FileId>,
    pub(super) bases: Vec<VersionNumber>,
    /// The shared steps that it, or one that it extends, removes: where it says so.
    pub(super) removed: BTreeMap<String, Span>,
    /// All files that it is made of, and those of them that it inherits.
    pub(super) files: HashSet<FileId>,
    pub(super) inherits: Option<Inherits>,
}

impl Effective {
    pub(super) fn new(version: Node, inherits: Option<Inherits>) -> Self {
        Self {
            version,
            inherits,
            mappings: BTreeMap::new(),
            tests: BTreeMap::new(),
            schemas: BTreeMap::new(),
            unread: BTreeMap::new(),
            bases: Vec::new(),
            removed: BTreeMap::new(),
            files: HashSet::new(),
        }
    }

    /// Removes the mappings that the file of a version says it does not inherit, with their tests.
    pub(super) fn remove_mappings(&mut self, version: &[Node], reports: &mut Reports) {
        for target in version.iter().filter_map(|version| version.get("remove")).flat_map(items) {
            let Some((path, name)) = target.as_text().and_then(|path| Some((path, removed_mapping(path)?)))
            else {
                continue;
            };
            // one that cannot be read is there all the same
            let (read, unread) = (self.mappings.remove(name), self.unread.remove(name));
            self.tests.remove(name);
            if read.is_none() && unread.is_none() {
                let known: Vec<String> =
                    self.mappings.keys().map(|name| format!("{MAPPINGS}{name}")).collect();
                let known = known.iter().map(String::as_str);
                override_nothing::report(reports, target.span, path, "is removed", known);
            }
        }
    }

    /// Adds the files of a folder to those of the folders before.
    pub(super) fn add(&mut self, folder: &Folder) {
        for (message, files) in &folder.mappings {
            self.mappings.entry(message.clone()).or_default().extend(files.iter().cloned());
        }
        for (message, tests) in &folder.tests {
            self.tests.entry(message.clone()).or_default().extend(tests.iter().cloned());
        }
        self.schemas.extend(folder.schemas.clone());
        self.unread.extend(folder.unread.clone());
        self.files.extend(&folder.files);
    }

    /// Adds patches to schemas.
    pub(super) fn patch(&mut self, patches: &[(Key, Node)], reports: &mut Reports) {
        for (name, patch) in patches {
            match self.schemas.get_mut(&name.text) {
                Some(schema) => schema.patches.push(Arc::new(patch.clone())),
                None => {
                    let known = self.schemas.keys().map(String::as_str);
                    override_nothing::report(reports, name.span, &name.text, "is a patch of a schema", known);
                }
            }
        }
    }
}
