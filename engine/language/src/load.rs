//! Loads all files of a set of mappings as effective specs, version by version.

mod effective;
mod files;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use self::effective::Effective;
use self::files::{Files, Folder};
use crate::catalog::{Catalog, Destination, Inherits, Mapping, MappingContent, TestFile, Variant, Version};
use crate::decode::{Decode, repaired};
use crate::layers::{Laying, Sections, Shape, Shared, VariantLayers, VariantList, items, without};
use crate::limits::EXTENDS_DEPTH;
use crate::size::{Nodes, nodes_in};
use crate::spec::{DestinationSpec, Expression, MappingSpec, VariantSpec, VersionNumber, VersionSpec};
use crate::yaml::{Data, Key, Node};
use mapwright_findings::rules::{
    extends_cycle, invalid_value, missing_key, unknown_mapping, unknown_version,
};
use mapwright_findings::{At, FileId, Reports, Sources, Span};

/// Reads all files, or those of one destination and what it extends. Invalid parts are reported and ignored.
pub fn load(sources: &Sources, only: Option<&str>, reports: &mut Reports) -> Catalog {
    load_again(sources, only, &Catalog::default(), reports)
}

/// Loads as [`load`] does, after an earlier state of the files was read: the tests that have not changed are taken from it.
pub fn load_again(sources: &Sources, only: Option<&str>, known: &Catalog, reports: &mut Reports) -> Catalog {
    let mut files = Files::new(sources, known);
    let folders = files.versions();
    if only.is_none() {
        files.stray(reports);
    }
    let mut loader = Loader {
        files,
        folders,
        reports,
        nodes: Nodes::default(),
        made: HashMap::new(),
        circled: HashSet::new(),
        too_deep: false,
    };
    let names: Vec<String> =
        loader.folders.keys().filter(|name| only.is_none_or(|only| only == *name)).cloned().collect();
    let destinations = names.iter().filter_map(|name| loader.destination(name)).collect();
    Catalog { texts: Arc::new(loader.files.texts), destinations }
}

struct Loader<'s> {
    files: Files<'s>,
    /// The version folders of each destination.
    folders: BTreeMap<String, Vec<String>>,
    reports: &'s mut Reports,
    /// The size of the current destination.
    nodes: Nodes,
    /// The mappings of the current destination, by message.
    made: HashMap<String, Vec<Made>>,
    /// Destinations in circles that have been reported.
    circled: HashSet<String>,
    /// Whether a destination that extends too many others has been reported.
    too_deep: bool,
}

/// A mapping that was made without a report: of other versions, the same makes the same.
struct Made {
    files: Vec<Rc<Node>>,
    sections: Rc<Sections>,
    content: Arc<MappingContent>,
    /// How many nodes were counted for it.
    nodes: usize,
}

impl Made {
    fn is_of(&self, files: &[Rc<Node>], shared: &Shared<'_>) -> bool {
        self.files.len() == files.len()
            && self.files.iter().zip(files).all(|(own, other)| Rc::ptr_eq(own, other))
            && (Rc::ptr_eq(&self.sections, shared.sections()) || self.sections == *shared.sections())
    }
}

/// So many of one message, the last ones, are compared with the next.
const COMPARED: usize = 4;

/// A destination and those that it extends, the first of which extends none.
struct Chain {
    names: Vec<String>,
    /// The trees of all their `destination.yaml`, in the order in which they are laid.
    nodes: Vec<Node>,
    /// Whether some of them could not be read.
    unread: bool,
    /// Where the destination says what it extends.
    extends: Option<Span>,
}

