//! Resolves names: spec → plan. Every name becomes an index, every path a slot.
//!
//! Anything that cannot be resolved is reported and omitted. A plan with errors is never run.

mod answers;
mod auth;
mod available;
mod batch;
mod body;
mod calls;
pub(crate) mod captures;
mod chains;
mod circles;
mod defined;
mod definitions;
mod encoding;
mod event_source;
mod expression;
mod flow;
mod item;
mod items;
mod listed;
mod lists;
mod loops;
pub(crate) mod named;
pub(crate) mod on_their_own;
pub(crate) mod operation;
mod order;
mod part;
pub(crate) mod paths;
mod properties;
pub(crate) mod reads;
mod repeat;
mod require;
mod response;
mod row;
mod sent;
mod shared;
mod size;

pub(crate) mod texts;
mod values;
mod written;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use mapwright_json::{NodeId, TrieBuilder, TrieError};
use serde_json::{Map, Value};

use crate::resolve::item::{Item, columns_of};
use crate::resolve::named::{Apart, Captures, Parts, Values};
use crate::resolve::paths::{steps_in, trie_steps};
use crate::resolve::shared::Shared;
use crate::resolve::size::Size;
use mapwright_convert::{Conversion, PathStep, Patterns, Root, Scope, SourcePath};
use mapwright_findings::KnownNames;
use mapwright_findings::Reports;
use mapwright_findings::Span;
use mapwright_findings::rules::unknown_name::Known;
use mapwright_findings::rules::unknown_setting;
use mapwright_findings::rules::{
    invalid_value, misplaced_name, plural_path, unknown_capture, unknown_name, unknown_payload,
};
use mapwright_language::catalog::{Destination, Version};
use mapwright_language::decode::{Named, by_name};
use mapwright_language::names::{EVENT_FIELDS, FOUND, SINGLE_VALUES, reserved};
use mapwright_language::spec::FIELD_SPREAD;
use mapwright_plan::plan::{Part, PartRead, Place, Row, Slot};

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
    /// The paths into the items of batches.
    pub batch_trie: TrieBuilder,
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
    /// The rows of named values that are made whenever they are read.
    pub made: Vec<Option<Row>>,
    /// Named values that are still to be made, since something has read them.
    pub pending: Vec<Pending<'c>>,
    /// The named values of the mapping at hand, or of the version.
    pub values: Rc<Values<'c>>,
    /// Those of them that are too large or read themselves, which has been reported.
    pub refused: HashSet<usize>,
    /// The values of the version, with the refused ones.
    pub of_version: Option<(Rc<Values<'c>>, HashSet<usize>)>,
    /// The names that templates of operators can read, by the position of the setting or column.
    pub template_names: HashMap<Span, BTreeSet<String>>,
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
    /// The items that have a name, the outermost first.
    pub items: Vec<item::Named<'c>>,
    /// The groups around the current step.
    pub groups: Vec<String>,
    /// Whether `response` is available.
    pub response: bool,
    /// Whether only settings can be read.
    pub settings_only: bool,
    /// The parts that read an item, and whether none is at hand where something reads them.
    pub item_readers: items::ItemReaders,
    pub items_missing: bool,
    /// Whether payload and captures are not available yet.
    pub event_only: bool,
    /// Whether it is decided before the first request, so that no capture has a value.
    pub before_requests: bool,
    /// What alone can be read of something that is about several events.
    pub only: Option<available::Only>,
    /// Whether it is a property, which can read what became of the event.
    pub of_property: bool,
    /// Whether it is shared by the mappings of a version, and no mapping is at hand.
    pub on_its_own: bool,
    /// The part that is being made, and what is to be reported of such parts if the mapping uses them.
    pub owner: Option<usize>,
    pub kept_reports: Vec<(usize, Reports)>,
    /// Whether it is about the payload and the steps of a mapping, for which parts can be made.
    pub in_flow: bool,
    /// The parts: those of the payload, and those that have been made apart.
    pub made: Vec<Part>,
    /// The named values that have been made apart, by position.
    pub values: HashMap<usize, Apart>,
    /// What the named values read that are made where they are read, by position.
    pub values_here: HashMap<usize, Apart>,
    /// The rows and parts of named values that are the same wherever they are read of a response, by position.
    pub kept: HashMap<usize, (usize, usize)>,
    /// The fields of parts that are made apart.
    pub lifted: HashMap<(usize, usize), Apart>,
    /// Whether this is a condition or a template.
    pub in_expression: bool,
    /// The event slots that the rows of the current part read.
    pub slots_read: Vec<NodeId>,
    /// The first names of items that the rows of the current part read.
    pub names_read: Vec<String>,
    /// The named values that the rows of the current part read.
    pub values_read: Vec<usize>,
    /// What was read of parts since this was last emptied.
    pub parts_read: Vec<PartRead>,
    /// The captures that are read and that no step makes.
    pub unknown_captures: HashSet<String>,
    /// Path parameters without a value: the place, the parameter and the path.
    pub missing: Vec<(Span, String, String)>,
    /// Captures read since this was last emptied.
    pub captures_read: Vec<CaptureRead>,
    /// When what is resolved is read.
    pub stage: Stage,
}

