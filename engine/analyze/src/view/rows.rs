//! Rows as a list: each with the row that it is inside of, and the place of the outermost one.

use std::ops::Range;

use mapwright_check::names::{Read, What, condition_reads, each_call, own_reads, template_reads};
use mapwright_convert::{Definition, PathStep, Root, Source};
use mapwright_findings::{At, Span};
use mapwright_language::decode::{Named, by_name};
use mapwright_language::names::ITEMS;
use mapwright_language::spec::{
    ConversionSpec, Expression, FIELD_ITEMS, FIELD_SPREAD, Form, ResponseRuleSpec, Role, RowSpec, Template,
    VersionSpec,
};
use serde_json::{Map, Value};

use crate::schema::PointerStep;
use crate::view::becomes::{Becomes, becomes};
use crate::view::step::StepId;

/// The position of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowId(pub usize);

/// The position of an outermost row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RootId(pub usize);

/// The position of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConditionId(pub usize);

/// Where an outermost row stands.
#[derive(Debug, Clone, Copy)]
pub enum Place<'c> {
    /// A field of a payload part.
    Part(&'c str, &'c At<String>),
    /// A field of a body that a step states.
    Body(StepId, &'c At<String>),
    /// A named value.
    Value(&'c str),
    /// A path parameter of a step.
    Param(StepId, &'c At<String>),
    /// A query parameter of a step.
    Query(StepId, &'c At<String>),
    /// A header of a step.
    Header(StepId, &'c At<String>),
    /// The list of `for_each`.
    ForEach(StepId),
    /// A capture of a step.
    Capture(StepId, &'c At<String>),
    /// A capture of a rule of a step: the position of the rule among those of the step's view.
    RuleCapture(StepId, usize, &'c At<String>),
    /// When to retry, of such a rule.
    RuleAfter(StepId, usize),
    /// An order key of a step.
    StepOrder(StepId, &'c At<String>),
    /// An order key of the mapping, or of the version.
    Order(&'c At<String>),
    /// A field of `result`.
    Result(&'c At<String>),
    /// A query parameter of an operation.
    OperationQuery(&'c str, &'c At<String>),
    /// A header of an operation.
    OperationHeader(&'c str, &'c At<String>),
    /// What the batch of an operation says of an item.
    BatchItem(&'c str),
    /// The body of a batch.
    BatchBody(&'c str),
    /// What a response rule of an operation says of items, which stand in a list of the response; with the key that says it.
    Failed(&'c str, &'c RowSpec, &'static str),
    /// A query parameter of every request.
    VersionQuery(&'c At<String>),
    /// A header of every request.
    VersionHeader(&'c At<String>),
    /// The server.
    Server,
    /// A row of an authorization.
    Auth,
    /// When to retry, of a rule of the version or the destination.
    VersionAfter,
    /// Where the API's own error is.
    ApiError,
}

impl Place<'_> {
    /// The step with whose item something stands there, if the step has one.
    pub(crate) fn step_with_item(&self) -> Option<StepId> {
        match self {
            Place::Param(step, _)
            | Place::Query(step, _)
            | Place::Header(step, _)
            | Place::Body(step, _)
            | Place::StepOrder(step, _)
            | Place::Capture(step, _)
            | Place::RuleCapture(step, ..) => Some(*step),
            _ => None,
        }
    }
}

/// Returns whether a field of a part or a body is a property of the body, and not the body itself, or its members.
pub fn is_property(name: &At<String>) -> bool {
    !matches!(name.value.as_str(), FIELD_SPREAD | FIELD_ITEMS)
}

/// An outermost row: where it stands, and the rows that it consists of.
#[derive(Debug)]
pub struct RootView<'c> {
    /// Where it stands.
    pub place: Place<'c>,
    /// Itself, and then the rows inside of it.
    pub rows: Range<usize>,
    /// Whether a request, a decision about one, or something that is reported about the event depends on it.
    pub reached: bool,
}

/// A conversion of a row: one of the engine's, also where the row names several of them by one name.
#[derive(Debug, Clone, Copy)]
pub struct Call<'c> {
    /// The call.
    pub spec: &'c ConversionSpec,
    /// What the engine says of it.
    pub definition: &'static Definition,
    /// The position among the conversions that the row states.
    pub at: usize,
    /// Where the row states it.
    pub span: Span,
}

/// A row.
#[derive(Debug)]
pub struct RowView<'c> {
    /// What the mapping says.
    pub spec: &'c RowSpec,
    /// The outermost row that it is in.
    pub root: RootId,
    /// The row around it, and its role there.
    pub parent: Option<(RowId, Role<'c>)>,
    /// The rows right inside of it.
    pub inside: Vec<RowId>,
    /// Its conversions, without names that the version gives to several.
    pub calls: Vec<Call<'c>>,
}

/// Where a condition, a template or something that is read stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Site {
    /// In a row.
    Row(RowId),
    /// In the entry of `skip` at this position.
    Skip(usize),
    /// In the entry of `require` at this position.
    Require(usize),
    /// In the entry of `warn` at this position, of those of the version and then those of the mapping.
    Warn(usize),
    /// In the choice of the variant.
    Variant,
    /// In a step.
    Step(StepId),
    /// In the rule of a step at this position.
    Rule(StepId, usize),
    /// In the warning of a step at this position.
    StepWarn(StepId, usize),
    /// When what was kept of a step is too old.
    Renew(StepId),
    /// In a rule, a setting or a message of the version or the destination.
    Version,
}

/// What a condition decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whether {
    /// `when`, or `that`: what it is about counts if it is true.
    When,
    /// `unless`: what it is about counts if it is false.
    Unless,
    /// `where`: which items count.
    Where,
}

/// A condition.
#[derive(Debug)]
pub struct ConditionView<'c> {
    /// The condition.
    pub expression: &'c Expression,
    /// What it decides.
    pub whether: Whether,
    /// Where it stands.
    pub site: Site,
    /// What the item is one of, if that is known.
    pub item: Option<ItemOf<'c>>,
}

/// What an item is one of.
#[derive(Debug, Clone, Copy)]
pub enum ItemOf<'c> {
    /// The items of a batch.
    Batch {
        /// The operation of the batch.
        operation: &'c str,
        /// The name of the item; without one, it is `item`.
        name: Option<&'c str>,
    },
    /// The entries of a response that say what has failed.
    Failed {
        /// The operation whose response it is.
        operation: &'c str,
        /// The list of the entries.
        each: &'c RowSpec,
        /// The rule that says it.
        rule: &'c ResponseRuleSpec,
    },
}

/// A template.
#[derive(Debug)]
pub struct TemplateView<'c> {
    /// The template.
    pub template: &'c Template,
    /// Where it stands.
    pub site: Site,
}

/// What is read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Reading {
    /// A path in one of the documents.
    Path(Root, Vec<PathStep>),
    /// A named value, or a value set of that name; then the path in it.
    Value(String, Vec<PathStep>),
}

/// The first steps of a path as a mapping writes them.
pub(crate) fn written(steps: &[PathStep], count: usize) -> String {
    let mut text = String::new();
    for step in steps.iter().take(count) {
        match step {
            PathStep::Key(key) if text.is_empty() => text.push_str(key),
            PathStep::Key(key) => text.extend([".", key]),
            PathStep::Index(index) => text.push_str(&format!("[{index}]")),
        }
    }
    text
}

/// Something that is read.
#[derive(Debug)]
pub struct ReadView {
    /// What is read.
    pub reading: Reading,
    /// Where that is written.
    pub span: Span,
    /// Where it stands.
    pub site: Site,
    /// Whether it is read with the item of an `each` of the same row.
    pub in_each: bool,
    /// Whether it is written as a JSONPath, which may start with any name.
    pub literal: bool,
}

/// Rows, and what they and everything around them say and read.
#[derive(Debug, Default)]
pub struct Rows<'c> {
    /// The outermost rows.
    pub roots: Vec<RootView<'c>>,
    /// All rows; one that is inside of another one comes after it.
    pub rows: Vec<RowView<'c>>,
    /// All conditions.
    pub conditions: Vec<ConditionView<'c>>,
    /// All templates.
    pub templates: Vec<TemplateView<'c>>,
    /// Everything that is read, by whatever spelling.
    pub reads: Vec<ReadView>,
}

/// The conversions that a version gives names to.
pub(crate) type Chains<'c> = &'c Named<Vec<ConversionSpec>>;

impl<'c> Rows<'c> {
    /// Returns a row by its position.
    pub fn row(&self, id: RowId) -> Option<&RowView<'c>> {
        self.rows.get(id.0)
    }

    /// Returns an outermost row by its position.
    pub fn root(&self, id: RootId) -> Option<&RootView<'c>> {
        self.roots.get(id.0)
    }

    /// The rows right inside of a row, and what each becomes.
    pub(crate) fn made_of(&self, row: &RowView<'c>) -> impl Iterator<Item = (Becomes<'c>, RowId)> {
        let form = &row.spec.form;
        row.inside.iter().filter_map(|id| Some((becomes(form, self.row(*id)?.parent?.1), *id)))
    }

    /// Returns the place of a row: that of its outermost row.
    pub fn place_of(&self, id: RowId) -> Option<Place<'c>> {
        Some(self.root(self.row(id)?.root)?.place)
    }

    /// Returns the name of the field that a row is, in a payload part, a body or an object; what is spread there has none.
    pub fn field_name(&self, id: RowId) -> Option<&'c At<String>> {
        let row = self.row(id)?;
        match (row.parent, self.root(row.root)?.place) {
            (Some((_, Role::Field(name))), _) => Some(name).filter(|name| name.value != FIELD_SPREAD),
            (None, Place::Part(_, name) | Place::Body(_, name)) => {
                Some(name).filter(|name| is_property(name))
            }
            _ => None,
        }
    }

    /// Returns whether anything depends on a row.
    pub fn is_reached(&self, id: RowId) -> bool {
        self.row(id).and_then(|row| self.root(row.root)).is_some_and(|root| root.reached)
    }

    /// Returns the pointer to the value of a row in the value that it is a part of: from the field of the payload part or the body, or from
    /// the named value itself.
    /// Nothing, if it decides about something else, or if a row around it converts the value.
    pub fn pointer(&self, id: RowId) -> Option<Vec<PointerStep<'c>>> {
        let mut steps = Vec::new();
        let mut at = self.row(id)?;
        while let Some((parent, role)) = at.parent {
            let outer = self.row(parent)?;
            match becomes(&outer.spec.form, role) {
                Becomes::Whole | Becomes::Members => {}
                Becomes::Member(name) => steps.push(PointerStep::Field(name.value.as_str())),
                Becomes::Item(Some(at)) => steps.push(PointerStep::Item(at)),
                Becomes::Item(None) => steps.push(PointerStep::each(false)),
                Becomes::Named => steps.push(PointerStep::EachMember),
                Becomes::Items | Becomes::Text | Becomes::Source | Becomes::Nothing => return None,
            }
            // a default is not converted
            if !outer.calls.is_empty() && !matches!(role, Role::Default) {
                return None;
            }
            at = outer;
        }
        match self.root(at.root)?.place {
            Place::Part(_, name) | Place::Body(_, name) if is_property(name) => {
                steps.push(PointerStep::Field(name.value.as_str()));
            }
            _ => {}
        }
        steps.reverse();
        Some(steps)
    }

    pub(crate) fn add_root(&mut self, place: Place<'c>, spec: &'c RowSpec, chains: Chains<'c>) -> RootId {
        let (root, start) = (RootId(self.roots.len()), self.rows.len());
        self.add_row(root, None, spec, chains);
        self.roots.push(RootView { place, rows: start..self.rows.len(), reached: false });
        root
    }

    pub(crate) fn add_roots(
        &mut self,
        fields: &'c Named<RowSpec>,
        chains: Chains<'c>,
        place: impl Fn(&'c At<String>) -> Place<'c>,
    ) {
        for (name, row) in fields {
            self.add_root(place(name), row, chains);
        }
    }

    /// Adds the row of a body with the items of several events: what starts as a path of the event is one of the items.
    pub(crate) fn add_batch_body(&mut self, operation: &'c str, spec: &'c RowSpec, chains: Chains<'c>) {
        let (before, conditions) = (self.reads.len(), self.conditions.len());
        self.add_root(Place::BatchBody(operation), spec, chains);
        for at in conditions..self.conditions.len() {
            let item = self.conditions.get(at).and_then(|condition| self.batch_of(condition, operation));
            self.conditions.get_mut(at).into_iter().for_each(|condition| condition.item = item);
        }
        let is_of_event = |read: &mut ReadView| matches!(read.reading, Reading::Path(Root::Event, _));
        self.reads.extract_if(before.., is_of_event).for_each(drop);
    }

    /// Adds a row over an item of a batch.
    pub(crate) fn add_batch_item(&mut self, operation: &'c str, spec: &'c RowSpec, chains: Chains<'c>) {
        let conditions = self.conditions.len();
        self.add_root(Place::BatchItem(operation), spec, chains);
        let item = Some(ItemOf::Batch { operation, name: None });
        self.conditions.iter_mut().skip(conditions).for_each(|condition| condition.item = item);
    }

    /// The batch whose item a condition in its body reads: that of the nearest `each` over the items, unless another item hides it.
    fn batch_of(&self, condition: &ConditionView<'c>, operation: &'c str) -> Option<ItemOf<'c>> {
        let Site::Row(mut id) = condition.site else { return None };
        let (mut has_item, mut hidden) = (condition.whether == Whether::Where, false);
        loop {
            let row = self.row(id)?;
            if let (Form::Each { list, name, .. }, true) = (&row.spec.form, has_item) {
                if is_items(list) && list.conversions.is_empty() && !(hidden && name.is_none()) {
                    let name = name.as_ref().map(|name| name.value.as_str());
                    return Some(ItemOf::Batch { operation, name });
                }
                hidden |= name.is_none();
            }
            let (parent, role) = row.parent?;
            (id, has_item) = (parent, matches!(role, Role::Key | Role::EachTo));
        }
    }

    fn add_row(
        &mut self,
        root: RootId,
        parent: Option<(RowId, Role<'c>)>,
        spec: &'c RowSpec,
        chains: Chains<'c>,
    ) -> RowId {
        let id = RowId(self.rows.len());
        let calls = calls(&spec.conversions, chains);
        self.rows.push(RowView { spec, root, parent, inside: Vec::new(), calls });
        let site = Site::Row(id);
        let reads = &mut self.reads;
        own_reads(spec, &mut |read| reads.push(ReadView::new(read, site)));
        let mut condition = |whether, expression: Option<&'c Expression>| {
            let view = expression.map(|expression| ConditionView { expression, whether, site, item: None });
            self.conditions.extend(view);
        };
        condition(Whether::When, spec.when.as_ref());
        condition(Whether::Unless, spec.unless.as_ref());
        match &spec.form {
            Form::Each { filter, .. } => condition(Whether::Where, filter.as_ref()),
            Form::Template(template) => self.templates.push(TemplateView { template, site }),
            Form::Source(_)
            | Form::First { .. }
            | Form::Value(_)
            | Form::Written { .. }
            | Form::Join { .. }
            | Form::Concat(_)
            | Form::Merge(_)
            | Form::RestOf { .. }
            | Form::Object(_)
            | Form::Computed { .. }
            | Form::List(_)
            | Form::Switch { .. } => {}
        }
        let inside =
            spec.inside().into_iter().map(|(role, row)| self.add_row(root, Some((id, role)), row, chains));
        let inside: Vec<RowId> = inside.collect();
        if let Some(row) = self.rows.get_mut(id.0) {
            row.inside = inside;
        }
        id
    }

    pub(crate) fn add_condition(&mut self, site: Site, whether: Whether, expression: Option<&'c Expression>) {
        self.add_condition_of(None, site, whether, expression);
    }

    /// Adds a condition over an item of the batch of an operation.
    pub(crate) fn add_condition_of(
        &mut self,
        item: Option<ItemOf<'c>>,
        site: Site,
        whether: Whether,
        expression: Option<&'c Expression>,
    ) {
        let Some(expression) = expression else { return };
        self.conditions.push(ConditionView { expression, whether, site, item });
        let reads = &mut self.reads;
        condition_reads(expression, &mut |read| reads.push(ReadView::new(read, site)));
    }

    pub(crate) fn add_template(&mut self, site: Site, template: &'c Template) {
        self.templates.push(TemplateView { template, site });
        let reads = &mut self.reads;
        template_reads(template, &mut |read| reads.push(ReadView::new(read, site)));
    }
}