impl Loader<'_> {
    fn destination(&mut self, name: &str) -> Option<Destination> {
        (self.nodes, self.made) = (Nodes::default(), HashMap::new());
        let chain = self.chain(name)?;
        let folders: BTreeSet<&String> =
            chain.names.iter().filter_map(|name| self.folders.get(name)).flatten().collect();
        let folders: Vec<String> = folders.into_iter().cloned().collect();
        let mut effective: BTreeMap<String, Option<Effective>> = BTreeMap::new();
        for version in self.bases_first(&folders, &chain) {
            self.effective(version, &chain, &folders, &mut effective, &mut Vec::new());
        }
        let mut versions: Vec<Version> = Vec::new();
        for (number, tree) in effective {
            versions.extend(tree.and_then(|tree| self.version(name, &number, tree)));
        }
        versions.sort_by(|a, b| a.number.cmp(&b.number));
        if chain.unread {
            return None;
        }
        let (node, spec) = self.destination_spec(name, &chain)?;
        Some(Destination { name: name.to_owned(), node, spec, versions, folders })
    }

    /// Lays a `destination.yaml` over those that it extends.
    fn destination_spec(&mut self, name: &str, chain: &Chain) -> Option<(Node, DestinationSpec)> {
        let own = chain.nodes.last()?.span.file;
        let files = chain.nodes.iter().map(|node| node.span.file).filter(|file| *file != own).collect();
        let label = format!("in `{name}`, which inherits it");
        let inherits = chain.extends.map(|extends| Inherits { files, extends, label });
        self.reports.set_heir(inherits.as_ref().map(Inherits::heir));
        let node = self.laid(None, &chain.nodes, Shape::Destination);
        let spec = node.as_ref().and_then(|node| DestinationSpec::decode(node, self.reports));
        self.reports.set_heir(None);
        node.zip(spec)
    }

    /// Lays trees over each other.
    fn laid<'n>(
        &mut self,
        base: Option<Node>,
        nodes: impl IntoIterator<Item = &'n Node>,
        shape: Shape,
    ) -> Option<Node> {
        let mut laying =
            Laying { reports: self.reports, nodes: &mut self.nodes, shared: None, uses: Vec::new() };
        nodes.into_iter().fold(base, |base, node| Some(laying.lay(base, node, shape)))
    }

    /// Finds the destinations that a destination extends.
    fn chain(&mut self, name: &str) -> Option<Chain> {
        let mut chain = Chain { names: Vec::new(), nodes: Vec::new(), unread: false, extends: None };
        let mut next = Some(At { value: name.to_owned(), span: Span { file: FileId(0), start: 0, end: 0 } });
        while let Some(At { value: name, span }) = next.take() {
            if chain.names.contains(&name) {
                let path: Vec<String> = chain.names.iter().rev().cloned().collect();
                if !path.iter().any(|name| self.circled.contains(name)) {
                    extends_cycle::report_destination(self.reports, span, &path, &name);
                }
                self.circled.extend(path);
                return None;
            }
            if chain.names.len() > EXTENDS_DEPTH {
                // one finding is enough for all that extend it
                if !std::mem::replace(&mut self.too_deep, true) {
                    self.too_many_bases(span, "destination");
                }
                return None;
            }
            if !self.folders.contains_key(&name) {
                let known = self.folders.keys().map(String::as_str);
                let help = self.reports.suggest(&name, known);
                invalid_value::report(self.reports, span, format!("unknown destination `{name}`"), help);
                return None;
            }
            let trees = self.files.destination(&name, self.reports)?;
            chain.unread |= trees.unread.is_some();
            next = trees.nodes.iter().rev().find_map(|node| {
                let extends = node.get("extends")?;
                Some(At { value: extends.as_text()?.to_owned(), span: extends.span })
            });
            chain.extends = chain.extends.or(next.as_ref().map(|next| next.span));
            chain.names.insert(0, name);
            chain.nodes.splice(0..0, trees.nodes.iter().cloned());
        }
        Some(chain)
    }

    /// Returns a version, laid over those that it extends. Each version is laid once.
    fn effective(
        &mut self,
        version: &str,
        chain: &Chain,
        known: &[String],
        done: &mut BTreeMap<String, Option<Effective>>,
        path: &mut Vec<String>,
    ) -> Option<Effective> {
        if let Some(done) = done.get(version) {
            return done.clone();
        }
        let folders: Vec<Rc<Folder>> =
            chain.names.iter().map(|name| self.files.folder(name, version, self.reports)).collect();
        let made = self.of_folders(version, &folders, chain, known, done, path);
        done.insert(version.to_owned(), made.clone());
        made
    }

    fn of_folders(
        &mut self,
        version: &str,
        folders: &[Rc<Folder>],
        chain: &Chain,
        known: &[String],
        done: &mut BTreeMap<String, Option<Effective>>,
        path: &mut Vec<String>,
    ) -> Option<Effective> {
        if folders.iter().any(|folder| folder.unread.contains_key("version")) {
            return None;
        }
        let nodes: Vec<&Node> = folders.iter().flat_map(|folder| &folder.version).collect();
        let Some(top) = nodes.last() else {
            let name = chain.names.last().map(String::as_str).unwrap_or_default();
            self.files.no_version(name, version, self.reports);
            return None;
        };
        path.push(version.to_owned());
        let extends = nodes.iter().rev().find_map(|node| node.get("extends"));
        let base = extends.map(|extends| self.base(extends, chain, known, done, path));
        path.pop();
        // without its inherited parts, a version cannot be checked
        let base = match base {
            Some(None) => return None,
            base => base.flatten(),
        };
        if let (Some(base), Some(extends)) = (&base, extends)
            && base.bases.len() >= EXTENDS_DEPTH
        {
            self.too_many_bases(extends.span, "version");
            return None;
        }
        let inherits = inherits(version, folders, base.as_ref(), extends, chain);
        self.reports.set_heir(inherits.as_ref().map(Inherits::heir));
        // patches of schemas count once, in the version that states them
        let of_base = base.as_ref().map(|base| without(&base.version, "schemas"));
        let laid = self.laid(of_base, nodes.iter().copied(), Shape::Version);
        self.reports.set_heir(None);
        let laid = laid?;
        let fits = self.nodes.takes(nodes_in(&laid), top.span, self.reports);
        let mut made = match base {
            Some(base) => Effective { version: laid, inherits, ..base },
            None => Effective::new(laid, inherits),
        };
        if let Some(number) = extends.and_then(VersionNumber::written) {
            made.bases.insert(0, number);
        }
        made.removed.extend(nodes.iter().flat_map(|node| removed_steps(node)));
        for folder in folders {
            made.remove_mappings(&folder.version, self.reports);
            made.add(folder);
            for patches in folder.version.iter().filter_map(|node| node.get("schemas")?.as_map()) {
                made.patch(patches, self.reports);
            }
        }
        fits.then_some(made)
    }

    /// Returns the version that another extends.
    fn base(
        &mut self,
        extends: &Node,
        chain: &Chain,
        known: &[String],
        done: &mut BTreeMap<String, Option<Effective>>,
        path: &mut Vec<String>,
    ) -> Option<Effective> {
        let number = VersionNumber::decode(extends, self.reports)?.0;
        if path.contains(&number) {
            extends_cycle::report(self.reports, extends.span, path, &number);
            return None;
        }
        // only versions in a circle are not laid after those that they extend
        if path.len() > EXTENDS_DEPTH {
            self.too_many_bases(extends.span, "version");
            return None;
        }
        if !known.contains(&number) {
            // it may be a version of a destination that could not be read, and a number that is not quoted may mean another one
            if !chain.unread && extends.as_text().is_some() {
                let known = known.iter().filter(|other| !self.leads_to(other, path, chain));
                let known: Vec<&str> = known.map(String::as_str).collect();
                unknown_version::report(self.reports, extends.span, &number, known);
            }
            return None;
        }
        self.effective(&number, chain, known, done, path)
    }

    /// Whether a version is one of some others, or extends one of them.
    fn leads_to(&mut self, version: &str, others: &[String], chain: &Chain) -> bool {
        let mut at = version.to_owned();
        for _ in 0..=EXTENDS_DEPTH {
            if others.contains(&at) {
                return true;
            }
            let Some(next) = self.extended(&at, chain) else { return false };
            at = next;
        }
        false
    }

    /// The version that another says that it extends.
    fn extended(&mut self, version: &str, chain: &Chain) -> Option<String> {
        let folders = chain.names.iter().rev().map(|name| self.files.folder(name, version, self.reports));
        folders.flat_map(|folder| folder.version.clone()).find_map(|node| {
            let extends = node.get("extends")?.as_text()?;
            Some(extends.to_owned())
        })
    }

    /// Versions in an order in which each comes after those that it extends, but for those in circles.
    fn bases_first<'f>(&mut self, folders: &'f [String], chain: &Chain) -> Vec<&'f str> {
        let bases = folders.iter().map(|version| (version.as_str(), self.extended(version, chain)));
        let bases: BTreeMap<&str, Option<String>> = bases.collect();
        let mut done: HashSet<&str> = HashSet::new();
        let mut order: Vec<&str> = Vec::with_capacity(folders.len());
        for version in folders {
            let (mut above, mut in_circle, mut next) = (Vec::new(), false, Some(version.as_str()));
            while let Some((version, base)) = next.and_then(|next| bases.get_key_value(next)) {
                if !done.insert(version) {
                    in_circle = above.contains(version);
                    break;
                }
                above.push(*version);
                next = base.as_deref();
            }
            // a cycle is reported from its first version on
            if !in_circle {
                above.reverse();
            }
            order.extend(above);
        }
        order
    }

    fn too_many_bases(&mut self, extends: Span, what: &str) {
        let message = format!(
            "the {what} extends more than {EXTENDS_DEPTH} others, directly and indirectly (limit `extends_depth`)"
        );
        let advice = format!("let a {what} state everything that it needs");
        invalid_value::report(self.reports, extends, message, advice);
    }

    fn version(&mut self, destination: &str, folder: &str, tree: Effective) -> Option<Version> {
        let errors = self.reports.errors();
        self.reports.set_heir(tree.inherits.as_ref().map(Inherits::heir));
        let spec = VersionSpec::decode(&tree.version, self.reports);
        let shared = Shared::of(&tree.version, &tree.removed);
        let files = tree.mappings.iter().filter(|(message, _)| !tree.unread.contains_key(*message));
        let mappings = files.map(|(message, files)| self.mapping(message, files, &shared, tree.version.span));
        let mut mappings: Vec<Mapping> = mappings.collect::<Vec<_>>().into_iter().flatten().collect();
        let flawed = self.reports.errors() > errors;
        self.reports.set_heir(None);
        let own = self.files.folder(destination, folder, self.reports);
        for mapping in &mut mappings {
            let message = &mapping.message;
            mapping.own = own.mappings.contains_key(message);
            mapping.folder = format!("mappings/{destination}/{folder}/");
            let tests = tree.tests.get(message).map(Vec::as_slice).unwrap_or_default();
            (mapping.tests, mapping.inherited_tests) = own_and_inherited(tests, &mapping.folder);
        }
        for (message, tests) in &own.tests {
            if !tree.mappings.contains_key(message) && !tree.unread.contains_key(message) {
                let known = tree.mappings.keys().map(String::as_str);
                for tests in tests {
                    unknown_mapping::report(self.reports, tests.spec.span, message, known.clone());
                }
            }
        }
        Some(Version {
            number: VersionNumber(folder.to_owned()),
            spec: spec?,
            node: tree.version,
            mappings,
            schemas: tree.schemas,
            unread: unread_mappings(&tree.unread),
            bases: tree.bases,
            inherits: tree.inherits,
            flawed,
        })
    }

    /// A mapping without its tests.
    fn mapping(
        &mut self,
        message: &str,
        files: &[Rc<Node>],
        shared: &Shared<'_>,
        at: Span,
    ) -> Option<Mapping> {
        let mut known = self.made.get(message).into_iter().flatten().rev();
        let known =
            known.find(|made| made.is_of(files, shared)).map(|made| (made.content.clone(), made.nodes));
        let content = match known {
            Some((content, nodes)) => {
                self.nodes.takes(nodes, at, self.reports).then_some(())?;
                content
            }
            None => {
                let reports = |reports: &Reports| reports.made() + reports.kept_back();
                let (before, nodes) = (reports(self.reports), self.nodes.count());
                let content = Arc::new(self.content(files, shared, at)?);
                if reports(self.reports) == before {
                    let made = self.made.entry(message.to_owned()).or_default();
                    // the others are not looked at any more
                    made.drain(..(made.len() + 1).saturating_sub(COMPARED));
                    made.push(Made {
                        files: files.to_vec(),
                        sections: shared.sections().clone(),
                        content: content.clone(),
                        nodes: self.nodes.count() - nodes,
                    });
                }
                content
            }
        };
        Some(Mapping {
            message: message.to_owned(),
            content,
            own: false,
            tests: Vec::new(),
            inherited_tests: Vec::new(),
            folder: String::new(),
        })
    }

    /// What a mapping says.
    fn content(&mut self, files: &[Rc<Node>], shared: &Shared<'_>, at: Span) -> Option<MappingContent> {
        // counted before they are laid, so that what is too much takes no time
        let nodes = files.iter().map(|file| nodes_in(file)).sum();
        if !self.nodes.takes(nodes, at, self.reports) {
            return None;
        }
        let mut variants = VariantList::default();
        let mut plain: Option<Node> = None;
        for file in files {
            let stated = variants.take_from(file, self.reports);
            plain = Some(self.over_mapping(plain, &stated, shared));
        }
        let plain = plain?;
        let node = with_variants(&plain, &variants);
        let spec = MappingSpec::decode(&node, self.reports);
        let mut effective = Vec::new();
        for variant in &variants.list {
            if !self.nodes.takes(nodes_in(&plain), variant.name.span, self.reports) {
                break;
            }
            effective.extend(self.variant(variant, &plain, shared));
        }
        Some(MappingContent { node, spec: spec?, variants: effective })
    }

    /// Lays a tree over a mapping and the parts of its version that both have.
    fn over_mapping(&mut self, base: Option<Node>, over: &Node, shared: &Shared<'_>) -> Node {
        let is_first = base.is_none();
        let base = shared.below(base, over);
        let mut laying =
            Laying { reports: self.reports, nodes: &mut self.nodes, shared: Some(shared), uses: Vec::new() };
        let mut laid = laying.lay(base, over, Shape::Mapping);
        if let (true, Data::Map(entries), Some(stated)) = (is_first, &mut laid.data, over.as_map()) {
            // shared parts do not come before what the file itself says
            entries.sort_by_key(|(key, _)| stated.iter().position(|(own, _)| own.text == key.text));
        }
        laid
    }

    fn variant(&mut self, variant: &VariantLayers, plain: &Node, shared: &Shared<'_>) -> Option<Variant> {
        let mut tree = plain.clone();
        for layer in &variant.layers {
            let mut layer = Cow::Borrowed(layer);
            if layer.get("replace").is_some() {
                let advice = format!(
                    "a variant is laid over its mapping: `remove` what it should not have; to state an inherited variant again, write `remove: [variants.{}]`",
                    variant.name.text
                );
                let message = "`replace` has no use in a variant";
                invalid_value::report(self.reports, layer.key_span("replace"), message, advice);
                layer = Cow::Owned(without(&layer, "replace"));
            }
            let mut layer = repaired(&layer, "a variant", VariantSpec::KEYS, self.reports)?.into_owned();
            if let Data::Map(entries) = &mut layer.data {
                // what has a finding is none of a mapping either
                entries.retain(|(key, _)| VariantSpec::KEYS.contains(&key.text.as_str()));
            }
            tree = self.over_mapping(Some(tree), &layer, shared);
        }
        let name = variant.name.at();
        let when = match tree.get("when") {
            Some(when) => Expression::decode(when, self.reports),
            None => {
                let span = variant.layers.last().map_or(name.span, |layer| layer.span);
                missing_key::report(self.reports, span, "when", "a variant", "The condition for the variant.")
            }
        };
        let node = without(&tree, "when");
        let spec = MappingSpec::decode(&node, self.reports);
        Some(Variant { name, when: when?, node, spec: spec? })
    }
}

