//! Payload parts, built: JSON text, and where each field stands in it.

use mapwright_json::{Json, Text, write_str};

use crate::plan::Part;
use crate::run::emit::emit_fields;
use crate::run::explain::{Heard, Trace};
use crate::run::row::{RowError, Sink, eval_field, object};
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
pub fn build<'a, T: Trace>(
    scope: &Scope<'a>,
    part: &'a Part,
    sink: &mut Sink<T>,
    built: &mut BuiltPart,
) -> Result<(), RowError> {
    let mut bytes = std::mem::take(&mut built.bytes);
    bytes.clear();
    built.fields.clear();
    built.empty = true;
    if T::ON {
        sink.trace.hear(Heard::Open(&part.name));
    }
    let result = if part.spread {
        build_spread(scope, part, sink, built, &mut bytes)
    } else {
        build_fields(scope, part, sink, built, &mut bytes)
    };
    if T::ON {
        sink.trace.hear(Heard::Close);
    }
    built.built = result.is_ok();
    built.bytes = bytes;
    result.map_err(|mut error| {
        error.field.push(part.name.clone());
        error
    })
}

fn build_fields<'a, T: Trace>(
    scope: &Scope<'a>,
    part: &'a Part,
    sink: &mut Sink<T>,
    built: &mut BuiltPart,
    bytes: &mut Vec<u8>,
) -> Result<(), RowError> {
    let BuiltPart { fields, empty, .. } = built;
    let mut wrote = |span: Option<(usize, usize)>| {
        let (start, end) = span.unwrap_or_default();
        fields.push((start as u32, end as u32));
    };
    if !T::ON {
        *empty = !emit_fields(scope, &part.fields, sink, bytes, wrote)?;
        return Ok(());
    }
    bytes.push(b'{');
    for field in &part.fields {
        let value = eval_field(scope, field, sink)?;
        wrote(value.map(|value| {
            if !std::mem::replace(empty, false) {
                bytes.push(b',');
            }
            field.key.write(bytes);
            let start = bytes.len();
            value.write(bytes);
            (start, bytes.len())
        }));
    }
    bytes.push(b'}');
    Ok(())
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
