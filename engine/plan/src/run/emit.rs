//! Values that go into the output as they are made, without being put together first.
//!
//! What this writes is what [`eval`] and [`Val::write`](mapwright_convert::Val::write) give for the same row. A trace hears nothing of it,
//! so what is traced is evaluated.

use mapwright_json::{Json, Node, Number, Snippet, TakeOne, write_int};

use crate::plan::{Field, Form, Output, Place, Row, Slot, Streamed};
use crate::run::condition::holds;
use crate::run::explain::Trace;
use crate::run::glance::{is_absent, is_missing, is_there, read_number, stays};
use crate::run::row::{
    Evaluated, RowError, Sink, applies, case_of, count_item, eval, name_error, name_warnings, of_slots,
    without_value,
};
use crate::run::scope::Scope;
use crate::run::stream::{stream, streamed};
use mapwright_convert::Val;
use mapwright_language::spec::{FIELD_SPREAD, OnMissing};

/// Whether a row has a value, which then has been written. Without one, nothing has been written.
type Emitted = Result<bool, RowError>;

/// How a row is to be written.
pub fn output(row: &Row) -> Output {
    let made_in_place = match &row.form {
        Form::Object(fields) => fields.iter().all(|field| field.name != FIELD_SPREAD),
        Form::List(_) | Form::Each { .. } | Form::Switch { .. } => true,
        Form::First(rows) => {
            row.slots.is_none()
                && !row.keep_null
                && !row.keep_empty
                && rows.iter().all(|row| row.on_missing == OnMissing::Omit)
        }
        Form::Read(place) => is_item(place),
        _ => false,
    };
    if let Some(constant) = constant(row) {
        Output::Constant(constant)
    } else if let Some(streamed) = streamed(row) {
        Output::MemberByMember(Box::new(streamed))
    } else if made_in_place && row.conversions.is_empty() {
        Output::InPlace
    } else {
        Output::Evaluated
    }
}

fn constant(row: &Row) -> Option<Snippet> {
    let Form::Value(value) = &row.form else { return None };
    let value = Val::Json(Json::Tree(value));
    (row.conversions.is_empty() && !is_absent(&value, row.keep_null, row.keep_empty)).then(|| {
        let mut text = Vec::new();
        value.write(&mut text);
        Snippet::new(&text)
    })
}

fn is_item(place: &Place) -> bool {
    matches!(&place.slot, Slot::Item(steps) if steps.is_empty()) && place.query.is_none()
}

/// Writes an object of the fields that have a value. `wrote` is told of each field where its value stands, if it has one.
pub fn emit_fields<'a, T: Trace>(
    scope: &Scope<'a>,
    fields: &'a [Field],
    sink: &mut Sink<T>,
    out: &mut Vec<u8>,
    mut wrote: impl FnMut(Option<(usize, usize)>),
) -> Emitted {
    out.push(b'{');
    let inside = out.len();
    for field in fields {
        let before = out.len();
        if before > inside {
            out.push(b',');
        }
        field.key.write(out);
        let (start, warned) = (out.len(), sink.warnings.len());
        let written = emit(scope, &field.row, sink, out).map_err(|error| name_error(field, error))?;
        name_warnings(field, sink, warned);
        if !written {
            out.truncate(before);
        }
        wrote(written.then_some((start, out.len())));
    }
    let any = out.len() > inside;
    out.push(b'}');
    Ok(any)
}

/// Writes the value of a row.
#[inline(always)]
fn emit<'a, T: Trace>(scope: &Scope<'a>, row: &'a Row, sink: &mut Sink<T>, out: &mut Vec<u8>) -> Emitted {
    // most rows read slots of the event whose values stay as they are
    if let Output::Evaluated = row.output
        && let Some(slots) = &row.slots
    {
        return match scope.doc.offer(&slots.nodes, &mut WriteFirst { row, out }) {
            Some(Taken::Written) => Ok(true),
            Some(Taken::Left(json)) => emit_value(of_slots(scope, row, Some(json), sink), out),
            None if slots.more => emit_value(eval(scope, row, sink), out),
            None if row.default.is_none() && row.on_missing == OnMissing::Omit => Ok(false),
            None => emit_value(of_slots(scope, row, None, sink), out),
        };
    }
    emit_other(scope, row, sink, out)
}

/// Takes the first value that is there, and writes it if the row's conversions leave it as it is or read a number.
struct WriteFirst<'r, 'o> {
    row: &'r Row,
    out: &'o mut Vec<u8>,
}

enum Taken<'a> {
    Written,
    /// Not written: it has to be converted.
    Left(Json<'a>),
}

impl<'a> TakeOne<'a> for WriteFirst<'_, '_> {
    type Taken = Taken<'a>;

    #[inline(always)]
    fn value<N: Node<'a>>(&mut self, value: N) -> Option<Taken<'a>> {
        if !is_there(self.row, value) {
            return None;
        }
        if stays(self.row, value.kind()) {
            value.write(self.out);
            return Some(Taken::Written);
        }
        let json = value.into();
        match read_number(self.row).map(|read| read(&Val::Json(json))) {
            Some(Ok(Number::Int(int))) => write_int(self.out, int),
            // what cannot be read is told of where the value is converted as any other
            _ => return Some(Taken::Left(json)),
        }
        Some(Taken::Written)
    }
}

