//! Rows: where a value comes from and what is done to it. A row is made by lowering what was checked, and in no other way, so that
//! every row that can be evaluated has been lowered.

use std::ops::Deref;
use std::sync::Arc;

use mapwright_json::{NodeId, Snippet, TrieBuilder};
use serde_json::Value;

use crate::convert::{self, Bounds, Conversion, Flatten, Kinds, Type};
use crate::plan::{Condition, Place, Slot, Template};
use crate::run::emit::output;
use crate::run::glance::kept;
use crate::source::Span;
use crate::spec::{OnError, OnMissing};

/// A field of an object.
#[derive(Debug)]
pub struct Field {
    pub name: String,
    /// The name as JSON text with its colon.
    pub key: Snippet,
    pub row: Row,
    pub span: Span,
}

/// What a mapping says of a row, resolved.
#[derive(Debug)]
pub struct CheckedRow {
    pub form: Form,
    pub when: Option<Box<Condition>>,
    pub unless: Option<Box<Condition>>,
    pub conversions: Vec<(String, Conversion)>,
    pub default: Option<Value>,
    pub keep_null: bool,
    pub keep_empty: bool,
    pub on_missing: OnMissing,
    pub on_error: OnError,
    pub error: Option<String>,
    pub span: Span,
}

impl CheckedRow {
    /// A row of a form and nothing else.
    pub fn of(form: Form, span: Span) -> Self {
        CheckedRow {
            form,
            when: None,
            unless: None,
            conversions: Vec::new(),
            default: None,
            keep_null: false,
            keep_empty: false,
            on_missing: OnMissing::Omit,
            on_error: OnError::Reject,
            error: None,
            span,
        }
    }

    /// The row as it is evaluated. `paths` learns which objects and lists it goes through.
    pub fn lower(mut self, paths: &mut TrieBuilder) -> Row {
        self.form = paths_only(self.form);
        let mut row = Row {
            plain: self.is_plain(),
            kept: kept(&self),
            slots: self.first_slots(),
            output: Output::default(),
            checked: self,
        };
        row.output = output(&row);
        note_inside(&row, paths);
        row
    }

    /// Whether it reads one place and does nothing else.
    fn is_plain(&self) -> bool {
        matches!(self.form, Form::Read(_))
            && self.when.is_none()
            && self.unless.is_none()
            && self.conversions.is_empty()
            && self.default.is_none()
            && !self.keep_null
            && !self.keep_empty
    }

    /// The slots of the event that it reads first, if it reads some without asking anything before.
    fn first_slots(&self) -> Option<Slots> {
        if self.when.is_some() || self.unless.is_some() {
            return None;
        }
        let slot = |place: &Place| match (&place.slot, &place.query) {
            (Slot::Event(node), None) => Some(*node),
            _ => None,
        };
        let of_row = |row: &Row| row.place().and_then(slot);
        let (nodes, alternatives): (Vec<NodeId>, usize) = match &self.form {
            Form::Read(place) => (slot(place).into_iter().collect(), 1),
            Form::Paths(places) => (places.iter().map_while(slot).collect(), places.len()),
            Form::First(rows) => (rows.iter().map_while(of_row).collect(), rows.len()),
            _ => return None,
        };
        let more = nodes.len() < alternatives;
        (!nodes.is_empty()).then(|| Slots { nodes: nodes.into(), more })
    }
}

/// A row that can be evaluated: what the mapping says of it, and what follows from that.
#[derive(Debug)]
pub struct Row {
    checked: CheckedRow,
    plain: bool,
    output: Output,
    kept: Kinds,
    slots: Option<Slots>,
}

impl Deref for Row {
    type Target = CheckedRow;

    fn deref(&self) -> &CheckedRow {
        &self.checked
    }
}

impl Row {
    /// The place that it reads, if it does nothing else.
    pub fn place(&self) -> Option<&Place> {
        match &self.form {
            Form::Read(place) if self.plain => Some(place),
            _ => None,
        }
    }

    /// The place that it reads, whatever else it does.
    pub fn into_read(self) -> Option<Place> {
        match self.checked.form {
            Form::Read(place) => Some(place),
            _ => None,
        }
    }

    /// How its value gets into the output.
    pub fn output(&self) -> &Output {
        &self.output
    }

    /// Kinds of values that all conversions surely leave as they are.
    pub fn kept(&self) -> Kinds {
        self.kept
    }

