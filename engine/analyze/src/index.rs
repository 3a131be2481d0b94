//! Every name of some destinations with all of its places: where it is defined, laid over and used, in whichever versions.
//!
//! Two places are of the same name if one version sees both: what it inherits ties it to the versions that it inherits from.

mod places;
mod reads;
mod tree;

use std::collections::{BTreeSet, HashMap};

use mapwright_findings::{FileId, Texts};
use mapwright_language::catalog::{Catalog, Destination, Version};
use mapwright_language::yaml::parse;

pub use mapwright_findings::rules::unused_definition::Kind;

pub use self::places::NamePlace;
use self::places::{Places, VersionId, of};
use self::tree::{Scope, StatedName};
use crate::tracking::TrackingPlans;
use crate::view::VersionView;

/// A name, and all of its places.
#[derive(Debug)]
pub struct IndexedName {
    /// The kind of definition that it names.
    pub kind: Kind,
    /// The name.
    pub name: String,
    /// The mapping that alone has it, if it is none of a version.
    pub of: Option<String>,
    /// The versions that see it: each by its destination's position in the catalog and its own.
    pub versions: Vec<(usize, usize)>,
    /// Its places, in their order.
    pub places: Vec<NamePlace>,
}

/// All names of some destinations.
#[derive(Debug, Default)]
pub struct Index {
    names: Vec<IndexedName>,
    /// The places of all names with the position of the name, in their order.
    places: Vec<(NamePlace, usize)>,
}

/// The maximum number of places before a byte that are searched for one around it.
const MOST_BEFORE: usize = 64;

impl Index {
    /// Collects the names of everything that could be read.
    pub fn new(catalog: &Catalog) -> Self {
        let (mut files, mut places) = (Files::new(&catalog.texts), Places::new(&catalog.texts));
        for (of, destination) in catalog.destinations.iter().enumerate() {
            for (at, version) in destination.versions.iter().enumerate() {
                add_version(&mut places, &mut files, (of, at), destination, version);
            }
        }
        Self::of(&places)
    }

    fn of(places: &Places<'_>) -> Self {
        let mut index = Self::default();
        let mut positions: HashMap<usize, usize> = HashMap::new();
        for (at, ((kind, of, name), version)) in places.names.iter().enumerate() {
            let position = *positions.entry(places.first(at)).or_insert_with(|| {
                let (kind, of, name) = (*kind, of.clone(), name.clone());
                index.names.push(IndexedName { kind, name, of, versions: Vec::new(), places: Vec::new() });
                index.names.len() - 1
            });
            if let Some(name) = index.names.get_mut(position)
                && !name.versions.contains(version)
            {
                name.versions.push(*version);
            }
        }
        for (place, name) in &places.list {
            if let Some(position) = positions.get(&places.first(*name)) {
                index.places.push((*place, *position));
            }
        }
        index.places.sort_by_key(|(place, _)| (place.span.file, place.span.start, place.span.end));
        for (place, position) in &index.places {
            if let Some(name) = index.names.get_mut(*position) {
                name.places.push(*place);
            }
        }
        index
    }

    /// Returns all names.
    pub fn names(&self) -> &[IndexedName] {
        &self.names
    }

    /// Returns the name at a byte, and its place there.
    pub fn at(&self, file: FileId, byte: u32) -> Option<(&IndexedName, NamePlace)> {
        let behind =
            self.places.partition_point(|(place, _)| (place.span.file, place.span.start) <= (file, byte));
        let before = self.places.get(..behind)?.iter().rev().take(MOST_BEFORE);
        let around = before.filter(|(place, _)| place.span.file == file && byte <= place.span.end);
        // names do not overlap, but what they stand in may
        let (place, name) =
            around.min_by_key(|(place, _)| (!place.exact, place.span.end - place.span.start))?;
        Some((self.names.get(*name)?, *place))
    }

    /// Returns the names that a version sees.
    pub fn of_version(&self, version: (usize, usize)) -> impl Iterator<Item = &IndexedName> {
        self.names.iter().filter(move |name| name.versions.contains(&version))
    }
}

/// What the files state, each read once.
struct Files<'t> {
    texts: &'t Texts,
    stated: HashMap<FileId, Vec<StatedName>>,
}

impl<'t> Files<'t> {
    fn new(texts: &'t Texts) -> Self {
        Self { texts, stated: HashMap::new() }
    }

    fn stated(&mut self, file: FileId) -> &[StatedName] {
        let texts = self.texts;
        self.stated.entry(file).or_insert_with(|| {
            let node = texts.text(file).and_then(|text| parse(file, text).ok());
            node.map(|node| tree::stated(texts.path(file).unwrap_or_default(), &node)).unwrap_or_default()
        })
    }
}

fn add_version(
    places: &mut Places<'_>,
    files: &mut Files<'_>,
    at: VersionId,
    destination: &Destination,
    version: &Version,
) {
    let mut all: BTreeSet<FileId> = version.files().into_iter().collect();
    all.extend(version.heir().map(|heir| heir.files).unwrap_or_default());
    all.extend(tree::files(&destination.node));
    let mappings = version.mappings.iter();
    let tests = mappings.flat_map(|mapping| mapping.tests.iter().chain(&mapping.inherited_tests));
    all.extend(tests.map(|tests| tests.spec.span.file));
    let mut seen = places.of_version(at);
    for file in all {
        for StatedName { kind, scope, name, span, defines, before } in files.stated(file) {
            let of = match scope {
                Scope::Version => None,
                Scope::Mapping(message) => of(version, *kind, name, message),
            };
            seen.add((*kind, of, name.clone()), before, *span, *defines);
        }
    }
    let plans = TrackingPlans::default();
    reads::collect(&VersionView::new(destination, version, &plans), &mut seen);
}