#[inline(never)]
fn emit_other<'a, T: Trace>(
    scope: &Scope<'a>,
    row: &'a Row,
    sink: &mut Sink<T>,
    out: &mut Vec<u8>,
) -> Emitted {
    match &row.output {
        Output::Constant(text) if applies(scope, row, sink) => {
            text.write(out);
            Ok(true)
        }
        Output::Constant(_) => emit_value(without_value(row, sink), out),
        Output::MemberByMember(streamed) => emit_members(scope, row, streamed, sink, out),
        Output::InPlace => emit_in_place(scope, row, sink, out),
        Output::Evaluated => match &row.form {
            Form::Read(place) if row.plain => {
                match scope.read(place).filter(|value| !is_absent(value, false, false)) {
                    None => emit_value(without_value(row, sink), out),
                    value => emit_value(Ok(value), out),
                }
            }
            _ => emit_value(eval(scope, row, sink), out),
        },
    }
}

#[inline(never)]
fn emit_members<'a, T: Trace>(
    scope: &Scope<'a>,
    row: &'a Row,
    streamed: &Streamed,
    sink: &mut Sink<T>,
    out: &mut Vec<u8>,
) -> Emitted {
    let (start, warned) = (out.len(), sink.warnings.len());
    if applies(scope, row, sink) && stream(scope, row, streamed, sink, out).is_ok() {
        return Ok(true);
    }
    out.truncate(start);
    sink.warnings.truncate(warned);
    emit_value(eval(scope, row, sink), out)
}

#[inline(never)]
fn emit_in_place<'a, T: Trace>(
    scope: &Scope<'a>,
    row: &'a Row,
    sink: &mut Sink<T>,
    out: &mut Vec<u8>,
) -> Emitted {
    let start = out.len();
    let applies = applies(scope, row, sink);
    if applies && emit_form(scope, row, sink, out)? && !is_written_absent(row, out.get(start..)) {
        return Ok(true);
    }
    out.truncate(start);
    match row.default.as_ref().filter(|_| applies) {
        Some(default) => emit_value(Ok(Some(Val::Json(Json::Tree(default)))), out),
        None => emit_value(without_value(row, sink), out),
    }
}

fn emit_value(value: Evaluated<'_>, out: &mut Vec<u8>) -> Emitted {
    Ok(value?.as_ref().map(|value| value.write(out)).is_some())
}

/// Whether a value is absent, by what has been written of it.
fn is_written_absent(row: &Row, written: Option<&[u8]>) -> bool {
    match written {
        Some(b"null") => !row.keep_null,
        Some(b"\"\"") => !row.keep_empty,
        _ => false,
    }
}

/// Writes what the form of a row gives. Without a value, what has been written does not count.
fn emit_form<'a, T: Trace>(
    scope: &Scope<'a>,
    row: &'a Row,
    sink: &mut Sink<T>,
    out: &mut Vec<u8>,
) -> Emitted {
    match &row.form {
        Form::Object(fields) => emit_fields(scope, fields, sink, out, |_| {}),
        Form::List(rows) => {
            let mut items = Items::open(out);
            for row in rows {
                items.add(out, |out| emit(scope, row, sink, out))?;
            }
            Ok(items.close(out))
        }
        Form::Each { list, filter, to } => {
            let Some(list) = eval(scope, list, sink)? else { return Ok(false) };
            let list = list.into_list();
            let mut inner = scope.clone();
            let mut items = Items::open(out);
            for item in list {
                count_item(row, sink)?;
                inner.item = Some(item);
                if filter.as_ref().is_none_or(|filter| holds(&inner, filter)) {
                    items.add(out, |out| emit(&inner, to, sink, out))?;
                }
            }
            Ok(items.close(out))
        }
        Form::Switch { on, cases, otherwise } => {
            match case_of(scope, on, cases, sink)?.map(|(_, row)| row).or(otherwise.as_deref()) {
                Some(row) => emit(scope, row, sink, out),
                None => Ok(false),
            }
        }
        // by reference, where `eval` would copy the item
        Form::Read(place) if is_item(place) => Ok(match &scope.item {
            Some(item) if !is_absent(item, row.keep_null, row.keep_empty) => {
                item.write(out);
                true
            }
            _ => false,
        }),
        Form::First(rows) => {
            for row in rows {
                if !is_missing(scope, row) && emit(scope, row, sink, out)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        _ => emit_value(eval(scope, row, sink), out),
    }
}

/// A list that is being written.
struct Items {
    inside: usize,
}

impl Items {
    fn open(out: &mut Vec<u8>) -> Self {
        out.push(b'[');
        Items { inside: out.len() }
    }

    fn add(&mut self, out: &mut Vec<u8>, item: impl FnOnce(&mut Vec<u8>) -> Emitted) -> Result<(), RowError> {
        let before = out.len();
        if before > self.inside {
            out.push(b',');
        }
        if !item(out)? {
            out.truncate(before);
        }
        Ok(())
    }

    /// Whether the list has items.
    fn close(self, out: &mut Vec<u8>) -> bool {
        let any = out.len() > self.inside;
        out.push(b']');
        any
    }
}