/// A named value that is still to be made.
#[derive(Debug)]
pub(crate) struct Pending<'c> {
    pub value: usize,
    pub target: Target<'c>,
}

/// What a named value is made for.
#[derive(Debug)]
pub(crate) enum Target<'c> {
    /// The part at this position.
    Part(usize),
    /// The row at this position, which is read where there is this item, perhaps with a response. What it reads of parts is read of `part`.
    Row { row: usize, part: usize, item: Option<Item<'c>>, response: bool },
}

/// How far the rows of a part had read when something began.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    slots: usize,
    values: usize,
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

impl<'c, 'r> Resolver<'c, 'r> {
    pub(crate) fn new(
        destination: &'c Destination,
        version: &'c Version,
        patterns: &'c Patterns,
        reports: &'r mut Reports,
    ) -> Self {
        Self {
            shared: Shared::new(&version.spec),
            size: Size::default(),
            template_names: HashMap::new(),
            too_many_paths: false,
            destination,
            version,
            patterns,
            chains: chains::Chains::default(),
            trie: TrieBuilder::new(),
            response_trie: TrieBuilder::new(),
            batch_trie: TrieBuilder::new(),
            reports,
            context: Context::default(),
            sent: sent::SentFields::new(),
            operations_sent: sent::OperationsSent::new(),
            schemas: HashMap::new(),
            trail: Vec::new(),
            asked: Vec::new(),
            field_reads: BTreeMap::new(),
            misfits: Vec::new(),
            made: Vec::new(),
            pending: Vec::new(),
            values: Rc::default(),
            refused: HashSet::new(),
            of_version: None,
        }
    }

    /// Returns a body schema, which is read once.
    pub(crate) fn schema(&mut self, name: &str) -> Option<Arc<Value>> {
        if let Some(known) = self.schemas.get(name) {
            return known.clone();
        }
        let schema = self.version.schema(name).and_then(Result::ok);
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
            let advice = "the limit `version_paths` counts the paths of all mappings of a version";
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
        Some(Place { text: path.to_string(), span, slot, query: path.rest.clone() })
    }