    /// The slots of the event that it reads before anything else.
    pub fn slots(&self) -> Option<&Slots> {
        self.slots.as_ref()
    }

    /// Whether this row, or one inside it, can reject the event.
    pub fn may_reject(&self) -> bool {
        let itself = match &self.form {
            // work and items are bounded
            Form::Template(Template::Jinja(_)) | Form::Each { .. } => true,
            Form::Template(Template::Parts(_))
            | Form::Read(_)
            | Form::Paths(_)
            | Form::First(_)
            | Form::Member { .. }
            | Form::Value(_)
            | Form::Join { .. }
            | Form::Concat(_)
            | Form::Merge(_)
            | Form::RestOf(_)
            | Form::Object(_)
            | Form::List(_)
            | Form::Switch { .. } => false,
        };
        itself
            || self.on_missing == OnMissing::Reject
            || (self.on_error == OnError::Reject && !self.conversions.is_empty())
            || self.form.children().into_iter().any(Row::may_reject)
    }

    /// Lets the rests in this row and inside it leave out what other rows have read: nodes of the event, and names of items.
    pub fn claim(&mut self, nodes: &[NodeId], names: &[String], paths: &TrieBuilder) {
        if let Form::RestOf(rest) = &mut self.checked.form {
            rest.claim(nodes, names, paths);
        }
        self.checked.form.children_mut().into_iter().for_each(|row| row.claim(nodes, names, paths));
    }
}

/// Slots of the event that a row reads before anything else.
#[derive(Debug)]
pub struct Slots {
    pub nodes: Box<[NodeId]>,
    /// Whether the row has other alternatives after them.
    pub more: bool,
}

/// How the value of a row gets into the output.
#[derive(Debug, Default)]
pub enum Output {
    /// It is evaluated, and then written.
    #[default]
    Evaluated,
    /// It is an object whose members are written as they are read, where nothing stands against it.
    MemberByMember(Box<Streamed>),
    /// It is made of rows, each of which is written into its place.
    InPlace,
    /// It is this JSON text, where its condition holds.
    Constant(Snippet),
}

/// What the conversions of a row do to the members of an object, as long as nothing is in their way.
#[derive(Debug)]
pub struct Streamed {
    pub flatten: Option<Arc<Flatten>>,
    pub bounds: Bounds,
    /// How many members there may be.
    pub max: usize,
}

#[derive(Debug)]
pub enum Form {
    Read(Place),
    First(Vec<Row>),
    /// The same where every alternative is a path and nothing else.
    Paths(Vec<Place>),
    Member {
        of: Vec<Row>,
        key: Box<Row>,
    },
    Value(Value),
    Template(Template),
    Join {
        parts: Vec<Row>,
        with: String,
    },
    Concat(Vec<Row>),
    Merge(Vec<Row>),
    RestOf(Box<RestOf>),
    Object(Vec<Field>),
    List(Vec<Row>),
    Each {
        list: Box<Row>,
        filter: Option<Box<Condition>>,
        to: Box<Row>,
    },
    Switch {
        on: Box<Row>,
        cases: Vec<(String, Row)>,
        otherwise: Option<Box<Row>>,
    },
}

/// Alternatives that are all paths and nothing else, as the paths alone.
fn paths_only(form: Form) -> Form {
    match form {
        Form::First(rows) if rows.iter().all(|row| row.plain) => {
            Form::Paths(rows.into_iter().filter_map(Row::into_read).collect())
        }
        form => form,
    }
}

/// The rows that a form is made of, by reference of either kind.
macro_rules! children {
    ($form:expr, $iter:ident, $as:ident) => {
        match $form {
            Form::Read(_) | Form::Paths(_) | Form::Value(_) | Form::Template(_) => Vec::new(),
            Form::First(rows)
            | Form::Concat(rows)
            | Form::Merge(rows)
            | Form::List(rows)
            | Form::Join { parts: rows, with: _ } => rows.$iter().collect(),
            Form::Member { of, key } => of.$iter().chain([key.$as()]).collect(),
            Form::RestOf(rest) => rest.omit.$iter().collect(),
            Form::Object(fields) => fields.$iter().map(|Field { row, .. }| row).collect(),
            Form::Each { list, filter: _, to } => vec![list.$as(), to.$as()],
            Form::Switch { on, cases, otherwise } => [on.$as()]
                .into_iter()
                .chain(cases.$iter().map(|(_, row)| row))
                .chain(otherwise.$iter().map(|row| row.$as()))
                .collect(),
        }
    };
}

