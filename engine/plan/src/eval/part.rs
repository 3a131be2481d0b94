//! Payload parts, built: JSON text, where each field stands in it, and what was wrong with those that have none.
//!
//! Building a part rejects nothing and warns of nothing: that is up to whatever reads the part or sends it.

use crate::eval::built::{Before, BuiltPart, FieldFault};
use crate::eval::fault::Evaluated;
use crate::eval::fault::RowError;
use crate::eval::fields::TakeField;
use crate::eval::listener::{Listener, Notice};
use crate::eval::row::Evaluator;
use crate::eval::scope::Scope;
use crate::plan::{Depends, Part, PartRead};
use mapwright_convert::Val;
use mapwright_json::Json;

/// Builds a part into `built`, whose buffers are used again.
/// `before`: what was built of it when captures had other values, so that fields which read none are as they were.
pub(crate) fn build<'a, L: Listener>(
    scope: &Scope<'a>,
    part: &'a Part,
    before: Option<&'a Before>,
    evaluator: &mut Evaluator<L>,
    built: &mut BuiltPart,
) {
    built.forget();
    let BuiltPart { json, fields, faults, perhaps, reads, .. } = built;
    let mut bytes = std::mem::take(json).into_bytes();
    bytes.clear();
    fields.clear();
    // whatever is not known, a field that reads no captures is what it will be
    let known = (scope.unknown.is_some() && !part.per_item).then(|| Scope { unknown: None, ..scope.clone() });
    let mut taking = Taking {
        scope,
        known: known.as_ref().unwrap_or(scope),
        part,
        before,
        at: 0,
        fields,
        faults,
        perhaps,
        reads,
    };
    // a named value is in no group
    let grouped = !part.name.is_empty();
    if grouped {
        evaluator.listener.on(|| Notice::Open(&part.name));
    }
    let made = evaluator.fields(scope, &part.fields, &mut bytes, &mut taking);
    let made = made.map_err(|error| taking.fault(error));
    if grouped {
        evaluator.listener.on(|| Notice::Close);
    }
    built.empty = !matches!(made, Ok(Some(())));
    if let Err(fault) = made {
        bytes.clear();
        bytes.extend_from_slice(b"{}");
        built.fields.clear();
        built.faults.push(fault);
    }
    // all that is written is text
    built.json = String::from_utf8(bytes).unwrap_or_default();
    built.items = evaluator.work.items;
    built.warnings.append(&mut evaluator.warnings);
    built.built = true;
}

/// Takes the fields of a part. One that rejects concerns only those who read it.
struct Taking<'t, 'a> {
    scope: &'t Scope<'a>,
    /// What fields read that read no captures.
    known: &'t Scope<'a>,
    part: &'a Part,
    before: Option<&'a Before>,
    /// The field at hand.
    at: usize,
    fields: &'t mut Vec<(u32, u32)>,
    faults: &'t mut Vec<FieldFault>,
    perhaps: &'t mut Vec<FieldFault>,
    reads: &'t mut Vec<(usize, PartRead)>,
}

impl<'a> Taking<'_, 'a> {
    /// The fault of a row, which says what field it is about.
    fn fault(&self, error: RowError) -> FieldFault {
        let named = |name: &String| self.part.fields.iter().position(|field| field.name == *name);
        let field = error.field.last().and_then(named);
        let depends = field.and_then(|field| self.part.depends.get(field));
        fault(self.part, depends.unwrap_or(&Depends::default()), error)
    }
}

impl<'a> TakeField<'a> for Taking<'_, 'a> {
    fn scope<'s>(&self, at: usize, scope: &'s Scope<'a>) -> &'s Scope<'a>
    where
        Self: 's,
    {
        self.scope.begin_row();
        let waits = self.part.depends.get(at).is_none_or(|depends| !depends.captures.is_empty());
        if waits { scope } else { self.known }
    }

    /// Returns the known value of a field whose sources have not changed.
    fn known(&mut self, at: usize) -> Option<Option<Json<'a>>> {
        self.at = at;
        let depends = self.part.depends.get(at)?;
        // what was spread stands among the fields
        let is_spread = self.part.spread && at + 1 == self.part.fields.len();
        let before = self.before.filter(|_| !is_spread && depends.captures.is_empty())?;
        self.reads.extend(before.reads_of(at));
        Some(before.field(at))
    }

    fn rejects(&mut self, at: usize, error: RowError) -> Evaluated<Val<'a>> {
        let Some(depends) = self.part.depends.get(at) else { return Err(error) };
        let mut fault = FieldFault { field: Some(at), ..fault(self.part, depends, error) };
        // a row that waits for a response has rejected nothing yet
        fault.certain |= self.scope.unknown.is_some();
        self.faults.push(fault);
        Ok(None)
    }

    fn made(&mut self, value: Option<(usize, usize)>) {
        let (start, end) = value.unwrap_or_default();
        self.fields.push((start as u32, end as u32));
        let Some(reading) = self.scope.reading else { return };
        self.reads.extend(reading.take().into_iter().map(|read| (self.at, read)));
        let depends = Depends::default();
        let perhaps = reading.take_perhaps().into_iter().map(|error| fault(self.part, &depends, error));
        self.perhaps.extend(perhaps.map(|fault| FieldFault {
            field: Some(self.at),
            certain: false,
            ..fault
        }));
    }
}

fn fault(part: &Part, depends: &Depends, mut error: RowError) -> FieldFault {
    if !error.whole {
        error.field.extend((!part.name.is_empty()).then(|| part.name.clone()));
        error.whole = true;
    }
    FieldFault { field: None, error, certain: depends.captures.is_empty() }
}

impl<'a> Scope<'a> {
    /// Returns the fault of a part that is read, if it occurs whatever the responses are.
    pub(crate) fn certain_fault(&self, places: &[PartRead]) -> Option<&'a FieldFault> {
        let faults =
            places.iter().filter_map(|read| Some((read, self.parts.get(read.part)?.as_ref()?.if_built()?)));
        let mut faults = faults.flat_map(|(read, built)| built.faults_of(read.field));
        faults.find(|fault| fault.certain)
    }

    /// Returns the fault of a part that is read, if only some responses lead to it.
    pub(crate) fn perhaps_of(&self, places: &[PartRead]) -> Option<&'a FieldFault> {
        places
            .iter()
            .find_map(|read| self.parts.get(read.part)?.as_ref()?.if_built()?.perhaps_of(read.field).next())
    }

    /// Returns the fault of a part that is read.
    pub(crate) fn fault(&self, places: &[PartRead]) -> Option<&'a FieldFault> {
        places.iter().find_map(|read| self.parts.get(read.part)?.as_ref()?.if_built()?.fault(read.field))
    }
}
