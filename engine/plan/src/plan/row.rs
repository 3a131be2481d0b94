//! Rows: where a value comes from and what is done to it. A row is made by lowering what was checked, and in no other way, so that
//! every row that can be evaluated has been lowered.

mod lower;

use std::ops::Deref;

use mapwright_json::{NodeId, Snippet, TrieBuilder};
use serde_json::Value;

use crate::plan::absence::Absence;
use crate::plan::applied::{Applied, Stage};
use crate::plan::claims::Claims;
use crate::plan::constant::Constant;
use crate::plan::expression::{Condition, Template};
use crate::plan::place::{Place, Slot};
use crate::plan::places::Places;
use mapwright_convert::{Combination, Kinds};
use mapwright_findings::Span;
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
    /// Returns the fields that have a name, and the one that spreads an object, which comes last.
    pub fn split_spread(fields: &[Field]) -> (&[Field], Option<&Field>) {
        match fields.split_last() {
            Some((spread, stated)) if spread.name == FIELD_SPREAD => (stated, Some(spread)),
            _ => (fields, None),
        }
    }
}

/// The definition of a row, resolved.
#[derive(Debug)]
pub struct CheckedRow {
    /// The form of the value.
    pub form: Form,
    /// The condition of `when`.
    pub when: Option<Box<Condition>>,
    /// The condition of `unless`.
    pub unless: Option<Box<Condition>>,
    /// The conversions, in order.
    pub conversions: Vec<Applied>,
    /// The default.
    pub default: Option<Value>,
    /// The absent values that are kept.
    pub absence: Absence,
    /// The rule of `on_missing`.
    pub on_missing: OnMissing,
    /// The rule of `on_error`.
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
            || [&self.when, &self.unless].into_iter().flatten().any(|condition| condition.may_exceed())
            || (self.on_error == OnError::Reject && !self.conversions.is_empty())
            || self.form.children().into_iter().any(Row::may_reject)
    }

    /// Returns whether the row only reads places. As an alternative, such a row without a value yields to the next one, whatever its `on_missing` is.
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

/// A row that can be evaluated: its definition, and what lowering derived from it.
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
    /// Keeps the items of a list at their positions: an absent item is null, unless its row rejects the event.
    pub fn keep_places(&mut self) {
        if let Form::List(rows) = &mut self.checked.form {
            for row in rows.iter_mut().filter(|row| row.on_missing == OnMissing::Omit) {
                row.checked.on_missing = OnMissing::Null;
            }
        }
    }

    /// Returns the conversions, as they are applied.
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// Returns the position of the row as an alternative: that of its source, if it states nothing else.
    pub fn alternative(&self) -> Span {
        match (self.form.places(), self.form.rows()) {
            ([only], _) => only.span,
            (_, [only]) => only.alternative(),
            _ => self.span,
        }
    }

    /// Returns whether the place that gives the value is reported, since others or its default might have given it.
    pub fn tells_places(&self) -> bool {
        matches!(&self.form, Form::Places(places) if places.list().len() > 1 || self.default.is_some())
    }

    /// Returns the kinds of values that it does not convert.
    #[inline(always)]
    pub fn kept(&self) -> Kinds {
        self.kept
    }

    /// Returns the forms of the alternatives if the row has no modifiers, and otherwise the row as the only one.
    fn into_alternatives(self) -> Vec<Form> {
        let CheckedRow { form, when, unless, conversions, default, absence, .. } = &self.checked;
        let is_bare = when.is_none()
            && unless.is_none()
            && conversions.is_empty()
            && default.is_none()
            && *absence == Absence::ALL;
        match is_bare && matches!(form, Form::Places(_) | Form::First(_)) {
            true => self.checked.form.into_alternatives(),
            false => vec![Form::First(vec![self])],
        }
    }

    /// Returns whether this row, or one inside it, can reject the event.
    pub fn may_reject(&self) -> bool {
        self.may_reject
    }

    /// Returns whether the row has the same value for every event.
    pub fn is_constant(&self) -> bool {
        matches!(self.form, Form::Value(_)) && self.conversions.is_empty()
    }

    /// Returns whether the row only reads captures, so that without a response it has no value.
    pub fn is_captured(&self) -> bool {
        let is_capture = |place: &Place| matches!(place.slot, Slot::Capture { .. });
        let reads_captures =
            matches!(&self.form, Form::Places(places) if places.list().iter().all(is_capture));
        reads_captures && self.when.is_none() && self.unless.is_none()
    }

    /// Returns whether the row, or one that it is made of, can reject an event though a row beside it waits for a response.
    pub fn may_reject_early(&self) -> bool {
        // the other forms need all that they read
        let stands_beside = matches!(
            self.form,
            Form::Object(_) | Form::List(_) | Form::Join { .. } | Form::Concat(_) | Form::Merge(_)
        );
        self.may_reject()
            && !self.is_captured()
            && (!stands_beside
                || self.on_missing == OnMissing::Reject
                || self.form.children().into_iter().any(Row::may_reject_early))
    }

    /// Returns whether the row contains a rest.
    pub fn has_rest(&self) -> bool {
        matches!(self.form, Form::RestOf(_)) || self.form.children().into_iter().any(Row::has_rest)
    }

    /// Removes from the rests in this row what other rows read: nodes of the event, and names of items.
    pub fn claim(&mut self, nodes: &[NodeId], names: &[String], paths: &TrieBuilder) {
        if let Form::RestOf(rest) = &mut self.checked.form {
            rest.claims.add(nodes, names, paths);
        }
        self.checked.form.children_mut().into_iter().for_each(|row| row.claim(nodes, names, paths));
    }
}

