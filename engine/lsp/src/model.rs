//! What is known of destinations that belong together: their records, and the index of their names.

use mapwright::Sources;
use mapwright_analyze::TrackingPlans;
use mapwright_analyze::index::{Index, IndexedName, Kind};
use mapwright_analyze::view::VersionView;
use mapwright_findings::{FileId, Reports};
use mapwright_language::catalog::{Catalog, Destination, Mapping, Version};
use mapwright_language::load::load;
use mapwright_language::yaml::{Node, parse};

use crate::cursor::below;
use crate::grammar::FileKind;

/// Destinations that belong together, as their files say them now.
#[derive(Debug)]
pub(crate) struct Model {
    /// The files, in which what is not YAML is left blank.
    pub sources: Sources,
    pub catalog: Catalog,
    pub index: Index,
    plans: TrackingPlans,
}

/// A file of a model.
#[derive(Debug)]
pub(crate) struct File<'m> {
    pub model: &'m Model,
    pub id: FileId,
    pub kind: FileKind,
    /// Its tree.
    pub node: Node,
    /// The destination and the version of its folder; of `destination.yaml`, the last version.
    pub version: Option<(&'m Destination, &'m Version)>,
    /// The position of that version in the catalog.
    pub at: (usize, usize),
    /// The mapping that it is, or is about.
    pub mapping: Option<&'m Mapping>,
}

impl Model {
    pub(crate) fn new(sources: Sources) -> Self {
        let catalog = load(&sources, None, &mut Reports::default());
        let index = Index::new(&catalog);
        Self { sources, catalog, index, plans: TrackingPlans::default() }
    }

    /// The file that findings show under this path.
    pub(crate) fn file(&self, shown: &str) -> Option<File<'_>> {
        let (key, _) = self.sources.iter().find(|(key, _)| self.sources.shown(key) == shown)?;
        let kind = FileKind::of(key)?;
        let id = self.catalog.texts.files(shown).next()?;
        let node = parse(id, self.catalog.texts.text(id)?).ok()?;
        let mut parts = key.split('/').skip(1);
        let (destination, version) = (parts.next()?, parts.next());
        let of = self.catalog.destinations.iter().position(|known| known.name == destination);
        let found = of.and_then(|of| Some((of, self.catalog.destinations.get(of)?)));
        let found = found.and_then(|(of, destination)| {
            let at = match kind {
                FileKind::Destination => destination.versions.len().checked_sub(1),
                _ => destination.versions.iter().position(|known| Some(known.number.0.as_str()) == version),
            }?;
            Some(((of, at), destination, destination.versions.get(at)?))
        });
        let stem = parts.next().and_then(|file| file.split('.').next());
        let mapping = found.and_then(|(_, _, version)| {
            version.mappings.iter().find(|mapping| Some(mapping.message.as_str()) == stem)
        });
        let (at, version) = match found {
            Some((at, destination, version)) => (at, Some((destination, version))),
            None => ((usize::MAX, usize::MAX), None),
        };
        Some(File { model: self, id, kind, node, version, at, mapping })
    }

    /// The tree of what a name stands for, as a version sees it.
    pub(crate) fn effective<'m>(&'m self, name: &IndexedName, version: (usize, usize)) -> Option<&'m Node> {
        let destination = self.catalog.destinations.get(version.0)?;
        let version = destination.versions.get(version.1)?;
        let section = section(name.kind)?;
        if matches!(name.kind, Kind::Setting | Kind::Rate) {
            return below(&destination.node, &[section, &name.name]);
        }
        let of = |mapping: &'m Mapping| below(&mapping.node, &[section, &name.name]);
        let mapping =
            name.of.as_ref().and_then(|of| version.mappings.iter().find(|known| known.message == *of));
        mapping.and_then(of).or_else(|| below(&version.node, &[section, &name.name]))
    }
}

/// The section in which such names are defined.
pub(crate) fn section(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::Setting => "settings",
        Kind::Rate => "rates",
        Kind::Value => "values",
        Kind::Set => "sets",
        Kind::Table => "tables",
        Kind::Conversion => "conversions",
        Kind::Part => "payload",
        Kind::Requirement => "requirements",
        Kind::Step => "steps",
        Kind::Operation => "operations",
        _ => return None,
    })
}

/// What such a name is called.
pub(crate) fn called(kind: Kind) -> &'static str {
    match kind {
        Kind::Setting => "setting",
        Kind::Column => "column",
        Kind::Rate => "rate group",
        Kind::Host => "host",
        Kind::Value => "value",
        Kind::Set => "set",
        Kind::Table => "table",
        Kind::Conversion => "conversion",
        Kind::Part => "payload part",
        Kind::Field => "field",
        Kind::Requirement => "requirement",
        Kind::Step => "step",
        Kind::Operation => "operation",
        Kind::Capture => "capture",
        Kind::Schema => "body schema",
        Kind::Item => "item",
        Kind::ItemId => "id of items",
    }
}

impl<'m> File<'m> {
    /// The version of the file as the rules see it.
    pub(crate) fn view(&self) -> Option<VersionView<'m>> {
        let (destination, version) = self.version?;
        Some(VersionView::new(destination, version, &self.model.plans))
    }

    /// The types of the events that it is about: of all, if it is about none in particular.
    pub(crate) fn messages(&self) -> Vec<String> {
        let all = || mapwright_analyze::MESSAGES.iter().map(|name| (*name).to_owned()).collect();
        let Some(mapping) = self.mapping else { return all() };
        let names: Vec<String> = match mapping.spec.message.names.as_slice() {
            [] => vec![mapping.message.to_lowercase()],
            names => names.iter().map(|name| name.value.to_lowercase()).collect(),
        };
        match names.iter().all(|name| mapwright_analyze::MESSAGES.contains(&name.as_str())) {
            true => names,
            false => all(),
        }
    }

    /// The names of a kind that can be used in the file.
    pub(crate) fn names(&self, kind: Kind) -> Vec<&'m IndexedName> {
        let message = self.mapping.map(|mapping| mapping.message.as_str());
        let is_here =
            |name: &&IndexedName| name.kind == kind && (name.of.is_none() || name.of.as_deref() == message);
        let mut names: Vec<&IndexedName> = self.model.index.of_version(self.at).filter(is_here).collect();
        names.sort_by(|a, b| a.name.cmp(&b.name));
        names.dedup_by(|a, b| a.name == b.name);
        names
    }
}