    fn resolve(&mut self, path: &SourcePath, span: Span) -> Option<Slot> {
        // the item of a list that can be read can be read
        if let Some((depth, item, steps)) = item::named(&mut self.context.items, path) {
            self.trail.push((path.root, path.steps.clone()));
            item.check_column(steps, span, self.reports)?;
            self.context.note_member(steps);
            return Some(Slot::Named { depth, steps: steps.to_vec() });
        }
        let Context { settings_only, event_only, before_requests, only, .. } = self.context;
        if let Some(advice) = available::unavailable(path, settings_only, event_only, before_requests, only) {
            let meant = available::meant(path, self.destination, self.context.response, only);
            return self.misplaced(path, span, meant.as_deref().unwrap_or(advice));
        }
        self.trail.push((path.root, path.steps.clone()));
        match path.root {
            Root::Event => {
                let of_event = !path.literal && self.context.only.is_none();
                if let Some(name) = path.first_key().filter(|_| of_event) {
                    let found: &[&str] = if self.context.of_property { &FOUND } else { &[] };
                    if !EVENT_FIELDS.contains(&name) && !found.contains(&name) {
                        let report = match self.context.in_expression {
                            true => unknown_name::report_in_expression,
                            false => unknown_name::report,
                        };
                        let items = self.context.items.iter().map(|item| item.name.as_str());
                        let fields: Vec<&str> =
                            EVENT_FIELDS.iter().chain(found).copied().chain(items).collect();
                        let owned = available::owned(self.destination, self.context.response, only);
                        let known = Known { fields: &fields, reserved: &reserved(), owned: &owned };
                        report(self.reports, span, name, &path.to_string(), &known);
                        return None;
                    }
                    if SINGLE_VALUES.contains(&name) && (path.steps.len() > 1 || path.rest.is_some()) {
                        let known = Known { fields: &EVENT_FIELDS, reserved: &reserved(), owned: &[] };
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
                    let known = self.context.captures.known().clone();
                    if self.context.owner.is_none() {
                        self.context.unknown_captures.insert(name.to_owned());
                    }
                    self.of_mapping(|reports| unknown_capture::report(reports, span, name, &known));
                    return None;
                };
                self.context.note_capture(capture, span);
                Some(Slot::Capture { capture, steps: path.steps.get(1..).unwrap_or_default().to_vec() })
            }
            Root::Response => self.response(path, span),
            Root::Item => {
                let Some(item) = self.context.item else {
                    let advice = match self.context.items.last() {
                        Some(item::Named { name, .. }) => format!("the item has a name here: `{name}`"),
                        None => {
                            "`item` is available only in `each`, and in the rows of a step with `for_each`"
                                .to_owned()
                        }
                    };
                    return self.misplaced(path, span, &advice);
                };
                item.check_column(&path.steps, span, self.reports)?;
                self.context.note_member(&path.steps);
                Some(Slot::Item(path.steps.clone()))
            }
            Root::Now if path.steps.is_empty() => Some(Slot::Now),
            Root::Now => self.misplaced(path, span, "`now` is a number and has no members"),
            Root::Version if path.steps.is_empty() => Some(Slot::Version(self.version.number.0.clone())),
            Root::Version => {
                let advice =
                    "`version` is the name of the version, a text; the event's own field is `$.version`";
                self.misplaced(path, span, advice)
            }
        }
    }

    /// Reports a name that a mapping has to give a meaning. What a shared part reads is judged when it is known whether the mapping uses the part.
    pub(crate) fn of_mapping(&mut self, report: impl FnOnce(&mut Reports)) {
        let Some(owner) = self.context.owner else { return report(self.reports) };
        let kept = self.reports.apart(report);
        self.context.kept_reports.push((owner, kept));
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
            (Some("text"), None, _) => Some(Slot::Text),
            (Some("headers"), Some(PathStep::Key(name)), 2) => Some(Slot::Header(name.to_lowercase())),
            (Some("body"), _, _) => {
                match self.response_trie.path(&trie_steps(steps.get(1..).unwrap_or_default())) {
                    Ok(node) => Some(Slot::Body(node)),
                    Err(error) => self.trie_full(&error, span),
                }
            }
            _ => self.misplaced(path, span, "a response has `status`, `headers.<name>`, `body` and `text`"),
        }
    }