/// The form of a row.
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
        /// Whether the name is a path that operators write.
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
        /// The names that the template may read.
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
    /// The result of a conversion of two rows.
    Combined {
        /// The conversion.
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
    /// Creates the form of the value at a place.
    pub fn place(place: Place) -> Self {
        Form::Places(Places::new(vec![place]))
    }

    /// The places, if it is nothing else.
    fn only_places(&self) -> Option<&Places> {
        match self {
            Form::Places(places) => Some(places),
            Form::First(_)
            | Form::Member { .. }
            | Form::Value(_)
            | Form::Template(_)
            | Form::Written { .. }
            | Form::Join { .. }
            | Form::Concat(_)
            | Form::Merge(_)
            | Form::RestOf(_)
            | Form::Object(_)
            | Form::List(_)
            | Form::Each { .. }
            | Form::Switch { .. }
            | Form::Computed { .. }
            | Form::Combined { .. } => None,
        }
    }

    /// Returns the forms of its alternatives, each on its own; the form itself if it has none.
    pub fn into_alternatives(self) -> Vec<Form> {
        if let Form::Places(Places { list, .. }) = self {
            return list.into_iter().map(Form::place).collect();
        }
        let Form::First(rows) = self else { return vec![self] };
        rows.into_iter().flat_map(Row::into_alternatives).collect()
    }

    /// Returns the places that it reads, if it does nothing else.
    pub fn into_places(self) -> Option<Vec<Place>> {
        if let Form::Places(places) = self { Some(places.list) } else { None }
    }

    /// Returns the places of an alternative form over places.
    pub(crate) fn places(&self) -> &[Place] {
        if let Form::Places(places) = self { places.list() } else { &[] }
    }

    /// Returns the rows of an alternative form over rows.
    pub(crate) fn rows(&self) -> &[Row] {
        if let Form::First(rows) = self { rows } else { &[] }
    }

    /// Returns whether the value may contain one source several times without a loop that counts it.
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

    /// Returns the rows that it is made of.
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
    /// The objects whose members are read.
    pub sources: Vec<Place>,
    /// Rows whose values are names to leave out.
    pub omit: Vec<Row>,
    /// The nodes and names that are omitted as well.
    pub claims: Claims,
}

impl RestOf {
    /// Creates the form of the members of some objects; rows of `omit` give the names to omit.
    pub fn new(sources: Vec<Place>, omit: Vec<Row>) -> Self {
        RestOf { sources, omit, claims: Claims::default() }
    }
}
