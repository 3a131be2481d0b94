//! Rows: where a value comes from and what is done to it. A row is made by lowering what was checked, and in no other way, so that
//! every row that can be evaluated has been lowered.

use std::ops::Deref;
use std::sync::Arc;

use mapwright_json::{Kind, NodeId, Snippet, TrieBuilder};
use serde_json::Value;

use crate::plan::absence::Absence;
use crate::plan::applied::{Applied, Stage};
use crate::plan::claims::Claims;
use crate::plan::constant::Constant;
use crate::plan::expression::{Condition, Template};
use crate::plan::place::{Place, Slot};
use crate::plan::places::Places;
use mapwright_convert::{self, Action, Combination, Kinds, Type};
use mapwright_findings::{FileId, Span};
use mapwright_language::spec::{FIELD_SPREAD, OnError, OnMissing};

/// A field of an object.
#[derive(Debug)]
pub struct Field {
    /// The name in the object.
    pub name: String,
    /// The name as JSON text with its colon.
    pub key: Snippet,
    /// The row that makes its value.
    pub row: Row,
    /// Its position.
    pub span: Span,
    /// Whether it has been made as a part of its own, since others of its part read it.
    pub lifted: bool,
}

impl Field {
    /// The fields that have a name, and the one that spreads an object, which comes last.
    pub fn split_spread(fields: &[Field]) -> (&[Field], Option<&Field>) {
        match fields.split_last() {
            Some((spread, stated)) if spread.name == FIELD_SPREAD => (stated, Some(spread)),
            _ => (fields, None),
        }
    }
}

/// What a mapping says of a row, resolved.
#[derive(Debug)]
pub struct CheckedRow {
    /// What the value is made of.
    pub form: Form,
    /// The condition of `when`.
    pub when: Option<Box<Condition>>,
    /// The condition of `unless`.
    pub unless: Option<Box<Condition>>,
    /// The conversions, in order.
    pub conversions: Vec<Applied>,
    /// The value if there is none.
    pub default: Option<Value>,
    /// The absent values that are kept.
    pub absence: Absence,
    /// What happens if there is no value.
    pub on_missing: OnMissing,
    /// What happens if a conversion fails.
    pub on_error: OnError,
    /// The message of a rejection, instead of the default message.
    pub error: Option<String>,
    /// Its position.
    pub span: Span,
}

impl CheckedRow {
    /// Returns a row with a form and no modifiers.
    pub fn of(form: Form, span: Span) -> Self {
        CheckedRow {
            form,
            when: None,
            unless: None,
            conversions: Vec::new(),
            default: None,
            absence: Absence::ALL,
            on_missing: OnMissing::Omit,
            on_error: OnError::Reject,
            error: None,
            span,
        }
    }

    /// The row as it is evaluated. The paths of events and of responses learn which objects and lists it goes through.
    pub fn lower(mut self, event: &mut TrieBuilder, response: &mut TrieBuilder) -> Row {
        self.form = grouped(self.form);
        note_inside(&self, &mut Scanned { event, response });
        let conversions = &self.conversions;
        let keeps = |kind: &Kind| *kind == Kind::Null || conversions.iter().all(|each| each.keeps(*kind));
        let (kept, stages) = (Kind::ALL.into_iter().filter(keeps).collect(), stages(&self));
        Row { kept, stages, may_reject: self.may_reject(), checked: self }
    }

    fn may_reject(&self) -> bool {
        let itself = match &self.form {
            // work and items are bounded
            Form::Template(template) => !template.is_plain(),
            Form::Each { .. } | Form::Written { .. } => true,
            // the number of values that a path visits is bounded
            Form::Places(places) => places.list().iter().any(|place| place.query.is_some()),
            Form::Combined { .. } => self.on_error == OnError::Reject,
            Form::First(_)
            | Form::Member { .. }
            | Form::Value(_)
            | Form::Join { .. }
            | Form::Concat(_)
            | Form::Merge(_)
            | Form::RestOf(_)
            | Form::Object(_)
            | Form::Computed { .. }
            | Form::List(_)
            | Form::Switch { .. } => false,
        };
        itself
            || self.on_missing == OnMissing::Reject
            || (self.on_error == OnError::Reject && !self.conversions.is_empty())
            || self.form.children().into_iter().any(Row::may_reject)
    }

