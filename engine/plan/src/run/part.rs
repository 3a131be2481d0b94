//! Payload parts, built: JSON text, where each field stands in it, and what was wrong with those that have none.
//!
//! Building a part rejects nothing and warns of nothing: that is up to whatever reads the part or sends it.

use mapwright_json::{Json, Text};

use crate::plan::{Depends, Part, PartRead};
use crate::run::listener::Listener;
use crate::run::row::{Evaluated, Evaluator, RowError, TakeField};
use crate::run::scope::Scope;
use mapwright_convert::Val;
use mapwright_convert::Warning;

/// A payload part as JSON text.
#[derive(Debug, Default)]
pub struct BuiltPart {
    bytes: Vec<u8>,
    /// Start and end of each field's value; equal when it has none.
    fields: Vec<(u32, u32)>,
    empty: bool,
    /// Whether it has been built for the event at hand.
    built: bool,
    faults: Vec<Fault>,
    /// What its rows warn of, until somebody has been told.
    warnings: Vec<Warning>,
    /// Items that its rows have made, until they have been counted.
    items: usize,
}

/// Why a field has no value, though it should have one or none can be known.
#[derive(Debug, Clone)]
pub struct Fault {
    /// The field; nothing if no field of the part has been made.
    field: Option<usize>,
    pub error: RowError,
    /// Whether it is so whatever is answered.
    pub certain: bool,
}

impl BuiltPart {
    /// Leaves nothing but the buffers.
    pub fn forget(&mut self) {
        self.built = false;
        self.faults.clear();
        self.warnings.clear();
        self.items = 0;
    }

    /// The part, if it has been built.
    pub fn if_built(&self) -> Option<&Self> {
        self.built.then_some(self)
    }

    /// The part as it is sent.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The part, unless no field of it has a value.
    pub fn json(&self) -> Option<Json<'_>> {
        if self.empty { None } else { written(&self.bytes) }
    }

    /// Whether a field has a value.
    pub fn has(&self, field: usize) -> bool {
        self.fields.get(field).is_some_and(|(start, end)| start < end)
    }

    /// The same where null and the empty text count as no value.
    pub fn has_something(&self, field: usize) -> bool {
        self.text(field).is_some_and(|text| !matches!(text, b"" | b"null" | b"\"\""))
    }

    /// The value of a field.
    pub fn field(&self, field: usize) -> Option<Json<'_>> {
        self.text(field).filter(|text| !text.is_empty()).and_then(written)
    }

    fn text(&self, field: usize) -> Option<&[u8]> {
        let (start, end) = *self.fields.get(field)?;
        self.bytes.get(start as usize..end as usize)
    }

    /// What is wrong with a field, or with any.
    #[inline]
    pub fn fault(&self, field: Option<usize>) -> Option<&Fault> {
        self.faults_of(field).next()
    }

    fn faults_of(&self, field: Option<usize>) -> impl Iterator<Item = &Fault> {
        let of_field = move |fault: &&Fault| field.is_none() || fault.field.is_none() || fault.field == field;
        self.faults.iter().filter(of_field)
    }

    /// Whether something has still to be done once it is used.
    pub fn owes(&self) -> bool {
        self.items > 0 || !self.warnings.is_empty()
    }

    /// Items that have not been counted yet.
    pub fn items(&self) -> usize {
        self.items
    }

    /// The same; from now on, they have been.
    pub fn take_items(&mut self) -> usize {
        std::mem::take(&mut self.items)
    }

    /// The warnings of a field, or of all, that nobody has been told yet.
    pub fn take_warnings(&mut self, part: &Part, field: Option<usize>) -> Vec<Warning> {
        let name = field.and_then(|field| part.fields.get(field)).map(|field| field.name.as_str());
        let is_of_field = |warning: &mut Warning| match (name, &warning.field) {
            (Some(name), Some(field)) => {
                field.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
            }
            _ => true,
        };
        let mut taken: Vec<Warning> = self.warnings.extract_if(.., is_of_field).collect();
        for warning in &mut taken {
            warning.field = Some(match warning.field.take() {
                Some(field) => format!("{}.{field}", part.name),
                None => part.name.clone(),
            });
        }
        taken
    }
}

/// What this crate has written, as a value: all of it is text. Most of what is read is short, and much is never read.
fn written(bytes: &[u8]) -> Option<Json<'_>> {
    std::str::from_utf8(bytes).ok().map(|text| Json::Text(Text::written(text)))
}