/// The shared steps that the file of a version removes.
fn removed_steps(version: &Node) -> impl Iterator<Item = (String, Span)> {
    let items = version.get("remove").map(items).unwrap_or_default();
    let step = |item: &Node| Some((item.as_text()?.strip_prefix("steps.")?.to_owned(), item.span));
    items.iter().filter_map(step)
}

/// Returns what a version inherits, from those that it extends and from the destination that its own extends.
fn inherits(
    version: &str,
    folders: &[Rc<Folder>],
    base: Option<&Effective>,
    extends: Option<&Node>,
    chain: &Chain,
) -> Option<Inherits> {
    let span = extends.map(|extends| extends.span).or(chain.extends)?;
    let mut files: HashSet<FileId> = base.map(|base| base.files.clone()).unwrap_or_default();
    let (_, others) = folders.split_last()?;
    files.extend(others.iter().flat_map(|folder| &folder.files));
    let label = format!("in version `{version}`, which inherits it");
    Some(Inherits { files, extends: span, label })
}

/// Returns a mapping with what its files say of its variants, which is not laid over the mapping.
fn with_variants(plain: &Node, variants: &VariantList) -> Node {
    let (Data::Map(entries), Some(key)) = (&plain.data, &variants.key) else { return plain.clone() };
    let mut entries = entries.clone();
    let (mut reports, mut nodes) = (Reports::default(), Nodes::default());
    let mut laying = Laying { reports: &mut reports, nodes: &mut nodes, shared: None, uses: Vec::new() };
    let stated = variants.list.iter().filter_map(|VariantLayers { name, layers }| {
        let (first, rest) = layers.split_first()?;
        let laid = rest.iter().fold(first.clone(), |base, layer| laying.lay(Some(base), layer, Shape::Plain));
        Some((name.clone(), laid))
    });
    let stated: Vec<(Key, Node)> = stated.collect();
    if !stated.is_empty() {
        entries.push((key.clone(), Node { span: key.span, data: Data::Map(stated) }));
    }
    Node { span: plain.span, data: Data::Map(entries) }
}

