//! Resolves names: spec → plan. Every name becomes an index, every path a slot.
//!
//! Anything that cannot be resolved is reported and omitted. A plan with errors is never run.

mod body;
mod captures;
mod chains;
mod definitions;
mod expression;
mod flow;
mod lists;
pub(crate) mod operation;
mod order;
mod part;
mod repeat;
mod require;
mod response;
mod row;
mod sent;
mod shared;
mod size;

use std::cell::OnceCell;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::ops::Deref;
use std::sync::Arc;

use mapwright_json::{NodeId, Step, TrieBuilder, TrieError};
use serde_json::{Map, Value};

use crate::resolve::shared::Shared;
use crate::resolve::size::Size;
use mapwright_convert::{Conversion, PathStep, Patterns, Root, Scope, Source, SourcePath};
use mapwright_findings::At;
use mapwright_findings::Reports;
use mapwright_findings::Span;
use mapwright_findings::rules::unknown_name::Known;
use mapwright_findings::rules::unknown_setting;
use mapwright_findings::rules::{
    invalid_value, misplaced_name, plural_path, unknown_capture, unknown_column, unknown_name,
    unknown_payload,
};
use mapwright_findings::{KnownNames, Unread};
use mapwright_language::catalog::{Destination, Version};
use mapwright_language::decode::{Named, by_name};
use mapwright_language::names::{EVENT_FIELDS, SINGLE_VALUES, reserved};
use mapwright_language::spec::{FIELD_SPREAD, Fields, Form, RowSpec, SettingSpec, VersionSpec};
use mapwright_plan::plan::{PartRead, Place, Slot};

/// Whether a row expects a single value or a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Want {
    One,
    Many,
}

/// Resolves the files of one version.
pub(crate) struct Resolver<'c, 'r> {
    pub destination: &'c Destination,
    pub version: &'c Version,
    /// The regular expressions of all versions.
    patterns: &'c Patterns,
    /// The conversions that the version defines.
    pub chains: chains::Chains,
    /// The paths into events.
    pub trie: TrieBuilder,
    /// The paths into the bodies of responses.
    pub response_trie: TrieBuilder,
    pub reports: &'r mut Reports,
    pub context: Context<'c>,
    /// The fields of all bodies.
    sent: sent::SentFields,
    operations_sent: sent::OperationsSent,
    /// Body schemas that were read, by name.
    schemas: HashMap<String, Option<Arc<Value>>>,
    /// What the current mapping reads, and the reads that determine which requests are sent.
    trail: Vec<sent::Read>,
    asked: Vec<sent::Read>,
    /// What fields read, by the position of their names.
    field_reads: BTreeMap<Span, Vec<sent::Read>>,
    /// Fields that violate schemas of the current mapping's requests, unless the choice of requests depends on their values.
    misfits: Vec<sent::Misfit>,
    /// The named lists that are being resolved, to detect lists that contain themselves.
    open_lists: Vec<String>,
    shared: Shared<'c>,
    size: Size,
    /// Whether there are more paths than fit, which has been reported.
    too_many_paths: bool,
}

/// The context of a row: the available names, and what the part has read so far.
#[derive(Default)]
pub(crate) struct Context<'c> {
    pub parts: Parts<'c>,
    pub captures: Captures,
    /// In `each` or `for_each`: the item.
    pub item: Option<Item<'c>>,
    /// The groups around the current step.
    pub groups: Vec<String>,
    /// Whether `response` is available.
    pub response: bool,
    /// Whether only settings can be read.
    pub settings_only: bool,
    /// Whether payload and captures are not available yet.
    pub event_only: bool,
    /// Whether this is a condition or a template.
    pub in_expression: bool,
    /// The event slots that the rows of the current part read.
    pub slots_read: Vec<NodeId>,
    /// The first names of items that the rows of the current part read.
    pub names_read: Vec<String>,
    /// What was read of parts since this was last emptied.
    pub parts_read: Vec<PartRead>,
    /// Captures read since this was last emptied.
    pub captures_read: Vec<CaptureRead>,
    /// When what is resolved is read.
    pub stage: Stage,
}

/// What is known about an item.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item<'c> {
    /// The table in the settings that contains it, with its columns.
    table: Option<(&'c str, &'c Named<SettingSpec>)>,
}