impl ReadView {
    pub(crate) fn new(read: Read<'_>, site: Site) -> Self {
        let reading = match read.what {
            What::Path(root, steps) => Reading::Path(root, steps.to_vec()),
            What::Value(name, steps) => Reading::Value(name.to_owned(), steps.to_vec()),
        };
        Self { reading, span: read.span, site, in_each: read.in_each, literal: read.literal }
    }
}

/// The conversions of a row, with those that are named in place of their names.
fn calls<'c>(stated: &'c [ConversionSpec], chains: Chains<'c>) -> Vec<Call<'c>> {
    let mut all = Vec::with_capacity(stated.len());
    for (at, spec) in stated.iter().enumerate() {
        each_call(spec, chains, &mut |spec, definition| {
            all.push(Call {
                spec,
                definition,
                at,
                span: stated.get(at).map_or(spec.name.span, |call| call.name.span),
            });
        });
    }
    all
}

/// Whether a row is the list of all items of a batch.
pub(crate) fn is_items(row: &RowSpec) -> bool {
    let Form::Source(source) = &row.form else { return false };
    let Source::Path(path) = &source.value else { return false };
    path.root == Root::Event && path.rest.is_none() && path.steps == [PathStep::Key(ITEMS.to_owned())]
}

/// The entries of a table that a conversion names or states.
pub(crate) fn table_of<'t>(table: &'t Value, version: &'t VersionSpec) -> Option<&'t Map<String, Value>> {
    match table {
        Value::Object(entries) => Some(entries),
        Value::String(name) => by_name(&version.tables, name).map(|table| &table.0),
        _ => None,
    }
}
