//! Limits the work of an evaluation that is not linear: each item of a loop may read and write all of an event.

use mapwright_findings::Span;

use crate::eval::fault::{LIMIT_EXCEEDED, RowError, RowFault};
use crate::eval::scope::Scope;
use crate::limits::{LOOP_BYTES, Limits};
use crate::plan::{Condition, Form, Place, Row, Slot};

/// The work of one evaluation.
#[derive(Debug)]
pub(crate) struct Work {
    /// The items that loops have mapped.
    pub items: usize,
    most_items: usize,
    /// The bytes of the values that loops have made.
    made: usize,
    most_made: usize,
    /// The bytes that items have read outside of their lists.
    read: usize,
    /// The bytes that searches of patterns have scanned.
    pub pattern_steps: usize,
}

impl Work {
    pub(crate) fn new(limits: &Limits) -> Self {
        // the values of an event may always be rearranged, however little of it may be sent
        let most_made = limits.request_bytes.max(limits.event_bytes);
        Work { items: 0, most_items: limits.items, made: 0, most_made, read: 0, pattern_steps: 0 }
    }

    /// Counts an item that is mapped.
    pub(crate) fn item(&mut self, span: Span) -> Result<(), RowError> {
        self.items += 1;
        let most = self.most_items;
        let message = || format!("the event has more than {most} list items to map (limit `items`)");
        within(self.items, most, message, span)
    }

    /// Returns how many bytes may still be made.
    pub(crate) fn room(&self) -> usize {
        self.most_made.saturating_sub(self.made)
    }

    /// Counts the bytes of a value that a loop has made.
    pub(crate) fn made(&mut self, bytes: usize, span: Span) -> Result<(), RowError> {
        self.made = self.made.saturating_add(bytes);
        let most = self.most_made;
        let message = || format!("the items of lists have more than {most} bytes (limit `request_bytes`)");
        within(self.made, most, message, span)
    }

    /// Checks the bytes of a value or a part that is made of others, each of which may stand in it several times.
    pub(crate) fn whole(&self, bytes: usize, span: Span) -> Result<(), RowError> {
        let most = self.most_made;
        let message = || format!("what is made has more than {most} bytes (limit `request_bytes`)");
        within(bytes, most, message, span)
    }

    /// The bytes from which on a value is too large.
    pub(crate) fn too_many(&self) -> usize {
        self.most_made.saturating_add(1)
    }

    /// Counts the bytes that so many items read outside of their list, before they are mapped.
    pub(crate) fn outside(
        &mut self,
        items: usize,
        scope: &Scope<'_>,
        filter: Option<&Condition>,
        to: Option<&Row>,
        span: Span,
    ) -> Result<(), RowError> {
        /// The work of fewer items is not worth counting, unless it is done for each item of another list.
        const FEW: usize = 16;
        if items == 0 || items <= FEW && scope.item.is_none() && scope.items.is_none() {
            return Ok(());
        }
        let mut bytes = 0;
        let mut count = |place: &Place| bytes += outside(scope, place);
        filter.iter().flat_map(|filter| &filter.places).for_each(&mut count);
        to.into_iter().for_each(|to| each_place(to, &mut count));
        self.read = self.read.saturating_add(bytes.saturating_mul(items));
        let message = || {
            format!(
                "the items of lists read more than {LOOP_BYTES} bytes outside of the lists (limit `loop_bytes`)"
            )
        };
        within(self.read, LOOP_BYTES, message, span)
    }
}

fn within(count: usize, most: usize, message: impl Fn() -> String, span: Span) -> Result<(), RowError> {
    if count <= most { Ok(()) } else { Err(RowFault::new(LIMIT_EXCEEDED, message(), span)) }
}

/// Calls `take` with the places that a row may read.
fn each_place(row: &Row, take: &mut dyn FnMut(&Place)) {
    let conditions = [&row.when, &row.unless].into_iter().flatten();
    conditions.flat_map(|condition| &condition.places).for_each(&mut *take);
    match &row.form {
        Form::Places(places) => places.list().iter().for_each(&mut *take),
        Form::Template(template) => template.places().iter().for_each(&mut *take),
        Form::RestOf(rest) => rest.sources.iter().for_each(&mut *take),
        Form::Each { filter: Some(filter), .. } => filter.places.iter().for_each(&mut *take),
        Form::First(_)
        | Form::Member { .. }
        | Form::Written { .. }
        | Form::Value(_)
        | Form::Join { .. }
        | Form::Concat(_)
        | Form::Merge(_)
        | Form::Object(_)
        | Form::List(_)
        | Form::Computed { .. }
        | Form::Each { .. }
        | Form::Switch { .. }
        | Form::Combined { .. } => {}
    }
    row.form.children().into_iter().for_each(|row| each_place(row, take));
}

/// Returns what reading the value costs at a place that is not a part of an item, in bytes.
fn outside(scope: &Scope<'_>, place: &Place) -> usize {
    match &place.slot {
        Slot::Lazy { row, .. } => {
            let (mut bytes, row) = (0_usize, scope.lazy.rows.get(*row));
            row.into_iter().for_each(|row| {
                each_place(row, &mut |place| bytes = bytes.saturating_add(outside(scope, place)));
            });
            bytes
        }
        Slot::Item(_)
        | Slot::Named { .. }
        | Slot::Status
        | Slot::Header(_)
        | Slot::Text
        | Slot::Set(_)
        | Slot::Now
        | Slot::Version(_) => 0,
        Slot::Event(_)
        | Slot::Options(_)
        | Slot::Setting(_)
        | Slot::Part { .. }
        | Slot::Field { .. }
        | Slot::Either { .. }
        | Slot::Capture { .. }
        | Slot::Body(_) => scope.cost_at(place, LOOP_BYTES),
    }
}
