//! Payload parts, built: JSON text, where each field stands in it, and what was wrong with those that have none.
//!
//! Building a part rejects nothing and warns of nothing: that is up to whatever reads the part or sends it.

use mapwright_json::{Json, Text, write_str};

use crate::plan::{Depends, Part, PartRead};
use crate::run::emit::emit_fields;
use crate::run::explain::{Heard, Trace};
use crate::run::row::{RowError, Sink, eval_field, object};
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
pub fn build<'a, T: Trace>(
    scope: &Scope<'a>,
    part: &'a Part,
    faulty: bool,
    sink: &mut Sink<T>,
    built: &mut BuiltPart,
) {
    built.forget();
    let mut bytes = std::mem::take(&mut built.bytes);
    if T::ON {
        sink.trace.hear(Heard::Open(&part.name));
    }
    let at_once = !T::ON && !faulty;
    clear(built, &mut bytes);
    let done = at_once
        && match part.spread {
            true => build_spread(scope, part, sink, built, &mut bytes).is_ok(),
            false => build_fields(scope, part, sink, built, &mut bytes).is_ok(),
        };
    if !done {
        sink.items = 0;
        sink.warnings.clear();
        clear(built, &mut bytes);
        match part.spread {
            true => build_spread_with_faults(scope, part, sink, built, &mut bytes),
            false => build_each_field(scope, part, sink, built, &mut bytes),
        }
    }
    if T::ON {
        sink.trace.hear(Heard::Close);
    }
    built.items = sink.items;
    built.warnings.append(&mut sink.warnings);
    built.built = true;
    built.bytes = bytes;
}

fn clear(built: &mut BuiltPart, bytes: &mut Vec<u8>) {
    bytes.clear();
    built.fields.clear();
    built.empty = true;
}

fn build_fields<'a, T: Trace>(
    scope: &Scope<'a>,
    part: &'a Part,
    sink: &mut Sink<T>,
    built: &mut BuiltPart,
    bytes: &mut Vec<u8>,
) -> Result<(), RowError> {
    let BuiltPart { fields, empty, .. } = built;
    let wrote = |span: Option<(usize, usize)>| {
        let (start, end) = span.unwrap_or_default();
        fields.push((start as u32, end as u32));
    };
    *empty = !emit_fields(scope, &part.fields, sink, bytes, wrote)?;
    Ok(())
}

/// Builds a part field by field, for a trace or because something is wrong with one of them.
#[cold]
fn build_each_field<'a, T: Trace>(
    scope: &Scope<'a>,
    part: &'a Part,
    sink: &mut Sink<T>,
    built: &mut BuiltPart,
    bytes: &mut Vec<u8>,
) {
    bytes.push(b'{');
    for (at, (field, depends)) in part.fields.iter().zip(&part.depends).enumerate() {
        let mut span = (0, 0);
        let value = match scope.fault(&depends.places) {
            // what it would read has a fault, and so it has the same
            Some(fault) => Err(fault.clone()),
            None => match (eval_field(scope, field, sink), scope.unknown) {
                (Ok(value), _) => Ok(value),
                (Err(error), unknown) => {
                    match unknown.and_then(|unknown| unknown.first_of(&depends.captures)) {
                        // with the value of the capture in place of its name, all may be well
                        Some(name) => Ok(Some(Val::Text(format!("{{{name}}}").into()))),
                        None => Err(fault(part, depends, error)),
                    }
                }
            },
        };
        match value {
            Ok(None) => {}
            Ok(Some(value)) => {
                if !std::mem::replace(&mut built.empty, false) {
                    bytes.push(b',');
                }
                field.key.write(bytes);
                let start = bytes.len() as u32;
                value.write(bytes);
                span = (start, bytes.len() as u32);
            }
            Err(fault) => built.faults.push(Fault { field: Some(at), ..fault }),
        }
        built.fields.push(span);
    }
    bytes.push(b'}');
}

fn build_spread<'a, T: Trace>(
    scope: &Scope<'a>,
    part: &'a Part,
    sink: &mut Sink<T>,
    built: &mut BuiltPart,
    bytes: &mut Vec<u8>,
) -> Result<(), RowError> {
    let entries = object(scope, &part.fields, sink)?;
    built.empty = entries.is_empty();
    bytes.push(b'{');
    for (i, (key, value)) in entries.iter().enumerate() {
        if i > 0 {
            bytes.push(b',');
        }
        write_str(bytes, key);
        bytes.push(b':');
        value.write(bytes);
    }
    bytes.push(b'}');
    Ok(())
}

/// The same for a trace or because something is wrong. Whoever reads such a part reads all of it.
#[cold]
fn build_spread_with_faults<'a, T: Trace>(
    scope: &Scope<'a>,
    part: &'a Part,
    sink: &mut Sink<T>,
    built: &mut BuiltPart,
    bytes: &mut Vec<u8>,
) {
    let of_others = part.depends.iter().find_map(|depends| scope.fault(&depends.places));
    let result = match of_others {
        Some(fault) => Err(fault.clone()),
        None => build_spread(scope, part, sink, built, bytes).map_err(|error| {
            let named = |name: &String| part.fields.iter().position(|field| field.name == *name);
            let field = error.field.last().and_then(named);
            let depends = field.and_then(|field| part.depends.get(field));
            fault(part, depends.unwrap_or(&Depends::default()), error)
        }),
    };
    if let Err(fault) = result {
        clear(built, bytes);
        bytes.extend_from_slice(b"{}");
        built.faults.push(Fault { field: None, ..fault });
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