    /// Whether it reads places and does nothing else, as an alternative: one that has no value gives way to the next, whatever the row
    /// says of that.
    fn is_plain(&self) -> bool {
        let CheckedRow {
            form,
            when,
            unless,
            conversions,
            default,
            absence,
            on_missing: _,
            on_error: _,
            error: _,
            span: _,
        } = self;
        matches!(form, Form::Places(_))
            && when.is_none()
            && unless.is_none()
            && conversions.is_empty()
            && default.is_none()
            && *absence == Absence::ALL
    }
}

/// A row that can be evaluated: what the mapping says of it, and what follows from that.
#[derive(Debug)]
pub struct Row {
    checked: CheckedRow,
    kept: Kinds,
    stages: Vec<Stage>,
    may_reject: bool,
}

impl Deref for Row {
    type Target = CheckedRow;

    fn deref(&self) -> &CheckedRow {
        &self.checked
    }
}

impl Row {
    /// A row without a value.
    pub fn nothing() -> Self {
        let span = Span { file: FileId(0), start: 0, end: 0 };
        CheckedRow::of(Form::Places(Places::new(Vec::new())), span)
            .lower(&mut TrieBuilder::new(), &mut TrieBuilder::new())
    }

    /// Keeps the items of a list at their places: one that has no value is null, unless it says that it rejects the event.
    pub fn keep_places(&mut self) {
        if let Form::List(rows) = &mut self.checked.form {
            for row in rows.iter_mut().filter(|row| row.on_missing == OnMissing::Omit) {
                row.checked.on_missing = OnMissing::Null;
            }
        }
    }

    /// Its conversions, as they are applied.
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// Where it stands as an alternative: what it reads, if that is all that it says of itself.
    pub fn alternative(&self) -> Span {
        match &self.form {
            Form::Places(Places { list, .. }) if let [only] = list.as_slice() => only.span,
            Form::First(rows) if let [only] = rows.as_slice() => only.alternative(),
            _ => self.span,
        }
    }

    /// Whether the place that gives its value is told, since others or its default might have given it.
    pub fn tells_places(&self) -> bool {
        matches!(&self.form, Form::Places(places) if places.list().len() > 1 || self.default.is_some())
    }

    /// Kinds of values that it does not convert.
    #[inline(always)]
    pub fn kept(&self) -> Kinds {
        self.kept
    }

    /// The forms of its alternatives, each on its own, as far as nothing else is said of them together.
    fn into_alternatives(self) -> Vec<Form> {
        let CheckedRow { form, when, unless, conversions, default, absence, .. } = &self.checked;
        let is_bare = when.is_none()
            && unless.is_none()
            && conversions.is_empty()
            && default.is_none()
            && *absence == Absence::ALL;
        match form {
            Form::Places(_) | Form::First(_) if is_bare => self.checked.form.into_alternatives(),
            _ => vec![Form::First(vec![self])],
        }
    }

    /// Whether this row, or one inside it, can reject the event.
    pub fn may_reject(&self) -> bool {
        self.may_reject
    }

    /// Whether it gives the same for every event.
    pub fn is_constant(&self) -> bool {
        matches!(self.form, Form::Value(_)) && self.conversions.is_empty()
    }

    /// Whether there is a rest in it.
    pub fn has_rest(&self) -> bool {
        matches!(self.form, Form::RestOf(_)) || self.form.children().into_iter().any(Row::has_rest)
    }

    /// Lets the rests in this row and inside it leave out what other rows have read: nodes of the event, and names of items.
    pub fn claim(&mut self, nodes: &[NodeId], names: &[String], paths: &TrieBuilder) {
        if let Form::RestOf(rest) = &mut self.checked.form {
            rest.claims.add(nodes, names, paths);
        }
        self.checked.form.children_mut().into_iter().for_each(|row| row.claim(nodes, names, paths));
    }
}