/// A capture that is read, and where.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CaptureRead {
    pub capture: usize,
    pub span: Span,
    pub stage: Stage,
}

/// When a step reads something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Before the response has set any capture.
    #[default]
    Before,
    /// When the captures of response rules are set.
    AfterRules,
    /// When all captures of the step are set.
    AfterCaptures,
}

/// The payload parts that a mapping may use, by name.
#[derive(Default)]
pub(crate) struct Parts<'c> {
    list: Vec<(&'c str, &'c Named<RowSpec>)>,
    places: HashMap<&'c str, usize>,
    known: KnownNames,
}

/// The captures that the steps of a mapping make.
#[derive(Default)]
pub(crate) struct Captures {
    sets: Vec<CaptureSet>,
    places: HashMap<String, usize>,
    /// Those of steps and captures that could not be read.
    pub unread: Unread,
    known: OnceCell<KnownNames>,
}

/// A capture and the position where it is set.
#[derive(Debug, Clone)]
pub(crate) struct CaptureSet {
    pub name: String,
    pub span: Span,
}

impl<'c, 'r> Resolver<'c, 'r> {
    pub(crate) fn new(
        destination: &'c Destination,
        version: &'c Version,
        patterns: &'c Patterns,
        reports: &'r mut Reports,
    ) -> Self {
        Self {
            shared: Shared::new(&version.spec, reports),
            size: Size::default(),
            too_many_paths: false,
            destination,
            version,
            patterns,
            chains: chains::Chains::default(),
            trie: TrieBuilder::new(),
            response_trie: TrieBuilder::new(),
            reports,
            context: Context::default(),
            sent: sent::SentFields::new(),
            operations_sent: sent::OperationsSent::new(),
            schemas: HashMap::new(),
            trail: Vec::new(),
            asked: Vec::new(),
            field_reads: BTreeMap::new(),
            misfits: Vec::new(),
            open_lists: Vec::new(),
        }
    }

    /// Returns a body schema, which is read once.
    pub(crate) fn schema(&mut self, name: &str) -> Option<Arc<Value>> {
        if let Some(known) = self.schemas.get(name) {
            return known.clone();
        }
        let schema = self.version.schemas.get(name).and_then(|file| file.json().ok());
        self.schemas.entry(name.to_owned()).or_insert(schema.map(Arc::new)).clone()
    }

    /// Returns the slot of a path into the event.
    pub(crate) fn slot(&mut self, steps: &[PathStep], span: Span) -> Option<NodeId> {
        match self.trie.path(&trie_steps(steps)) {
            Ok(node) => Some(node),
            Err(error) => self.trie_full(&error, span),
        }
    }

    /// Reports too many paths, once for a version.
    fn trie_full<T>(&mut self, error: &TrieError, span: Span) -> Option<T> {
        if !std::mem::replace(&mut self.too_many_paths, true) {
            let advice = "the mappings of a version read too many paths";
            invalid_value::report(self.reports, span, error.to_string(), advice);
        }
        None
    }

    /// Resolves a path.
    pub(crate) fn place(&mut self, path: &SourcePath, span: Span, want: Want) -> Option<Place> {
        if path.rest.is_some() && want == Want::One {
            plural_path::report(self.reports, span, &path.to_string());
            return None;
        }
        let slot = self.resolve(path, span)?;
        Some(Place { text: path.to_string(), slot, query: path.rest.clone() })
    }

