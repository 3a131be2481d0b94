//! Resolves names: spec → plan. Every name becomes an index, every path a slot.
//!
//! Anything that cannot be resolved is reported and omitted. A plan with errors is never run.

mod answers;
mod auth;
mod available;
mod batch;
mod batch_body;
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
mod namespaces;
pub(crate) mod on_their_own;
pub(crate) mod operation;
mod order;
mod part;
pub(crate) mod paths;
mod place;
mod properties;
pub(crate) mod reads;
mod repeat;
mod require;
mod response;
mod row;
mod sent;
mod shared;
mod signed;
mod size;
pub(crate) mod texts;
mod values;
mod written;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use mapwright_json::{NodeId, TrieBuilder};
use serde_json::{Map, Value};

use crate::resolve::item::{Item, columns_of};
use crate::resolve::named::{Apart, Captures, Parts, Values};
use crate::resolve::shared::Shared;
use crate::resolve::size::{Size, shared_rows};
use mapwright_convert::{Conversion, PathStep, Patterns, Scope};
use mapwright_findings::KnownNames;
use mapwright_findings::Reports;
use mapwright_findings::Span;
use mapwright_language::catalog::{Destination, Version};
use mapwright_language::decode::Named;
use mapwright_plan::plan::{Part, PartRead, Row};

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
    trail: Vec<sent::ReadPath>,
    asked: Vec<sent::ReadPath>,
    /// What fields read, by the position of their names.
    field_reads: BTreeMap<Span, Vec<sent::ReadPath>>,
    /// Fields that violate schemas of the current mapping's requests, unless the choice of requests depends on their values.
    misfits: Vec<sent::Misfit>,
    /// The rows of named values that are made whenever they are read.
    pub made: Vec<Option<Row>>,
    /// Named values that are still to be made, since something has read them.
    pub pending: Vec<Pending<'c>>,
    /// The named values of the mapping at hand, or of the version.
    pub values: Rc<Values<'c>>,
    /// The parts that are too large or read themselves, which has been reported.
    pub refused: HashSet<usize>,
    /// The values of the version, with the refused ones.
    pub of_version: Option<(Rc<Values<'c>>, HashSet<usize>)>,
    /// The names that templates of operators can read, by the position of the setting or column.
    pub template_names: HashMap<Span, BTreeSet<String>>,
    shared: Shared<'c>,
    size: Size,
    /// The rows that every mapping has of its version.
    rows_of_version: usize,
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
    /// The only sources where several events are concerned.
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
    /// The reads of named values that are evaluated where they are read, by position.
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
    /// The parts that were read since this was last cleared.
    pub parts_read: Vec<PartRead>,
    /// The captures that are read and that no step makes.
    pub unknown_captures: HashSet<String>,
    /// Path parameters without a value: the place, the parameter and the path.
    pub missing: Vec<(Span, String, String)>,
    /// Captures read since this was last emptied.
    pub captures_read: Vec<CaptureRead>,
    /// The captures that rows of parts and named values read, wherever these are used.
    pub captures_inside: Vec<CaptureRead>,
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
    /// When it is decided whether the step is carried out: once for all of its pages.
    Guard,
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
            rows_of_version: shared_rows(&version.spec),
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
    pub(crate) fn take_read(&mut self) -> named::ValueReads {
        let Context { slots_read, names_read, values_read, .. } = self;
        (std::mem::take(slots_read), std::mem::take(names_read), std::mem::take(values_read))
    }

    /// Notes the member of an item that is read, so that `rest_of` leaves it out.
    pub(crate) fn note_member(&mut self, steps: &[PathStep]) {
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
        self.shared.sets.get(name).map(|set| set.names.clone())
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