/// The conversions of a row, those that can go through the members of an object together as one.
fn stages(row: &CheckedRow) -> Vec<Stage> {
    let mut stages = Vec::new();
    // the members of a rest go through a pass in any case
    if let Form::RestOf(_) = row.form {
        stages.push(Stage::Members { names: Vec::new(), spans: Vec::new(), pass: Arc::default() });
    }
    for conversion in &row.conversions {
        match (conversion.action(), stages.last_mut()) {
            (Action::Members(next), Some(Stage::Members { names, spans, pass }))
                if let Some(both) = pass.then(next) =>
            {
                names.push(conversion.name());
                spans.push(conversion.span);
                *pass = Arc::new(both);
            }
            (Action::Members(pass), _) => {
                let (names, spans) = (vec![conversion.name()], vec![conversion.span]);
                stages.push(Stage::Members { names, spans, pass: pass.clone() });
            }
            (Action::Value(_) | Action::To(..) | Action::Number(_) | Action::Only(_), _) => {
                stages.push(Stage::Value(conversion.clone()));
            }
        }
    }
    stages
}

/// What the value of a row is made of.
#[derive(Debug)]
pub enum Form {
    /// The first of some places that has a value.
    Places(Places),
    /// The first of some rows that has a value.
    First(Vec<Row>),
    /// A member whose name is computed, of the first object that has it.
    Member {
        /// The objects, in order.
        of: Vec<Row>,
        /// The row of the name.
        key: Box<Row>,
        /// Whether that is a path that operators write.
        is_path: bool,
    },
    /// A value that the mapping states.
    Value(Constant),
    /// A template.
    Template(Template),
    /// A template that operators write.
    Written {
        /// The template.
        from: Box<Row>,
        /// What it can read.
        with: Vec<Field>,
    },
    /// Several values as one string.
    Join {
        /// The parts; those without a value are left out.
        parts: Vec<Row>,
        /// The text between them.
        with: String,
    },
    /// The items of several lists as one list.
    Concat(Vec<Row>),
    /// The members of several objects as one object; later ones take precedence.
    Merge(Vec<Row>),
    /// The members of objects that no other row reads.
    RestOf(Box<RestOf>),
    /// An object with these fields.
    Object(Vec<Field>),
    /// An object with one member, whose name is computed.
    Computed {
        /// The name.
        key: Box<Row>,
        /// The value.
        to: Box<Row>,
    },
    /// A list of these items.
    List(Vec<Row>),
    /// A list with a row for each item of another.
    Each {
        /// The list.
        list: Box<Row>,
        /// The position of the loop among those around it whose items have a name, if its items have one.
        named: Option<usize>,
        /// The condition that selects items.
        filter: Option<Box<Condition>>,
        /// The name of the member that an item becomes, if the value is an object.
        key: Option<Box<Row>>,
        /// The row that each item becomes.
        to: Box<Row>,
    },
    /// One of several rows, selected by a value.
    Switch {
        /// The value.
        on: Box<Row>,
        /// The cases, by the text of the value.
        cases: Vec<(String, Row)>,
        /// The row if no case fits.
        otherwise: Option<Box<Row>>,
    },
    /// What a conversion makes of a row and another one.
    Combined {
        /// What to make of both.
        combination: Combination,
        /// The value.
        of: Box<Row>,
        /// The operand.
        by: Box<Row>,
        /// Where the mapping names the conversion.
        span: Span,
    },
}