    fn resolve(&mut self, path: &SourcePath, span: Span) -> Option<Slot> {
        if self.context.settings_only && !matches!(path.root, Root::Settings | Root::Now) {
            let advice = "only settings can be read here, since the value is the same for every event";
            misplaced_name::report(self.reports, span, &path.to_string(), advice);
            return None;
        }
        if self.context.event_only && matches!(path.root, Root::Payload | Root::Captures) {
            let advice =
                "`skip`, `order` and the `when` of a variant are evaluated before the payload and the steps";
            misplaced_name::report(self.reports, span, &path.to_string(), advice);
            return None;
        }
        self.trail.push((path.root, path.steps.clone()));
        match path.root {
            Root::Event => {
                if let Some(name) = path.first_key().filter(|_| !path.literal) {
                    if !EVENT_FIELDS.contains(&name) {
                        let report = match self.context.in_expression {
                            true => unknown_name::report_in_expression,
                            false => unknown_name::report,
                        };
                        let known = Known { fields: &EVENT_FIELDS, reserved: &reserved() };
                        report(self.reports, span, name, &path.to_string(), &known);
                        return None;
                    }
                    if SINGLE_VALUES.contains(&name) && (path.steps.len() > 1 || path.rest.is_some()) {
                        let known = Known { fields: &EVENT_FIELDS, reserved: &reserved() };
                        unknown_name::report_member(self.reports, span, &path.to_string(), name, &known);
                        return None;
                    }
                }
                let node = self.slot(&path.steps, span)?;
                self.context.slots_read.push(node);
                Some(Slot::Event(node))
            }
            Root::Options => {
                let spellings = self.destination.spec.names.clone();
                let nodes = spellings.into_iter().map(|name| {
                    let mut steps = vec![PathStep::Key("integrations".to_owned()), PathStep::Key(name)];
                    steps.extend(path.steps.iter().cloned());
                    self.slot(&steps, span)
                });
                Some(Slot::Options(nodes.collect::<Option<Vec<_>>>()?))
            }
            Root::Settings => {
                let declared = &self.destination.spec.settings;
                match path.first_key() {
                    Some(name) if by_name(declared, name).is_none() => {
                        unknown_setting::report(self.reports, span, name, &declared.known());
                        None
                    }
                    _ => Some(Slot::Setting(path.steps.clone())),
                }
            }
            Root::Payload => self.payload(path, span),
            Root::Captures => {
                let Some(name) = path.first_key() else {
                    return self.misplaced(path, span, "name a capture, such as `captures.contact_id`");
                };
                let Some(capture) = self.context.captures.place(name) else {
                    unknown_capture::report(self.reports, span, name, self.context.captures.known());
                    return None;
                };
                self.context.note_capture(capture, span);
                Some(Slot::Capture { capture, steps: path.steps.get(1..).unwrap_or_default().to_vec() })
            }
            Root::Response => self.response(path, span),
            Root::Item => {
                let Some(item) = self.context.item else {
                    let advice = "`item` is available only in `each` and `for_each`";
                    return self.misplaced(path, span, advice);
                };
                if let (Some((table, columns)), Some(column)) = (item.table, path.first_key())
                    && by_name(columns, column).is_none()
                {
                    let table = format!("settings.{table}");
                    unknown_column::report(self.reports, span, column, &table, &columns.known());
                    return None;
                }
                self.context.names_read.extend(path.first_key().map(str::to_owned));
                Some(Slot::Item(path.steps.clone()))
            }
            Root::Now if path.steps.is_empty() => Some(Slot::Now),
            Root::Now => self.misplaced(path, span, "`now` is a number and has no members"),
        }
    }

    /// Returns the item of a list.
    pub(crate) fn item_of(&self, list: &RowSpec) -> Item<'c> {
        let plain = match &list.form {
            Form::Source(source) if list.conversions.is_empty() => Some(&source.value),
            _ => None,
        };
        let Some(Source::Path(SourcePath { root: Root::Settings, steps, rest: None, .. })) = plain else {
            return Item { table: None };
        };
        let declared = &self.destination.spec.settings;
        let setting = match steps.as_slice() {
            [PathStep::Key(name)] => declared.place(name).and_then(|place| declared.get(place)),
            _ => None,
        };
        let table = setting
            .and_then(|(name, _)| Some((name.value.as_str(), columns_of(self.destination, &name.value)?)));
        Item { table }
    }

    fn misplaced<T>(&mut self, path: &SourcePath, span: Span, advice: &str) -> Option<T> {
        misplaced_name::report(self.reports, span, &path.to_string(), advice);
        None
    }

    fn response(&mut self, path: &SourcePath, span: Span) -> Option<Slot> {
        if !self.context.response {
            return self.misplaced(
                path,
                span,
                "`response` is available only in `capture`, `on` and `warn` of a step",
            );
        }
        let steps = &path.steps;
        match (path.first_key(), steps.get(1), steps.len()) {
            (Some("status"), None, _) => Some(Slot::Status),
            (Some("headers"), Some(PathStep::Key(name)), 2) => Some(Slot::Header(name.to_lowercase())),
            (Some("body"), _, _) => {
                match self.response_trie.path(&trie_steps(steps.get(1..).unwrap_or_default())) {
                    Ok(node) => Some(Slot::Body(node)),
                    Err(error) => self.trie_full(&error, span),
                }
            }
            _ => self.misplaced(path, span, "a response has `status`, `headers.<name>` and `body`"),
        }
    }

    fn payload(&mut self, path: &SourcePath, span: Span) -> Option<Slot> {
        let Some(name) = path.first_key() else {
            return self.misplaced(path, span, "name a part, such as `payload.contact`");
        };
        let part = self.part(name, span)?;
        let steps = path.steps.get(1..).unwrap_or_default();
        let fields = self.context.parts.get(part).map(|(_, fields)| *fields)?;
        let found = match steps.split_first() {
            Some((PathStep::Key(field), rest)) if by_name(fields, FIELD_SPREAD).is_none() => {
                let field = fields.place(field).ok_or(field);
                field.map(|field| (Some(field), Slot::Field { part, field, steps: rest.to_vec() }))
            }
            _ => Ok((None, Slot::Part { part, steps: steps.to_vec() })),
        };
        match found {
            Ok((field, slot)) => {
                self.context.parts_read.push(PartRead { part, field });
                Some(slot)
            }
            Err(field) => {
                unknown_payload::report(self.reports, span, Some(name), field, &fields.known());
                None
            }
        }
    }

    /// Returns the index of a payload part.
    pub(crate) fn part(&mut self, name: &str, span: Span) -> Option<usize> {
        match self.context.parts.places.get(name).copied() {
            Some(part) => Some(part),
            None => {
                unknown_payload::report(self.reports, span, None, name, &self.context.parts.known);
                None
            }
        }
    }
}