/// The mappings among the files that could not be read: a test file is not what a version is made of.
fn unread_mappings(unread: &BTreeMap<String, FileId>) -> Vec<FileId> {
    unread.iter().filter(|(name, _)| !name.ends_with(".test")).map(|(_, file)| *file).collect()
}

/// The files of tests that a folder has, and those that it inherits, nearest first. `tests` are all of them, the nearest ones last.
fn own_and_inherited(tests: &[Arc<TestFile>], folder: &str) -> (Vec<Arc<TestFile>>, Vec<Arc<TestFile>>) {
    // nothing is inherited below a file that says so; the others in its folder are beside it
    let replacing = tests.iter().rposition(|file| file.spec.replace);
    let is_left =
        |(at, file): &(usize, &Arc<TestFile>)| match replacing.and_then(|at| Some((at, tests.get(at)?))) {
            Some((last, by)) => *at >= last || file.folder == by.folder && file.name != by.name,
            None => true,
        };
    let (mut own, mut inherited) = (Vec::new(), Vec::new());
    for (at, file) in tests.iter().enumerate().filter(is_left) {
        let laid_over =
            tests.iter().skip(at + 1).any(|later| (&later.folder, &later.name) == (&file.folder, &file.name));
        match file.folder == folder && !laid_over {
            true => own.push(file.clone()),
            false => inherited.push(file.clone()),
        }
    }
    inherited.reverse();
    (own, inherited)
}