/// The rows that a form is made of, by references of either kind.
macro_rules! children {
    ($form:expr, $iter:ident, $as:ident) => {
        match $form {
            Form::Places(_) | Form::Value(_) | Form::Template(_) => Vec::new(),
            Form::First(rows)
            | Form::Concat(rows)
            | Form::Merge(rows)
            | Form::List(rows)
            | Form::Join { parts: rows, with: _ } => rows.$iter().collect(),
            Form::Member { of, key, is_path: _ } => of.$iter().chain([key.$as()]).collect(),
            Form::RestOf(rest) => rest.omit.$iter().collect(),
            Form::Written { from, with } => {
                [from.$as()].into_iter().chain(with.$iter().map(|Field { row, .. }| row)).collect()
            }
            Form::Object(fields) => fields.$iter().map(|Field { row, .. }| row).collect(),
            Form::Computed { key, to } => vec![key.$as(), to.$as()],
            Form::Each { list, named: _, filter: _, key, to } => {
                [list.$as(), to.$as()].into_iter().chain(key.$iter().map(|key| key.$as())).collect()
            }
            Form::Combined { combination: _, of, by, span: _ } => vec![of.$as(), by.$as()],
            Form::Switch { on, cases, otherwise } => [on.$as()]
                .into_iter()
                .chain(cases.$iter().map(|(_, row)| row))
                .chain(otherwise.$iter().map(|row| row.$as()))
                .collect(),
        }
    };
}

impl Form {
    /// The value at a place.
    pub fn place(place: Place) -> Self {
        Form::Places(Places::new(vec![place]))
    }

    /// The forms of its alternatives, each on its own; the form itself if it has none.
    pub fn into_alternatives(self) -> Vec<Form> {
        match self {
            Form::Places(Places { list, .. }) => list.into_iter().map(Form::place).collect(),
            Form::First(rows) => rows.into_iter().flat_map(Row::into_alternatives).collect(),
            other => vec![other],
        }
    }

    /// The places that it reads, if it does nothing else.
    pub fn into_places(self) -> Option<Vec<Place>> {
        match self {
            Form::Places(places) => Some(places.list),
            _ => None,
        }
    }

    /// Whether what it makes may have something that it reads several times, without a loop that counts it.
    pub(crate) fn repeats(&self) -> bool {
        match self {
            Form::Template(_)
            | Form::Written { .. }
            | Form::Join { .. }
            | Form::Concat(_)
            | Form::Merge(_)
            | Form::Object(_)
            | Form::List(_)
            | Form::Combined { .. }
            | Form::Computed { .. } => true,
            Form::Places(_)
            | Form::First(_)
            | Form::Member { .. }
            | Form::Value(_)
            | Form::RestOf(_)
            | Form::Each { .. }
            | Form::Switch { .. } => false,
        }
    }

    /// The rows that it is made of.
    pub fn children(&self) -> Vec<&Row> {
        children!(self, iter, as_ref)
    }

    fn children_mut(&mut self) -> Vec<&mut Row> {
        children!(self, iter_mut, as_mut)
    }
}

/// Alternatives that are places and nothing else, one after the other, as one.
fn grouped(form: Form) -> Form {
    let Form::First(rows) = form else { return form };
    let mut groups: Vec<Row> = Vec::with_capacity(rows.len());
    for row in rows {
        match groups.pop() {
            Some(before) if before.is_read_with(&row) => groups.push(before.read_with(row)),
            before => groups.extend(before.into_iter().chain([row])),
        }
    }
    match groups.pop() {
        Some(only) if groups.is_empty() && only.is_plain() => only.checked.form,
        last => Form::First(groups.into_iter().chain(last).collect()),
    }
}

impl Row {
    /// Whether this alternative and the next one can be one: both are places and nothing else, all of the event or none.
    fn is_read_with(&self, next: &Row) -> bool {
        match (&self.form, &next.form) {
            (Form::Places(places), Form::Places(more)) => {
                self.is_plain() && next.is_plain() && places.nodes().is_empty() == more.nodes().is_empty()
            }
            _ => false,
        }
    }

    fn read_with(mut self, next: Row) -> Row {
        if let (Form::Places(places), Form::Places(more)) = (&mut self.checked.form, next.checked.form) {
            places.extend(more);
        }
        self
    }
}

/// The members of objects that no other row of the part reads.
#[derive(Debug)]
pub struct RestOf {
    /// The objects whose members are read.
    pub sources: Vec<Place>,
    /// Rows whose values are names to leave out.
    pub omit: Vec<Row>,
    /// What is left out beside them.
    pub claims: Claims,
}