/// Returns the columns of a setting that is a table, if they are declared.
fn columns_of<'c>(destination: &'c Destination, setting: &str) -> Option<&'c Named<SettingSpec>> {
    by_name(&destination.spec.settings, setting)
        .map(|setting| &setting.items)
        .filter(|columns| !columns.is_empty())
}

pub(crate) fn trie_steps(steps: &[PathStep]) -> Vec<Step<'_>> {
    steps
        .iter()
        .map(|step| match step {
            PathStep::Key(key) => Step::Key(key),
            PathStep::Index(index) => Step::Index(*index),
        })
        .collect()
}

impl Context<'_> {
    pub(crate) fn note_capture(&mut self, capture: usize, span: Span) {
        self.captures_read.push(CaptureRead { capture, span, stage: self.stage });
    }
}

impl<'c> Parts<'c> {
    /// Returns all parts that a mapping can use: its own, then those of its version.
    pub(crate) fn new(version: &'c VersionSpec, own: &'c Named<Fields>) -> Self {
        let shared = version.payload.iter().filter(|(key, _)| by_name(own, &key.value).is_none());
        let list: Vec<_> = shared.chain(own).map(|(key, fields)| (key.value.as_str(), &fields.0)).collect();
        let mut unread = version.payload.unread().clone();
        unread.add(own.unread());
        let mut places = HashMap::with_capacity(list.len());
        for (place, (name, _)) in list.iter().enumerate() {
            places.entry(*name).or_insert(place);
        }
        let known = KnownNames::new(list.iter().map(|(name, _)| *name), unread);
        Self { list, places, known }
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

    fn known(&self) -> &KnownNames {
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

impl Scope for Resolver<'_, '_> {
    fn set(&self, name: &str) -> Option<Arc<[String]>> {
        self.shared.sets.get(name).cloned()
    }

    fn sets(&self) -> KnownNames {
        self.version.spec.sets.known()
    }

    fn table(&self, name: &str) -> Option<Arc<Map<String, Value>>> {
        self.shared.tables.get(name).cloned()
    }

    fn tables(&self) -> KnownNames {
        self.version.spec.tables.known()
    }

    fn has_setting(&self, name: &str) -> bool {
        self.destination.spec.settings.place(name).is_some()
    }

    fn settings(&self) -> KnownNames {
        self.destination.spec.settings.known()
    }

    fn columns(&self, setting: &str) -> Option<KnownNames> {
        columns_of(self.destination, setting).map(Named::known)
    }

    fn patterns(&self) -> &Patterns {
        self.patterns
    }

    fn chain(&self, name: &str) -> Option<Vec<Conversion>> {
        self.chains.get(name)
    }

    fn chains(&self) -> KnownNames {
        self.chains.known()
    }
}
