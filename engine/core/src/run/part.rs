//! Payload parts, built: JSON text, and where each field stands in it.

use mapwright_json::{Json, Text};

use crate::plan::Part;
use crate::run::listener::Listener;
use crate::run::row::{Evaluator, RowError};
use crate::run::scope::Scope;

/// A payload part as JSON text.
#[derive(Debug, Default)]
pub struct BuiltPart {
    bytes: Vec<u8>,
    /// Start and end of each field's value; equal when it has none.
    fields: Vec<(u32, u32)>,
    empty: bool,
    /// Whether it has been built for the event at hand.
    built: bool,
}

impl BuiltPart {
    /// Leaves nothing but the buffers.
    pub fn forget(&mut self) {
        self.built = false;
    }

    /// The part, if it has been built.
    pub fn if_built(&self) -> Option<&Self> {
        self.built.then_some(self)
    }

    /// The part as it is sent.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
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
}

/// What this crate has written, as a value: all of it is text. Most of what is read is short, and much is never read.
fn written(bytes: &[u8]) -> Option<Json<'_>> {
    std::str::from_utf8(bytes).ok().map(|text| Json::Text(Text::written(text)))
}

/// Builds a part into `built`, whose buffers are used again.
pub fn build<'a, L: Listener>(
    scope: &Scope<'a>,
    part: &'a Part,
    evaluator: &mut Evaluator<L>,
    built: &mut BuiltPart,
) -> Result<(), RowError> {
    let BuiltPart { bytes, fields, .. } = built;
    bytes.clear();
    fields.clear();
    let made = evaluator.group(&part.name, |evaluator| {
        evaluator.fields(scope, &part.fields, bytes, |value| {
            let (start, end) = value.unwrap_or_default();
            fields.push((start as u32, end as u32));
        })
    });
    built.built = made.is_ok();
    built.empty = !matches!(made, Ok(Some(())));
    made.map(drop).map_err(|mut error| {
        error.field.push(part.name.clone());
        error
    })
}
