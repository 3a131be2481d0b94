//! Payload parts, built: JSON text, and where each field stands in it.

use mapwright_json::{Json, write_str};

use crate::plan::Part;
use crate::run::explain::{Heard, Trace};
use crate::run::row::{RowError, Sink, eval_field, object, stream_field};
use crate::run::scope::{Scope, written};

/// A payload part as JSON text.
#[derive(Debug, Default)]
pub(crate) struct BuiltPart {
    pub(crate) bytes: Vec<u8>,
    /// Start and end of each field's value; equal when it has none.
    fields: Vec<(u32, u32)>,
    empty: bool,
}

impl BuiltPart {
    /// The part, unless no field of it has a value.
    pub(crate) fn json(&self) -> Option<Json<'_>> {
        (!self.empty).then(|| written(&self.bytes))
    }

    /// The value of a field.
    pub(crate) fn field(&self, field: usize) -> Option<Json<'_>> {
        let (start, end) = *self.fields.get(field)?;
        self.bytes.get(start as usize..end as usize).filter(|text| !text.is_empty()).map(written)
    }

    fn reset(&mut self) {
        self.bytes.clear();
        self.fields.clear();
        self.empty = true;
    }
}

/// Builds a part into `built`, whose buffers are used again.
pub(crate) fn build<'a, T: Trace>(
    scope: &Scope<'a>,
    part: &'a Part,
    sink: &mut Sink<T>,
    built: &mut BuiltPart,
) -> Result<(), RowError> {
    built.reset();
    if T::ON {
        sink.trace.hear(Heard::Open(&part.name));
    }
    let result = if part.spread {
        build_spread(scope, part, sink, built)
    } else {
        build_fields(scope, part, sink, built)
    };
    if T::ON {
        sink.trace.hear(Heard::Close);
    }
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
) -> Result<(), RowError> {
    let BuiltPart { bytes, fields, empty } = built;
    bytes.push(b'{');
    for field in &part.fields {
        let before = bytes.len();
        if !*empty {
            bytes.push(b',');
        }
        bytes.extend_from_slice(&field.key);
        let start = bytes.len();
        if stream_field(scope, field, sink, bytes).is_err() {
            bytes.truncate(start);
            match eval_field(scope, field, sink)? {
                Some(value) => value.write(bytes),
                None => {
                    bytes.truncate(before);
                    fields.push((0, 0));
                    continue;
                }
            }
        }
        *empty = false;
        fields.push((start as u32, bytes.len() as u32));
    }
    bytes.push(b'}');
    Ok(())
}

fn build_spread<'a, T: Trace>(
    scope: &Scope<'a>,
    part: &'a Part,
    sink: &mut Sink<T>,
    built: &mut BuiltPart,
) -> Result<(), RowError> {
    let entries = object(scope, &part.fields, sink)?;
    built.empty = entries.is_empty();
    built.bytes.push(b'{');
    for (i, (key, value)) in entries.iter().enumerate() {
        if i > 0 {
            built.bytes.push(b',');
        }
        write_str(&mut built.bytes, key);
        built.bytes.push(b':');
        value.write(&mut built.bytes);
    }
    built.bytes.push(b'}');
    Ok(())
}
