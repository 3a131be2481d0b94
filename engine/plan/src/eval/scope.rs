//! What a row can read while it is evaluated.

use std::rc::Rc;

use jsonpath_rust::parser::model::JpQuery;
use mapwright_json::{Doc, Json, NodeId};
use serde_json::Value;

use crate::eval::built::BuiltPart;
use crate::eval::fault::{Evaluated, RowError, RowFault};
use crate::eval::query::{TooManySteps, select, values_in};
use crate::eval::reading::Reading;
use crate::limits::PATH_STEPS;
use crate::plan::{Part, PartRead, Place, Row, Slot};
use crate::response::ResponseView;
use crate::settings::BoundSettings;
use crate::tally::Tally;
use mapwright_convert::PathStep;
use mapwright_convert::Val;

/// The context of a row. Cheap to copy for the next item of a loop.
#[derive(Clone)]
pub(crate) struct Scope<'a> {
    pub doc: &'a Doc<'a>,
    pub settings: &'a BoundSettings,
    /// Whether the event may have options for the destination: without them, none is looked for.
    pub options: bool,
    pub parts: &'a [Option<Box<BuiltPart>>],
    /// For each capture, whether it was tried and what it gave.
    pub captures: &'a [Option<Value>],
    /// Names of captures, to stand for their values in a preview.
    pub unknown: Option<&'a Unknown<'a>>,
    pub response: Option<&'a ResponseView<'a>>,
    pub item: Option<Val<'a>>,
    /// The items that have a name.
    pub items: Option<Rc<NamedItem<'a>>>,
    /// Epoch milliseconds.
    pub now: i64,
    pub lazy: LazyValues<'a>,
    /// Counts what events reach, for coverage.
    pub tally: Option<&'a Tally>,
    /// Learns what is read.
    pub reading: Option<&'a Reading>,
}

/// The item of a loop that has a name, and those of the loops around it.
pub(crate) struct NamedItem<'a> {
    depth: usize,
    value: Val<'a>,
    outer: Option<Rc<NamedItem<'a>>>,
}

/// Named values that are made whenever they are read.
#[derive(Clone, Copy)]
pub(crate) struct LazyValues<'a> {
    /// Their rows.
    pub rows: &'a [Row],
    /// Makes the value of one.
    pub make: for<'s, 'r> fn(&'s Scope<'r>, &'r Row) -> Evaluated<Val<'r>>,
}

/// The unknowns of a preview.
#[derive(Debug)]
pub(crate) struct Unknown<'a> {
    pub names: &'a [String],
    /// Which captures may have a value when the row at hand is reached.
    pub possible: &'a [bool],
    /// The parts that were built, perhaps from such captures.
    pub parts: &'a [Part],
}

