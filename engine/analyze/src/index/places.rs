//! Places of names, and which of them are of the same name.

use std::collections::HashMap;

use mapwright_findings::rules::unused_definition::Kind;
use mapwright_findings::{Span, Texts};
use mapwright_language::catalog::Version;
use mapwright_language::decode::by_name;

use crate::uses::Key;

/// Where a name stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NamePlace {
    /// The name itself, or what it stands in if it is written in another way.
    pub span: Span,
    /// Whether it is defined there, or laid over what is inherited.
    pub defines: bool,
    /// Whether the span is that of the name alone.
    pub exact: bool,
}

/// A version: the position of its destination in the catalog, and its own.
pub(super) type VersionId = (usize, usize);

/// The places of the names of all versions.
pub(super) struct Places<'t> {
    texts: &'t Texts,
    /// The names of all versions, each with the version.
    pub names: Vec<(Key, VersionId)>,
    /// For each of them one that is the same, or itself.
    parents: Vec<usize>,
    /// All places, each with the position of a name.
    pub list: Vec<(NamePlace, usize)>,
    /// The position of a place, by its span and name.
    by_span: HashMap<(Span, Kind, String), usize>,
}

/// The places of names in the current version.
pub(super) struct VersionPlaces<'p, 't> {
    places: &'p mut Places<'t>,
    version: VersionId,
    here: HashMap<Key, usize>,
}

impl<'t> Places<'t> {
    pub(super) fn new(texts: &'t Texts) -> Self {
        let (names, parents, list) = (Vec::new(), Vec::new(), Vec::new());
        Self { texts, names, parents, list, by_span: HashMap::new() }
    }

    /// Looks at a version.
    pub(super) fn of_version(&mut self, version: VersionId) -> VersionPlaces<'_, 't> {
        VersionPlaces { places: self, version, here: HashMap::new() }
    }

    /// The first of the names that are the same.
    pub(super) fn first(&self, mut name: usize) -> usize {
        while let Some(parent) = self.parents.get(name).filter(|parent| **parent != name) {
            name = *parent;
        }
        name
    }

    fn unite(&mut self, a: usize, b: usize) {
        let (a, b) = (self.first(a), self.first(b));
        if let Some(parent) = self.parents.get_mut(a.max(b)) {
            *parent = a.min(b);
        }
    }
}

impl VersionPlaces<'_, '_> {
    /// Adds a place of a name, which stands there after `before`.
    pub(super) fn add(&mut self, key: Key, before: &str, span: Span, defines: bool) {
        let found = self.places.texts.text(span.file).and_then(|text| narrowed(text, span, before, &key.2));
        let (span, exact) = found.map_or((span, false), |span| (span, true));
        let places = &mut *self.places;
        let name = match self.here.get(&key) {
            Some(name) => *name,
            None => {
                let name = places.names.len();
                places.names.push((key.clone(), self.version));
                places.parents.push(name);
                self.here.insert(key.clone(), name);
                name
            }
        };
        let at = (span, key.0, key.2);
        let Some(known) = places.by_span.get(&at).copied() else {
            places.by_span.insert(at, places.list.len());
            places.list.push((NamePlace { span, defines, exact }, name));
            return;
        };
        if let Some((place, other)) = places.list.get_mut(known) {
            place.defines |= defines;
            let other = *other;
            places.unite(name, other);
        }
    }
}

/// The mapping that has a name which it states, unless it is laid over that of the version.
pub(super) fn of(version: &Version, kind: Kind, name: &str, message: &str) -> Option<String> {
    let is_shared = match kind {
        Kind::Value => by_name(&version.spec.values, name).is_some(),
        Kind::Part => by_name(&version.spec.payload, name).is_some(),
        Kind::Step | Kind::Capture => false,
        _ => true,
    };
    (!is_shared).then(|| message.to_owned())
}

/// The place of a name in a string that has it once.
fn narrowed(text: &str, span: Span, before: &str, name: &str) -> Option<Span> {
    let (start, end) = (span.start as usize, span.end as usize);
    let here = text.get(start..end)?;
    let wanted = format!("{before}{name}");
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let mut found = here.match_indices(&wanted).map(|(at, _)| at).filter(|at| {
        let ahead = here.get(..*at).and_then(|ahead| ahead.chars().next_back());
        let behind = here.get(at + wanted.len()..).and_then(|behind| behind.chars().next());
        !ahead.is_some_and(|c| is_word(c) || matches!(c, '.' | '$')) && !behind.is_some_and(is_word)
    });
    let first = found.next().filter(|_| !name.is_empty())?;
    if found.next().is_some() {
        return None;
    }
    let start = start + first + before.len();
    Some(Span { file: span.file, start: start as u32, end: (start + name.len()) as u32 })
}
