//! Lowering: a row that was checked becomes one that can be evaluated. Its alternatives are grouped, its conversions go through members together,
//! and the paths of events and responses learn what it goes through.

use std::sync::Arc;

use mapwright_convert::{Action, Type};
use mapwright_findings::{FileId, Span};
use mapwright_json::{Kind, NodeId, TrieBuilder};

use super::{CheckedRow, Form, Row};
use crate::plan::applied::{Applied, Stage};
use crate::plan::place::{Place, Slot};
use crate::plan::places::Places;

impl CheckedRow {
    /// Lowers the row to its evaluated form. The paths of events and of responses learn which objects and lists it goes through.
    pub fn lower(mut self, event: &mut TrieBuilder, response: &mut TrieBuilder) -> Row {
        self.form = grouped(self.form);
        note_inside(&self, &mut Scanned { event, response });
        let conversions = &self.conversions;
        let keeps = |kind: &Kind| *kind == Kind::Null || conversions.iter().all(|each| each.keeps(*kind));
        let (kept, stages) = (Kind::ALL.into_iter().filter(keeps).collect(), stages(&self));
        Row { kept, stages, may_reject: self.may_reject(), checked: self }
    }
}

impl Row {
    /// Creates a row without a value.
    pub fn nothing() -> Self {
        let span = Span { file: FileId(0), start: 0, end: 0 };
        CheckedRow::of(Form::Places(Places::new(Vec::new())), span)
            .lower(&mut TrieBuilder::new(), &mut TrieBuilder::new())
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
        let both = self.form.only_places().zip(next.form.only_places());
        let are_alike =
            |(places, more): (&Places, &Places)| places.nodes().is_empty() == more.nodes().is_empty();
        both.is_some_and(are_alike) && self.is_plain() && next.is_plain()
    }

    fn read_with(mut self, next: Row) -> Row {
        if let (Form::Places(places), Form::Places(more)) = (&mut self.checked.form, next.checked.form) {
            places.extend(more);
        }
        self
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