/// A place's value: known, absent, or not known before a response.
#[derive(Debug, Clone)]
pub(crate) enum Found<'a> {
    Value(Val<'a>),
    Missing,
    /// The name of the capture that it waits for.
    Unknown(&'a str),
    /// The row that would make it rejects.
    Refused(Refused<'a>),
}

/// The error of a row whose value is read.
#[derive(Debug, Clone)]
pub(crate) enum Refused<'a> {
    /// A field of a payload part.
    Part(&'a RowFault),
    /// A named value that is made where it is read.
    Lazy(RowError),
}

impl Refused<'_> {
    pub(crate) fn into_error(self) -> RowError {
        match self {
            Refused::Part(fault) => Box::new(fault.clone()),
            Refused::Lazy(error) => error,
        }
    }
}

/// An error about a place whose value cannot be read.
#[derive(Debug)]
pub(crate) enum Unreadable<'a> {
    /// Its path visits too many values.
    TooManySteps(TooManySteps),
    Refused(Refused<'a>),
}

impl<'a> Scope<'a> {
    /// A scope in which only settings have values.
    pub(crate) fn of_settings(
        settings: &'a BoundSettings,
        doc: &'a Doc<'a>,
        now: i64,
        lazy: LazyValues<'a>,
    ) -> Self {
        Scope {
            doc,
            settings,
            options: true,
            parts: &[],
            captures: &[],
            unknown: None,
            response: None,
            item: None,
            items: None,
            now,
            lazy,
            tally: None,
            reading: None,
        }
    }

    pub(crate) fn with_item(&self, item: Val<'a>) -> Scope<'a> {
        let Scope {
            doc,
            settings,
            options,
            parts,
            captures,
            unknown,
            response,
            now,
            lazy,
            tally,
            reading,
            ..
        } = *self;
        // without a copy of the current item, which may be as large as the event
        let (item, items) = (Some(item), self.items.clone());
        Scope {
            doc,
            settings,
            options,
            parts,
            captures,
            unknown,
            response,
            item,
            items,
            now,
            lazy,
            tally,
            reading,
        }
    }

    /// A scope for the items of a loop.
    pub(crate) fn inside(&self, named: Option<usize>) -> Scope<'a> {
        match named {
            None => self.with_item(Val::Null),
            Some(_) => self.clone(),
        }
    }

    /// Gives a loop inside of this scope its next item, whose position is `named` if it has a name.
    pub(crate) fn set_item(&mut self, named: Option<usize>, value: Val<'a>) {
        match named {
            None => self.item = Some(value),
            Some(depth) => {
                let mut outer = self.items.take();
                // that of the round before
                while let Some(item) = outer.as_ref().filter(|item| item.depth >= depth) {
                    outer = item.outer.clone();
                }
                self.items = Some(Rc::new(NamedItem { depth, value, outer }));
            }
        }
    }

    /// A row begins that depends on none before it.
    pub(crate) fn begin_row(&self) {
        self.reading.iter().for_each(|reading| reading.resume(None));
    }

    /// The item that has a name.
    fn named_item(&self, depth: usize) -> Option<&Val<'a>> {
        let mut at = self.items.as_deref();
        while let Some(item) = at.filter(|item| item.depth != depth) {
            at = item.outer.as_deref();
        }
        at.map(|item| &item.value)
    }

    /// The value at a place, null included; in a preview, `{name}` stands for a capture that is not known.
    #[inline]
    pub(crate) fn read(&self, place: &'a Place) -> Option<Val<'a>> {
        self.try_read(place).unwrap_or_default()
    }

    /// Reads a place like [`read`](Self::read).
    ///
    /// # Errors
    /// Fails if its path visits too many values, or if the row that would make it rejects.
    #[inline]
    pub(crate) fn try_read(&self, place: &'a Place) -> Result<Option<Val<'a>>, Unreadable<'a>> {
        if let Some(found) = self.of_event(place) {
            return Ok(found.map(Val::Json));
        }
        match self.matches(place).map_err(Unreadable::TooManySteps)? {
            Found::Value(value) => Ok(Some(value)),
            Found::Missing => Ok(None),
            Found::Unknown(name) => Ok(self.shown(place, name)),
            Found::Refused(refused) => Err(Unreadable::Refused(refused)),
        }
    }

    /// Reads a place only to show its value: it does not count as read.
    #[cold]
    pub(crate) fn peek(&self, place: &'a Place) -> Option<Val<'a>> {
        Scope { reading: None, ..self.clone() }.read(place)
    }

    /// The error of the row that would make the value at a place.
    pub(crate) fn refused(&self, place: &'a Place) -> Result<(), RowError> {
        if self.of_event(place).is_some() {
            return Ok(());
        }
        match self.find(place) {
            Found::Refused(refused) => Err(refused.into_error()),
            Found::Value(_) | Found::Missing | Found::Unknown(_) => Ok(()),
        }
    }

    /// Returns the placeholder of an unknown value: for a part, its text with the names of captures in it.
    #[cold]
    fn shown(&self, place: &'a Place, name: &str) -> Option<Val<'a>> {
        if let Slot::Part { .. } | Slot::Field { .. } | Slot::Either { .. } = place.slot
            && let Found::Value(value) = (Scope { unknown: None, ..self.clone() }).find(place)
        {
            return Some(value);
        }
        Some(placeholder(name))
    }

    /// The value at a place of the event, if it is one. These are known always, and most places by far.
    #[inline(always)]
    pub(crate) fn of_event(&self, place: &Place) -> Option<Option<Json<'a>>> {
        match (&place.slot, &place.query) {
            (Slot::Event(node), None) => Some(self.doc.get(*node)),
            (Slot::Options(nodes), None) => Some(self.option(nodes)),
            _ => None,
        }
    }

    /// Whether there is a value at a place, null included; `None` if that takes more than a look.
    #[inline]
    pub(crate) fn has(&self, place: &'a Place) -> Option<bool> {
        if let Some(found) = self.of_event(place) {
            return Some(found.is_some());
        }
        self.field(place).map(|(part, field)| part.is_some_and(|part| part.has(field)))
    }

    /// Whether there is a value at a place that is neither null nor the empty text, or what keeps it from being known.
    pub(crate) fn has_something(&self, place: &'a Place) -> Result<bool, Found<'a>> {
        if let Some(found) = self.of_event(place) {
            return Ok(found.is_some_and(Json::is_something));
        }
        if let Some((part, field)) = self.field(place) {
            return Ok(part.is_some_and(|part| part.has_something(field)));
        }
        match self.matches(place) {
            Ok(Found::Value(value)) => Ok(!value.is_null() && !value.is_empty_text()),
            Ok(Found::Missing) => Ok(false),
            Ok(unknown @ (Found::Unknown(_) | Found::Refused(_))) => Err(unknown),
            // there are values, and very many
            Err(TooManySteps) => Ok(true),
        }
    }

    /// The part and the field that a place is, if it is one and everything is known of it.
    fn field(&self, place: &Place) -> Option<(Option<&'a BuiltPart>, usize)> {
        match (&place.slot, &place.query, self.unknown) {
            (Slot::Field { part, field, steps }, None, None) if steps.is_empty() => {
                let built = self.part(*part);
                let is_known = built.is_none_or(|built| built.fault(Some(*field)).is_none());
                is_known.then(|| (self.noted(*part, Some(*field)), *field))
            }
            _ => None,
        }
    }

    /// Returns what is at a place. A path that visits too many values finds nothing: see [`matches`](Self::matches).
    pub(crate) fn find(&self, place: &'a Place) -> Found<'a> {
        self.matches(place).unwrap_or(Found::Missing)
    }

    /// Returns what is at a place.
    ///
    /// # Errors
    /// Fails if its path visits too many values.
    pub(crate) fn matches(&self, place: &'a Place) -> Result<Found<'a>, TooManySteps> {
        let found = self.find_slot(&place.slot);
        if let (Found::Unknown(name), Some(unknown), Some(reading)) = (&found, self.unknown, self.reading) {
            // nothing has the name of an item that is not at hand
            let at = unknown.names.iter().position(|known| known == name);
            reading.wait(at.unwrap_or(unknown.names.len()));
        }
        Ok(match (&place.query, found) {
            (Some(query), Found::Value(value)) => match self.selected(query, value, &place.slot)? {
                items if items.is_empty() => Found::Missing,
                items => Found::Value(Val::List(items)),
            },
            (_, found) => found,
        })
    }

    /// Returns what reading the value costs that a place reads from, without its query: its bytes, counted up to `most`, and more for each value
    /// in it.
    pub(crate) fn cost_at(&self, place: &'_ Place, most: usize) -> usize {
        /// Finding the end of a list or an object costs as much as reading so many bytes.
        const CONTAINER: usize = 64;
        /// Comparing any other value costs as much as reading so many.
        const SCALAR: usize = 8;
        let cost = |value: &Val<'_>| match value.bytes(most) {
            bytes if bytes >= most => bytes,
            bytes => bytes.saturating_add(value.sum(CONTAINER, SCALAR)),
        };
        match &place.slot {
            Slot::Event(node) => self.doc.get(*node).map_or(0, |json| cost(&Val::Json(json))),
            slot => match (Scope { reading: None, ..self.clone() }).find_slot(slot) {
                Found::Value(value) => cost(&value),
                Found::Missing | Found::Unknown(_) | Found::Refused(_) => 0,
            },
        }
    }

    fn selected(&self, query: &JpQuery, value: Val<'a>, slot: &Slot) -> Result<Vec<Val<'a>>, TooManySteps> {
        let made = match value {
            Val::Json(json) => {
                let root = if let Slot::Event(_) = slot { self.doc.root() } else { json };
                return Ok(select(query, json, root)?.into_iter().map(Val::Json).collect());
            }
            made => made.to_json(),
        };
        let mut left = PATH_STEPS;
        let copied = |json: Json<'_>| {
            // a path may name a value and the values in it, so that all of them are copied
            left = left.checked_sub(values_in(json, left.saturating_add(1))).ok_or(TooManySteps)?;
            Ok(json.to_value().into())
        };
        select(query, Json::Tree(&made), Json::Tree(&made))?.into_iter().map(copied).collect()
    }

    fn find_slot(&self, slot: &'a Slot) -> Found<'a> {
        let found = match slot {
            Slot::Event(node) => self.doc.get(*node).map(Val::Json),
            Slot::Options(nodes) => self.option(nodes).map(Val::Json),
            Slot::Setting(steps) => self.settings.get(steps).map(Val::Json),
            Slot::Part { part, steps } => match self.unread(*part, None) {
                Some(found) => return found,
                None => self.noted(*part, None).and_then(|part| follow(part.json()?, steps)),
            },
            Slot::Field { part, field, steps } => match self.unread(*part, Some(*field)) {
                Some(found) => return found,
                None => {
                    let built = self.noted(*part, Some(*field));
                    built.and_then(|part| part.field(*field)).and_then(|json| follow(json, steps))
                }
            },
            Slot::Either { first, then, steps } => {
                let found = match self.find_slot(first) {
                    Found::Missing => self.find_slot(then),
                    found => found,
                };
                match found {
                    Found::Value(value) => value.follow(steps),
                    found => return found,
                }
            }
            Slot::Lazy { row, steps, kept } => {
                if let (true, Some(response)) = (kept, self.response) {
                    let made = response.made(*row, self.lazy.rows.len(), || self.make(*row).ok().flatten());
                    return made.and_then(|made| follow(made, steps)).map_or(Found::Missing, Found::Value);
                }
                let value = match self.make(*row) {
                    Ok(value) => value,
                    // while a response is judged, a value that rejects is absent
                    Err(_) if self.response.is_some() => None,
                    Err(error) => return Found::Refused(Refused::Lazy(error)),
                };
                if let Some(name) = value.as_ref().and_then(|value| self.unknown?.named_by(value)) {
                    return Found::Unknown(name);
                }
                value.and_then(|value| value.follow(steps))
            }
            Slot::Capture { capture, steps } => {
                if let Some(unknown) = self.unknown
                    && unknown.possible.get(*capture) == Some(&true)
                    && let Some(name) = unknown.names.get(*capture)
                {
                    return Found::Unknown(name);
                }
                let value = self.captures.get(*capture).and_then(Option::as_ref);
                value.and_then(|value| follow(Json::Tree(value), steps))
            }
            Slot::Status => self.response.map(|response| Val::Int(i64::from(response.status))),
            Slot::Header(name) => self.response.and_then(|response| response.header(name)).map(Val::Text),
            Slot::Body(node) => {
                self.response.and_then(|response| response.body.as_ref()?.get(*node)).map(Val::Json)
            }
            // nor is the item known, where none is at hand
            Slot::Item(_) if self.item.is_none() && self.unknown.is_some() => return Found::Unknown("item"),
            Slot::Item(steps) => return self.of_item(self.item.as_ref(), steps),
            Slot::Named { depth, steps } => return self.of_item(self.named_item(*depth), steps),
            Slot::Text => self.response.and_then(ResponseView::text).map(Val::Text),
            Slot::Set(set) => Some(Val::Json(Json::Tree(set.value()))),
            Slot::Now => Some(Val::Int(self.now)),
            Slot::Version(name) => Some(Val::Text(name.as_str().into())),
        };
        found.map_or(Found::Missing, Found::Value)
    }

    /// The value in an item, which is not known if the name of a capture stands for it.
    fn of_item(&self, item: Option<&Val<'a>>, steps: &[PathStep]) -> Found<'a> {
        let Some(item) = item else { return Found::Missing };
        let value = item.follow(steps);
        if let Some(unknown) = self.unknown
            && let Some(name) =
                [Some(item), value.as_ref()].into_iter().flatten().find_map(|value| unknown.named_by(value))
        {
            return Found::Unknown(name);
        }
        value.map_or(Found::Missing, Found::Value)
    }

    /// Makes a named value.
    fn make(&self, row: usize) -> Evaluated<Val<'a>> {
        self.lazy.rows.get(row).map_or(Ok(None), |row| (self.lazy.make)(self, row))
    }

    #[inline(always)]
    fn option(&self, nodes: &[NodeId]) -> Option<Json<'a>> {
        if self.options { nodes.iter().find_map(|node| self.doc.get(*node)) } else { None }
    }

    /// Returns the fault of a field, or a part, whose value cannot be read.
    fn unread(&self, part: usize, field: Option<usize>) -> Option<Found<'a>> {
        if let Some(fault) = self.part(part).and_then(|part| part.fault(field)) {
            return Some(Found::Refused(Refused::Part(&fault.error)));
        }
        let unknown = self.unknown?;
        let mut depends = unknown.parts.get(part)?.depends(field).iter();
        let name = depends.find_map(|depends| unknown.first_of(&depends.captures))?;
        if let Some(reading) = self.reading {
            let perhaps = self.part(part).into_iter().flat_map(|part| part.perhaps_of(field));
            perhaps.for_each(|fault| reading.may_reject(fault.error.clone()));
        }
        Some(Found::Unknown(name))
    }

    /// A part of which a field, or all, is read.
    fn noted(&self, part: usize, field: Option<usize>) -> Option<&'a BuiltPart> {
        let built = self.part(part)?;
        if let Some(reading) = self.reading.filter(|_| built.is_to_be_reported()) {
            reading.note(PartRead { part, field });
        }
        Some(built)
    }

    fn part(&self, part: usize) -> Option<&'a BuiltPart> {
        self.parts.get(part)?.as_ref()?.if_built()
    }
}

/// Returns the placeholder of an unknown capture.
pub(crate) fn placeholder<'a>(name: &str) -> Val<'a> {
    Val::Text(["{", name, "}"].concat().into())
}

impl<'a> Unknown<'a> {
    /// The first of these captures that may have a value.
    pub(crate) fn first_of(&self, captures: &[usize]) -> Option<&'a str> {
        let capture = captures.iter().find(|capture| self.possible.get(**capture) == Some(&true))?;
        self.names.get(*capture).map(String::as_str)
    }

    /// The capture whose name stands for a value.
    fn named_by(&self, value: &Val<'_>) -> Option<&'a str> {
        let text = value.as_text()?;
        let name = text.strip_prefix('{')?.strip_suffix('}')?;
        self.names.iter().map(String::as_str).find(|known| *known == name)
    }

    /// Whether a string is what [`Scope::read`] gives for something that is not known.
    pub(crate) fn is_placeholder(&self, text: &str) -> bool {
        let name = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
        name.is_some_and(|name| name == "…" || self.names.iter().any(|known| known == name))
    }
}

fn follow<'a>(json: Json<'a>, steps: &[PathStep]) -> Option<Val<'a>> {
    PathStep::follow(json, steps).map(Val::Json)
}