/// Builds a part into `built`, whose buffers are used again. `faulty`: whether something may be wrong with a part that it reads.
pub fn build<'a, L: Listener>(
    scope: &Scope<'a>,
    part: &'a Part,
    faulty: bool,
    evaluator: &mut Evaluator<L>,
    built: &mut BuiltPart,
) {
    built.forget();
    let BuiltPart { bytes, fields, faults, .. } = built;
    bytes.clear();
    fields.clear();
    let mut taking = Taking { scope, part, faulty, fields, faults };
    let made = evaluator.group(&part.name, |evaluator| match taking.fault_of_others() {
        Some(fault) => Err(fault),
        None => {
            let made = evaluator.fields(scope, &part.fields, bytes, &mut taking);
            made.map_err(|error| taking.fault(error))
        }
    });
    built.empty = !matches!(made, Ok(Some(())));
    if let Err(fault) = made {
        built.bytes.clear();
        built.bytes.extend_from_slice(b"{}");
        built.fields.clear();
        built.faults.push(fault);
    }
    built.items = evaluator.items;
    built.warnings.append(&mut evaluator.warnings);
    built.built = true;
}

/// Takes the fields of a part. Of a part that spreads an object, whoever reads it reads all of it: there one field that rejects is the
/// fault of all.
struct Taking<'t, 'a> {
    scope: &'t Scope<'a>,
    part: &'a Part,
    faulty: bool,
    fields: &'t mut Vec<(u32, u32)>,
    faults: &'t mut Vec<Fault>,
}

impl<'a> Taking<'_, 'a> {
    /// The fault of something that a part reads of which all is read.
    fn fault_of_others(&self) -> Option<Fault> {
        let mut all = self.part.depends.iter().filter(|_| self.faulty && self.part.spread);
        let fault = all.find_map(|depends| self.scope.fault(&depends.places))?;
        Some(Fault { field: None, ..fault.clone() })
    }

    /// The fault of a row, which says what field it is about.
    fn fault(&self, error: RowError) -> Fault {
        let named = |name: &String| self.part.fields.iter().position(|field| field.name == *name);
        let field = error.field.last().and_then(named);
        let depends = field.and_then(|field| self.part.depends.get(field));
        fault(self.part, depends.unwrap_or(&Depends::default()), error)
    }
}

impl<'a> TakeField<'a> for Taking<'_, 'a> {
    /// What a field would read has a fault, and so it has the same.
    fn skips(&mut self, at: usize) -> bool {
        let depends = self.part.depends.get(at).filter(|_| self.faulty && !self.part.spread);
        let fault = depends.and_then(|depends| self.scope.fault(&depends.places));
        self.faults.extend(fault.map(|fault| Fault { field: Some(at), ..fault.clone() }));
        fault.is_some()
    }

    fn rejects(&mut self, at: usize, error: RowError) -> Evaluated<Val<'a>> {
        let (false, Some(depends)) = (self.part.spread, self.part.depends.get(at)) else { return Err(error) };
        let unknown = self.scope.unknown.and_then(|unknown| unknown.first_of(&depends.captures));
        if let Some(name) = unknown {
            // with the value of the capture in place of its name, all may be well
            return Ok(Some(Val::Text(format!("{{{name}}}").into())));
        }
        self.faults.push(Fault { field: Some(at), ..fault(self.part, depends, error) });
        Ok(None)
    }

    fn made(&mut self, value: Option<(usize, usize)>) {
        let (start, end) = value.unwrap_or_default();
        self.fields.push((start as u32, end as u32));
    }
}

fn fault(part: &Part, depends: &Depends, mut error: RowError) -> Fault {
    error.field.push(part.name.clone());
    Fault { field: None, error, certain: depends.captures.is_empty() }
}

impl<'a> Scope<'a> {
    /// What is wrong with something that is read of parts, whatever is answered.
    pub fn certain_fault(&self, places: &[PartRead]) -> Option<&'a Fault> {
        let faults = places.iter().filter_map(|read| Some((read, self.parts.get(read.part)?.if_built()?)));
        let mut faults = faults.flat_map(|(read, built)| built.faults_of(read.field));
        faults.find(|fault| fault.certain)
    }

    /// What is wrong with something that is read of parts.
    pub fn fault(&self, places: &[PartRead]) -> Option<&'a Fault> {
        places.iter().find_map(|read| self.parts.get(read.part)?.if_built()?.fault(read.field))
    }
}