impl RestOf {
    /// The members of some objects; rows of `omit` give names to leave out.
    pub fn new(sources: Vec<Place>, omit: Vec<Row>) -> Self {
        RestOf { sources, omit, claims: Claims::default() }
    }
}

/// The paths of the texts that are scanned.
struct Scanned<'p> {
    event: &'p mut TrieBuilder,
    response: &'p mut TrieBuilder,
}

/// Marks the objects and lists that a row goes through, so that scanning an event or a response takes note of what is in them.
fn note_inside(row: &CheckedRow, paths: &mut Scanned<'_>) {
    if row.conversions.first().is_some_and(goes_through) {
        note_read(row, paths, TrieBuilder::inside);
    }
    match &row.form {
        Form::Merge(rows) | Form::Concat(rows) => {
            rows.iter().for_each(|row| note_read(row, paths, TrieBuilder::inside));
        }
        Form::Each { list, filter, key, to, .. } => {
            let mut rows = key.iter().chain([to]);
            let is_deep = filter.as_ref().is_some_and(|filter| filter.places.iter().any(Place::is_deep))
                || rows.any(|row| goes_deep(row));
            note_read(list, paths, if is_deep { TrieBuilder::inside } else { TrieBuilder::items });
        }
        Form::RestOf(rest) => note_places(&rest.sources, paths, TrieBuilder::inside),
        Form::Places(_)
        | Form::First(_)
        | Form::Member { .. }
        | Form::Value(_)
        | Form::Template(_)
        | Form::Written { .. }
        | Form::Join { .. }
        | Form::Object(_)
        | Form::Computed { .. }
        | Form::List(_)
        | Form::Switch { .. }
        | Form::Combined { .. } => {}
    }
}

/// Whether a conversion goes through an object or a list.
fn goes_through(conversion: &Applied) -> bool {
    let definition = mapwright_convert::find(conversion.name());
    definition.is_some_and(|definition| matches!(definition.takes, Type::Object | Type::List))
}

/// Whether a row reads more of an item than the item itself and its members, or goes through what it reads.
fn goes_deep(row: &Row) -> bool {
    let of_form = match &row.form {
        Form::Places(places) => places.list().iter().any(Place::is_deep),
        Form::Template(template) => template.has_loop() || template.places().iter().any(Place::is_deep),
        Form::First(_)
        | Form::Value(_)
        | Form::Join { .. }
        | Form::Object(_)
        | Form::Computed { .. }
        | Form::List(_)
        | Form::Switch { .. }
        | Form::Combined { .. } => false,
        Form::Member { .. }
        | Form::Written { .. }
        | Form::Concat(_)
        | Form::Merge(_)
        | Form::RestOf(_)
        | Form::Each { .. } => true,
    };
    of_form
        || row.when.iter().chain(&row.unless).any(|condition| condition.places.iter().any(Place::is_deep))
        || row.conversions.iter().any(goes_through)
        || row.form.children().into_iter().any(goes_deep)
}

/// How what is read is marked.
type Mark = fn(&mut TrieBuilder, NodeId);

/// Marks what a row reads.
fn note_read(row: &CheckedRow, paths: &mut Scanned<'_>, mark: Mark) {
    match &row.form {
        Form::Places(places) => note_places(places.list(), paths, mark),
        Form::First(rows) => rows.iter().for_each(|row| note_read(row, paths, mark)),
        // made of others, which go through what they read themselves
        Form::Member { .. }
        | Form::Value(_)
        | Form::Template(_)
        | Form::Written { .. }
        | Form::Join { .. }
        | Form::Concat(_)
        | Form::Merge(_)
        | Form::RestOf(_)
        | Form::Object(_)
        | Form::Computed { .. }
        | Form::List(_)
        | Form::Each { .. }
        | Form::Switch { .. }
        | Form::Combined { .. } => {}
    }
}

fn note_places(places: &[Place], paths: &mut Scanned<'_>, mark: Mark) {
    for place in places {
        match place.slot {
            Slot::Event(node) => mark(paths.event, node),
            Slot::Body(node) => mark(paths.response, node),
            _ => {}
        }
    }
}