    fn payload(&mut self, path: &SourcePath, span: Span) -> Option<Slot> {
        let Some(name) = path.first_key() else {
            return self.misplaced(path, span, "name a part, such as `payload.contact`");
        };
        let part = self.part(name, span)?;
        let fields = self.context.parts.get(part).map(|(_, fields)| *fields)?;
        let steps = &steps_in(fields, path.steps.get(1..).unwrap_or_default())[..];
        let stated = match steps.first() {
            Some(PathStep::Key(field)) => fields.place(field).or_else(|| fields.place(FIELD_SPREAD)),
            _ => None,
        };
        self.needs_item(part, stated, span, &path.to_string());
        let Some((PathStep::Key(field), rest)) = steps.split_first() else {
            self.context.parts_read.push(PartRead { part, field: None });
            return Some(Slot::Part { part, stated: None, steps: steps.to_vec() });
        };
        match (fields.place(FIELD_SPREAD), fields.place(field)) {
            (None, None) => {
                let known = fields.known();
                self.of_mapping(|reports| unknown_payload::report(reports, span, Some(name), field, &known));
                None
            }
            (None, Some(field)) => Some(self.field_slot(part, field, rest)),
            (Some(spread), stated) if self.context.lifted.contains_key(&(part, spread)) => {
                let members = self.field_slot(part, spread, steps);
                let own = stated.map(|stated| self.field_slot(part, stated, rest));
                Some(match own {
                    None => members,
                    Some(own) => Slot::Either { first: Box::new(own), then: Box::new(members) },
                })
            }
            (Some(_), stated) => {
                self.context.parts_read.push(PartRead { part, field: None });
                let stated = stated.map(|stated| named::made_at(fields, stated));
                Some(Slot::Part { part, stated, steps: steps.to_vec() })
            }
        }
    }

    /// Returns the slot of a field: in its part, or in the part that is made of it alone.
    fn field_slot(&mut self, part: usize, field: usize, steps: &[PathStep]) -> Slot {
        let (part, field) = match self.context.lifted.get(&(part, field)) {
            Some(apart) => (apart.part, 0),
            None => (part, self.context.parts.get(part).map_or(field, |(_, of)| named::made_at(of, field))),
        };
        self.context.parts_read.push(PartRead { part, field: Some(field) });
        Slot::Field { part, field, steps: steps.to_vec() }
    }

    /// Reports something of the payload that reads an item, where no step has one.
    pub(crate) fn needs_item(&mut self, part: usize, field: Option<usize>, span: Span, text: &str) {
        if self.context.items_missing && self.context.item_readers.has(part, field) {
            self.no_item(span, text);
        }
    }

    /// The same for a named value.
    pub(crate) fn value_needs_item(&mut self, value: usize, span: Span, text: &str) {
        if self.context.items_missing && self.context.item_readers.values.contains(&value) {
            self.no_item(span, text);
        }
    }

    fn no_item(&mut self, span: Span, text: &str) {
        let advice = "it reads `item`, which only the rows of a step with `for_each` have";
        misplaced_name::report(self.reports, span, text, advice);
    }

    /// Returns the position of a part that is still to be made.
    pub(crate) fn reserve_part(&mut self) -> usize {
        self.context.made.push(Part::default());
        self.context.made.len() - 1
    }

    /// Returns the index of a payload part.
    pub(crate) fn part(&mut self, name: &str, span: Span) -> Option<usize> {
        match self.context.parts.places.get(name).copied() {
            Some(part) => Some(part),
            None => {
                let known = self.context.parts.known.clone();
                self.of_mapping(|reports| unknown_payload::report(reports, span, None, name, &known));
                None
            }
        }
    }
}

impl Context<'_> {
    /// How far the rows of the current part have read.
    pub(crate) fn mark(&self) -> Mark {
        Mark { slots: self.slots_read.len(), values: self.values_read.len() }
    }

    /// Forgets what was read since a mark, so that `rest_of` does not leave it out.
    pub(crate) fn forget(&mut self, mark: Mark) {
        self.slots_read.truncate(mark.slots);
        self.values_read.truncate(mark.values);
    }

    /// Takes what has been read.
    pub(crate) fn take_read(&mut self) -> named::Read {
        let Context { slots_read, names_read, values_read, .. } = self;
        (std::mem::take(slots_read), std::mem::take(names_read), std::mem::take(values_read))
    }

    /// Notes the member of an item that is read, so that `rest_of` leaves it out.
    fn note_member(&mut self, steps: &[PathStep]) {
        if let Some(PathStep::Key(first)) = steps.first() {
            self.names_read.push(first.clone());
        }
    }

    pub(crate) fn note_capture(&mut self, capture: usize, span: Span) {
        self.captures_read.push(CaptureRead { capture, span, stage: self.stage });
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
