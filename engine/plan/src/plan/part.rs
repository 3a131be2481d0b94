//! Payload parts, and what their fields depend on.

use crate::plan::place::Slot;
use crate::plan::row::Field;

/// A payload part, or the fields that a step states as its body.
#[derive(Debug, Default)]
pub struct Part {
    /// The name.
    pub name: String,
    /// The fields of the object.
    pub fields: Vec<Field>,
    /// What each of the fields depends on.
    pub depends: Vec<Depends>,
    /// Whether a field spreads an object, so that keys are known only when it is built.
    pub spread: bool,
    /// Whether its only field is the list that is sent.
    pub list: bool,
    /// Whether a step states it, so that only that step reads it.
    pub inline: bool,
    /// Whether its one field is a named value, and the part has no name, or a field of the part with its name that others of that part read.
    pub apart: bool,
    /// Whether that step is repeated, so that it depends on the item.
    pub per_item: bool,
    /// The captures that its fields read, through other parts too.
    pub captures: Vec<usize>,
}

/// What a field depends on beside the event and the settings.
#[derive(Debug, Default)]
pub struct Depends {
    /// What it reads of other parts.
    pub places: Vec<PartRead>,
    /// The captures that it reads, through other parts too.
    pub captures: Vec<usize>,
}

/// A part that is read, or a field of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartRead {
    /// The part, by its position in the flow.
    pub part: usize,
    /// The field, by its position in the part; `None` for the whole part.
    pub field: Option<usize>,
}

impl PartRead {
    /// Returns what a slot reads of parts.
    pub fn of(slot: &Slot) -> Vec<Self> {
        match slot {
            Slot::Part { part, .. } => vec![PartRead { part: *part, field: None }],
            Slot::Field { part, field, .. } => vec![PartRead { part: *part, field: Some(*field) }],
            Slot::Either { first, then, .. } => [Self::of(first), Self::of(then)].concat(),
            _ => Vec::new(),
        }
    }
}

/// What something reads of parts.
#[derive(Debug, Default)]
pub struct Reads {
    /// The parts and fields that are read.
    pub places: Vec<PartRead>,
    /// The parts that have to be built for it, those that others read first.
    pub parts: Vec<usize>,
}

impl From<Vec<PartRead>> for Reads {
    fn from(mut places: Vec<PartRead>) -> Self {
        places.sort_unstable();
        places.dedup();
        Self { places, parts: Vec::new() }
    }
}

impl Part {
    /// Returns whether the part depends on items or captures, so that it is not the same for every use.
    pub fn is_volatile(&self) -> bool {
        self.per_item || !self.captures.is_empty()
    }

    /// Returns whether a row of the part can reject the event whatever the responses are.
    pub fn may_reject_early(&self) -> bool {
        let mut fields = self.fields.iter().zip(&self.depends);
        let may = |field: &Field, depends: &Depends| match depends.captures.is_empty() {
            true => field.row.may_reject(),
            false => field.row.may_reject_early(),
        };
        fields.any(|(field, depends)| may(field, depends))
    }

    /// Returns what a field depends on, or all of them.
    pub fn depends(&self, field: Option<usize>) -> &[Depends] {
        match field {
            Some(field) => self.depends.get(field..=field).unwrap_or_default(),
            None => &self.depends,
        }
    }
}