impl Form {
    /// The rows that it is made of.
    pub fn children(&self) -> Vec<&Row> {
        children!(self, iter, as_ref)
    }

    fn children_mut(&mut self) -> Vec<&mut Row> {
        children!(self, iter_mut, as_mut)
    }
}

/// The members of objects that no other row of the part reads.
#[derive(Debug)]
pub struct RestOf {
    pub sources: Vec<Place>,
    /// Rows whose values are names to leave out.
    pub omit: Vec<Row>,
    /// Names to leave out of objects that are no slots of the event.
    names: Vec<String>,
    /// What others have claimed of the value of each node, by its place; of those beyond the end nothing.
    claims: Vec<Claim>,
}

/// What rows other than a rest have claimed of a value of the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    Nothing,
    /// Some of what is in it.
    Partly,
    All,
}

impl RestOf {
    /// The members of some objects; rows of `omit` give names to leave out.
    pub fn new(sources: Vec<Place>, omit: Vec<Row>) -> Self {
        RestOf { sources, omit, names: Vec::new(), claims: Vec::new() }
    }

    /// Leaves out nodes of the event, and names of items.
    pub fn claim(&mut self, nodes: &[NodeId], names: &[String], paths: &TrieBuilder) {
        self.names.extend(names.iter().cloned());
        for node in nodes {
            self.set(*node, Claim::All);
            for above in std::iter::successors(paths.parent(*node), |node| paths.parent(*node)) {
                if self.claimed(Some(above)) == Claim::Nothing {
                    self.set(above, Claim::Partly);
                }
            }
        }
    }

    fn set(&mut self, node: NodeId, claim: Claim) {
        if self.claims.len() <= node.index() {
            self.claims.resize(node.index() + 1, Claim::Nothing);
        }
        if let Some(slot) = self.claims.get_mut(node.index()) {
            *slot = claim;
        }
    }

    /// What has been claimed of the value of a node.
    #[inline(always)]
    pub fn claimed(&self, node: Option<NodeId>) -> Claim {
        node.and_then(|node| self.claims.get(node.index()).copied()).unwrap_or(Claim::Nothing)
    }

    /// Whether a member of an object that is no slot of the event is left out.
    pub fn leaves_out(&self, name: &str) -> bool {
        self.names.iter().any(|left_out| left_out == name)
    }
}

/// Marks the objects and lists that a row goes through, so that scanning an event takes note of what is in them.
fn note_inside(row: &Row, paths: &mut TrieBuilder) {
    let first = row.conversions.first().and_then(|(name, _)| convert::find(name));
    if first.is_some_and(|definition| matches!(definition.takes, Type::Object | Type::List)) {
        note_read(row, paths);
    }
    match &row.form {
        Form::Merge(rows) | Form::Concat(rows) => rows.iter().for_each(|row| note_read(row, paths)),
        Form::Each { list, .. } => note_read(list, paths),
        Form::RestOf(rest) => rest.sources.iter().for_each(|place| note_place(place, paths)),
        Form::Read(_)
        | Form::First(_)
        | Form::Paths(_)
        | Form::Member { .. }
        | Form::Value(_)
        | Form::Template(_)
        | Form::Join { .. }
        | Form::Object(_)
        | Form::List(_)
        | Form::Switch { .. } => {}
    }
}

/// Marks what a row reads.
fn note_read(row: &Row, paths: &mut TrieBuilder) {
    match &row.form {
        Form::Read(place) => note_place(place, paths),
        Form::Paths(places) => places.iter().for_each(|place| note_place(place, paths)),
        Form::First(rows) => rows.iter().for_each(|row| note_read(row, paths)),
        // made of others, which go through what they read themselves
        Form::Member { .. }
        | Form::Value(_)
        | Form::Template(_)
        | Form::Join { .. }
        | Form::Concat(_)
        | Form::Merge(_)
        | Form::RestOf(_)
        | Form::Object(_)
        | Form::List(_)
        | Form::Each { .. }
        | Form::Switch { .. } => {}
    }
}

fn note_place(place: &Place, paths: &mut TrieBuilder) {
    if let Slot::Event(node) = place.slot {
        paths.inside(node);
    }
}
