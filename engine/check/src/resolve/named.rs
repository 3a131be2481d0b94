//! What a mapping gives names to: payload parts, captures and values.

use std::cell::OnceCell;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::ops::Deref;

use mapwright_convert::{Root, Source, SourcePath};
use mapwright_findings::{At, KnownNames, Span, Unread};
use mapwright_json::NodeId;
use mapwright_language::decode::{Named, by_name};
use mapwright_language::spec::{FIELD_SPREAD, Fields, Form, RowSpec, ValueSpec, VersionSpec};

use crate::resolve::reads::{What, each_read};

/// The payload parts that a mapping may use, by name.
#[derive(Debug, Default)]
pub struct Parts<'c> {
    list: Vec<(&'c str, &'c Named<RowSpec>)>,
    pub(crate) places: HashMap<&'c str, usize>,
    pub(crate) known: KnownNames,
    /// How many of them, from the first, are those of the version.
    pub(crate) shared: usize,
}

/// The captures that the steps of a mapping make.
#[derive(Debug, Default)]
pub struct Captures {
    sets: Vec<CaptureSet>,
    places: HashMap<String, usize>,
    /// The names of unreadable steps and captures.
    pub(crate) unread: Unread,
    /// Whether a step uses a missing one, which may capture something.
    pub(crate) uses_unknown: bool,
    known: OnceCell<KnownNames>,
}

/// A capture and the position where it is set.
#[derive(Debug, Clone)]
pub struct CaptureSet {
    /// Its name.
    pub name: String,
    /// Where it is set first.
    pub span: Span,
}

/// The named values that a mapping can read.
#[derive(Debug, Default)]
pub struct Values<'c> {
    list: Vec<(&'c str, &'c RowSpec)>,
    places: HashMap<&'c str, usize>,
    known: KnownNames,
    /// The dependencies of values that differ by the place where they are read.
    needs: HashSet<(usize, Need)>,
}

/// The dependencies of a value beside the event and the settings: direct ones, and those through others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Need {
    /// The item that its reader has.
    Item,
    Response,
    /// Captures, or parts of the payload, which may depend on them.
    Captures,
}

/// A part that is made on its own: of a named value, or of a field that others of its part read.
#[derive(Debug)]
pub(crate) struct Apart {
    pub part: usize,
    /// The reads of its row, which are those of its readers too.
    pub slots: Vec<NodeId>,
    pub names: Vec<String>,
    pub values: Vec<usize>,
}

impl Apart {
    /// One that is still to be made.
    pub(crate) fn new(part: usize) -> Self {
        Self { part, slots: Vec::new(), names: Vec::new(), values: Vec::new() }
    }

    /// What its row reads.
    pub(crate) fn read(&self) -> ValueReads {
        (self.slots.clone(), self.names.clone(), self.values.clone())
    }
}

/// What rows read: slots of the event, first names of items, and named values.
pub(crate) type ValueReads = (Vec<NodeId>, Vec<String>, Vec<usize>);

impl<'c> Values<'c> {
    /// Returns those of a version, and those of a mapping in place of others of the same name.
    pub fn new(version: &'c VersionSpec, own: &'c Named<ValueSpec>) -> Self {
        let shared = version.values.iter().filter(|(key, _)| by_name(own, &key.value).is_none());
        let list: Vec<_> = shared.chain(own).map(|(key, row)| (key.value.as_str(), &row.0)).collect();
        let mut unread = version.values.unread().clone();
        unread.add(own.unread());
        let mut places = HashMap::with_capacity(list.len());
        for (place, (name, _)) in list.iter().enumerate() {
            places.entry(*name).or_insert(place);
        }
        let known = KnownNames::new(list.iter().map(|(name, _)| *name), unread);
        let needs = needs(&list, &places);
        Self { list, places, known, needs }
    }

    /// Returns all values, by name.
    pub fn list(&self) -> &[(&'c str, &'c RowSpec)] {
        &self.list
    }

    /// The names of all values.
    pub(crate) fn known(&self) -> KnownNames {
        self.known.clone()
    }

    /// Returns the position and the row of a value.
    pub fn find(&self, name: &str) -> Option<(usize, &'c RowSpec)> {
        let place = *self.places.get(name)?;
        Some((place, self.list.get(place)?.1))
    }

    /// Returns the name and the row of the value at a position.
    pub(crate) fn get(&self, value: usize) -> Option<(&'c str, &'c RowSpec)> {
        self.list.get(value).copied()
    }

    /// Returns whether a value depends on an item that its reader has, or on a response.
    pub fn is_local(&self, value: usize) -> bool {
        self.needs.contains(&(value, Need::Item)) || self.needs.contains(&(value, Need::Response))
    }

    /// Whether a row reads an item that its reader has.
    pub(crate) fn reads_item(&self, row: &RowSpec) -> bool {
        let mut reads = false;
        each_read(row, &mut |read| {
            reads |= !read.in_each
                && match read.what {
                    What::Path(root, _) => root == Root::Item,
                    What::Value(name, _) => {
                        let place = self.places.get(name);
                        place.is_some_and(|place| self.needs.contains(&(*place, Need::Item)))
                    }
                };
        });
        reads
    }

    /// Whether a value is the same wherever it is read while a response is at hand.
    pub(crate) fn is_of_response(&self, value: usize) -> bool {
        ![Need::Item, Need::Captures].into_iter().any(|need| self.needs.contains(&(value, need)))
    }
}

fn needs<'c>(list: &[(&'c str, &'c RowSpec)], places: &HashMap<&'c str, usize>) -> HashSet<(usize, Need)> {
    let mut readers: Vec<Vec<(usize, bool)>> = vec![Vec::new(); list.len()];
    let mut open: Vec<(usize, Need)> = Vec::new();
    for (at, (_, row)) in list.iter().enumerate() {
        each_read(row, &mut |read| match read.what {
            What::Path(Root::Item, _) if !read.in_each => open.push((at, Need::Item)),
            What::Path(Root::Response, _) => open.push((at, Need::Response)),
            What::Path(Root::Captures | Root::Payload, _) => open.push((at, Need::Captures)),
            What::Path(..) => {}
            What::Value(name, _) => {
                let read_place = places.get(name).and_then(|place| readers.get_mut(*place));
                read_place.into_iter().for_each(|readers| readers.push((at, read.in_each)));
            }
        });
    }
    let mut known = HashSet::new();
    while let Some((at, need)) = open.pop() {
        if known.insert((at, need)) {
            let readers = readers.get(at).into_iter().flatten();
            // an `each` has an item of its own
            let more = readers.filter(|(_, in_each)| need != Need::Item || !in_each);
            open.extend(more.map(|(reader, _)| (*reader, need)));
        }
    }
    known
}

/// Whether a row is only a list of sources, which costs nothing to read again.
pub(crate) fn is_list(row: &RowSpec) -> bool {
    row.is_plain()
        && if let Form::First { alternatives, key: None } = &row.form {
            alternatives.iter().all(is_cheap)
        } else {
            row.form.source().is_some()
        }
}

/// Whether an alternative only reads, perhaps under a condition.
fn is_cheap(row: &RowSpec) -> bool {
    row.only_reads()
        && if let Form::First { alternatives: rows, key: None } | Form::Join { parts: rows, .. } = &row.form {
            rows.iter().all(is_cheap)
        } else {
            row.form.source().is_some()
        }
}

/// The one path that a row reads, if it does nothing else.
pub(crate) fn alone(row: &RowSpec) -> Option<&SourcePath> {
    match &row.form.source().filter(|_| row.is_plain())?.value {
        Source::Path(path) if path.rest.is_none() => Some(path),
        _ => None,
    }
}

impl<'c> Parts<'c> {
    /// Returns all parts that a mapping can use: its own, then those of its version.
    pub fn new(version: &'c VersionSpec, own: &'c Named<Fields>) -> Self {
        let shared = version.payload.iter().filter(|(key, _)| by_name(own, &key.value).is_none());
        let list: Vec<_> = shared.chain(own).map(|(key, fields)| (key.value.as_str(), &fields.0)).collect();
        let shared = list.len() - own.len();
        let mut unread = version.payload.unread().clone();
        unread.add(own.unread());
        let mut places = HashMap::with_capacity(list.len());
        for (place, (name, _)) in list.iter().enumerate() {
            places.entry(*name).or_insert(place);
        }
        let known = KnownNames::new(list.iter().map(|(name, _)| *name), unread);
        Self { list, places, known, shared }
    }
}

impl<'c> Parts<'c> {
    /// Returns the fields of a part.
    pub fn find(&self, name: &str) -> Option<&'c Named<RowSpec>> {
        self.list.get(*self.places.get(name)?).map(|(_, fields)| *fields)
    }
}

impl<'c> Deref for Parts<'c> {
    type Target = [(&'c str, &'c Named<RowSpec>)];

    fn deref(&self) -> &Self::Target {
        &self.list
    }
}

impl Captures {
    /// Adds a capture, unless one of the same name is set before.
    pub(crate) fn add(&mut self, name: &At<String>) {
        if let Entry::Vacant(free) = self.places.entry(name.value.clone()) {
            free.insert(self.sets.len());
            self.sets.push(CaptureSet { name: name.value.clone(), span: name.span });
        }
    }

    /// Returns the index of the capture with this name.
    pub(crate) fn place(&self, name: &str) -> Option<usize> {
        self.places.get(name).copied()
    }

    pub(crate) fn known(&self) -> &KnownNames {
        let names = || self.sets.iter().map(|set| set.name.as_str());
        self.known.get_or_init(|| KnownNames::new(names(), self.unread.clone()))
    }
}

impl Deref for Captures {
    type Target = [CaptureSet];

    fn deref(&self) -> &Self::Target {
        &self.sets
    }
}

/// The fields as they are made: the spread comes last, so that those that are stated are known when its members are added.
pub(crate) fn in_order(fields: &Named<RowSpec>) -> impl Iterator<Item = &(At<String>, RowSpec)> {
    let known = fields.iter().filter(|(key, _)| key.value != FIELD_SPREAD);
    known.chain(fields.iter().filter(|(key, _)| key.value == FIELD_SPREAD))
}

/// The place at which a field is made, from its place among those that are written.
pub(crate) fn made_at(fields: &Named<RowSpec>, written: usize) -> usize {
    match fields.place(FIELD_SPREAD) {
        Some(spread) if written == spread => fields.len().saturating_sub(1),
        Some(spread) if written > spread => written - 1,
        _ => written,
    }
}
