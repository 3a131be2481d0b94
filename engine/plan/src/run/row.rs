//! Rows, evaluated.

use std::borrow::Cow;

use mapwright_json::{Json, Kind};

use crate::limits::Limits;
use crate::plan::{Field, Form, Row};
use crate::run::condition::{holds, render};
use crate::run::explain::{Heard, Silent, Trace};
use crate::run::glance::{first_there, is_absent, is_missing, stays};
use crate::run::rest::rest_of;
use crate::run::scope::Scope;
use crate::run::union::Union;
use mapwright_convert::Notes;
use mapwright_convert::Val;
use mapwright_convert::Warning;
use mapwright_findings::Span;
use mapwright_language::spec::{FIELD_SPREAD, OnError, OnMissing};

/// Why a row rejects its event.
#[derive(Debug, Clone, PartialEq)]
pub struct RowFault {
    pub code: &'static str,
    /// The field's path, innermost name first: each level adds its own on the way out.
    pub field: Vec<String>,
    pub message: String,
    pub span: Span,
}

/// Boxed, since a result is handed through every level of every row and an error is rare.
pub type RowError = Box<RowFault>;

impl RowFault {
    pub fn new(code: &'static str, message: String, span: Span) -> RowError {
        Box::new(Self { code, field: Vec::new(), message, span })
    }
}

/// What evaluation leaves behind: warnings, and a trace if one is wanted.
pub struct Sink<T: Trace> {
    pub warnings: Vec<Warning>,
    pub trace: T,
    /// Items that loops inside payloads have made, over the whole run.
    pub items: usize,
    /// How many there may be.
    pub most_items: usize,
}

pub type Evaluated<'a> = Result<Option<Val<'a>>, RowError>;

/// The value of a row, if it has one.
pub fn eval<'a, T: Trace>(scope: &Scope<'a>, row: &'a Row, sink: &mut Sink<T>) -> Evaluated<'a> {
    // most rows by far read slots of the event, and have a value or may do without
    if !T::ON
        && let Some(slots) = &row.slots
        && let found = first_there(scope, row, slots)
        && (found.is_some() || !slots.more)
    {
        return of_slots(scope, row, found, sink);
    }
    if !T::ON && matches!(row.form, Form::First(_)) && is_missing(scope, row) {
        return without_value(row, sink);
    }
    let value = if applies(scope, row, sink) {
        evaluated(scope, row, row.keep_null, row.keep_empty, sink)?
    } else {
        None
    };
    if value.is_some() { Ok(value) } else { without_value(row, sink) }
}

/// The value of a row that reads slots of the event, by what it has found there.
pub fn of_slots<'a, T: Trace>(
    scope: &Scope<'a>,
    row: &'a Row,
    found: Option<Json<'a>>,
    sink: &mut Sink<T>,
) -> Evaluated<'a> {
    let value = match found.map(Val::Json) {
        Some(value) if row.conversions.is_empty() || value.is_null() => Some(value),
        Some(value) => {
            convert(scope, row, value, sink)?.filter(|value| !is_absent(value, row.keep_null, row.keep_empty))
        }
        None => None,
    };
    match (value, &row.default) {
        (Some(value), _) => Ok(Some(value)),
        (None, Some(default)) => Ok(Some(Val::Json(Json::Tree(default)))),
        (None, None) => without_value(row, sink),
    }
}

/// What a row gives that has no value.
pub fn without_value<'a, T: Trace>(row: &'a Row, sink: &mut Sink<T>) -> Evaluated<'a> {
    match row.on_missing {
        OnMissing::Omit => Ok(None),
        OnMissing::Null => Ok(Some(Val::Null)),
        OnMissing::Reject => {
            let message = row.error.clone().unwrap_or_else(|| "a value is required".to_owned());
            if T::ON {
                sink.trace.hear(Heard::Failed("on_missing", &message));
            }
            Err(RowFault::new("missing_required", message, row.span))
        }
    }
}

#[inline]
pub fn applies<'a, T: Trace>(scope: &Scope<'a>, row: &'a Row, sink: &mut Sink<T>) -> bool {
    (row.when.is_none() && row.unless.is_none()) || asked(scope, row, sink)
}

fn asked<'a, T: Trace>(scope: &Scope<'a>, row: &'a Row, sink: &mut Sink<T>) -> bool {
    let no = match (&row.when, &row.unless) {
        (Some(when), _) if !holds(scope, when) => Some(("when", when)),
        (_, Some(unless)) if holds(scope, unless) => Some(("unless", unless)),
        _ => None,
    };
    if T::ON
        && let Some((key, condition)) = no
    {
        sink.trace.hear(Heard::RuledOut(key, &condition.text));
    }
    no.is_none()
}

fn evaluated<'a, T: Trace>(
    scope: &Scope<'a>,
    row: &'a Row,
    keep_null: bool,
    keep_empty: bool,
    sink: &mut Sink<T>,
) -> Evaluated<'a> {
    let absent = |value: &Val<'a>| is_absent(value, keep_null, keep_empty);
    let mut value = form(scope, row, keep_null, keep_empty, sink)?.filter(|value| !absent(value));
    if !row.conversions.is_empty()
        && let Some(found) = value.take_if(|value| !value.is_null())
    {
        value = convert(scope, row, found, sink)?.filter(|value| !absent(value));
    }
    if value.is_none()
        && let Some(default) = &row.default
    {
        if T::ON {
            sink.trace.hear(Heard::Defaulted(default));
        }
        return Ok(Some(Val::Json(Json::Tree(default))));
    }
    Ok(value)
}

fn convert<'a, T: Trace>(
    scope: &Scope<'a>,
    row: &'a Row,
    value: Val<'a>,
    sink: &mut Sink<T>,
) -> Evaluated<'a> {
    if !T::ON && stays(row, value.kind()) {
        return Ok(Some(value));
    }
    let mut notes = Notes::new(scope.settings.tree());
    let mut value = value;
    for (name, conversion) in &row.conversions {
        let before = T::ON.then(|| value.clone());
        match conversion.convert(value, &mut notes) {
            Ok(converted) => {
                if T::ON {
                    sink.trace.hear(Heard::Converted(name, before.as_ref(), converted.as_ref()));
                }
                match converted {
                    Some(converted) => value = converted,
                    None => {
                        sink.warnings.append(&mut notes.warnings);
                        return Ok(None);
                    }
                }
            }
            Err(error) => {
                let read = read_again(scope, row);
                if let Some(hidden) = read.as_ref().filter(|read| scope.settings.hides(read)) {
                    // the conversion may accept the secret itself
                    if T::ON {
                        sink.trace.hear(Heard::Converted(name, before.as_ref(), Some(hidden)));
                    }
                    return Ok(read);
                }
                let source = winner(scope, row).map(|text| format!("`{text}`: ")).unwrap_or_default();
                let message = if read.is_some_and(|read| scope.settings.has_secret_in(&read)) {
                    format!("{source}{name} cannot take a value that holds a secret, which is not shown")
                } else {
                    format!("{source}{name} {error}")
                };
                if T::ON {
                    sink.trace.hear(Heard::Failed(name, &message));
                }
                if row.on_error == OnError::Reject {
                    let message = row.error.clone().unwrap_or(message);
                    return Err(RowFault::new("invalid_value", message, row.span));
                }
                sink.warnings.append(&mut notes.warnings);
                sink.warnings.push(Warning::new("value_dropped", message));
                return Ok(None);
            }
        }
    }
    sink.warnings.append(&mut notes.warnings);
    Ok(Some(value))
}

/// Reads the row's value again, before its conversions; called only when a conversion fails.
fn read_again<'a>(scope: &Scope<'a>, row: &'a Row) -> Option<Val<'a>> {
    let mut sink =
        Sink { warnings: Vec::new(), trace: Silent, items: 0, most_items: Limits::default().items };
    form_value(scope, row, row.keep_null, row.keep_empty, &mut sink).ok().flatten()
}

/// The source that a row's value came from, for messages; looked for again, since it is needed rarely.
fn winner<'a>(scope: &Scope<'a>, row: &'a Row) -> Option<&'a str> {
    match &row.form {
        Form::Read(place) => {
            scope.read(place).filter(|v| !v.is_null() && !v.is_empty_text()).map(|_| place.text.as_str())
        }
        Form::Paths(places) => places
            .iter()
            .find(|place| scope.read(place).is_some_and(|v| !v.is_null() && !v.is_empty_text()))
            .map(|place| place.text.as_str()),
        Form::First(rows) => rows
            .iter()
            .filter(|row| row.when.as_ref().is_none_or(|when| holds(scope, when)))
            .find_map(|row| winner(scope, row)),
        _ => None,
    }
}

fn form<'a, T: Trace>(
    scope: &Scope<'a>,
    row: &'a Row,
    keep_null: bool,
    keep_empty: bool,
    sink: &mut Sink<T>,
) -> Evaluated<'a> {
    if !T::ON {
        return form_value(scope, row, keep_null, keep_empty, sink);
    }
    let made_of_rows = match &row.form {
        Form::Read(_) | Form::Paths(_) | Form::First(_) | Form::Value(_) | Form::Object(_) => None,
        Form::Member { .. } => Some("key"),
        Form::Template(_) => Some("template"),
        Form::Join { .. } => Some("join"),
        Form::Concat(_) => Some("concat"),
        Form::Merge(_) => Some("merge"),
        Form::RestOf(_) => Some("rest_of"),
        Form::List(_) => Some("list"),
        Form::Each { .. } => Some("each"),
        Form::Switch { .. } => Some("switch"),
    };
    if let Some(form) = made_of_rows {
        sink.trace.hear(Heard::OpenForm(form));
    }
    if let Form::Template(template) = &row.form {
        for place in template.places() {
            sink.trace.hear(Heard::Tried(&place.text, scope.read(place).as_ref()));
        }
    }
    let value = form_value(scope, row, keep_null, keep_empty, sink);
    if made_of_rows.is_some() {
        sink.trace.hear(Heard::CloseForm);
    }
    if let (Form::Value(_), Ok(Some(value))) = (&row.form, &value) {
        sink.trace.hear(Heard::Made("value", value));
    }
    value
}

fn form_value<'a, T: Trace>(
    scope: &Scope<'a>,
    row: &'a Row,
    keep_null: bool,
    keep_empty: bool,
    sink: &mut Sink<T>,
) -> Evaluated<'a> {
    Ok(match &row.form {
        Form::Read(place) => {
            let value = scope.read(place);
            if T::ON {
                sink.trace.hear(Heard::Tried(&place.text, value.as_ref()));
            }
            value
        }
        Form::Paths(places) => {
            for place in places {
                let value = scope.read(place);
                if T::ON {
                    sink.trace.hear(Heard::Tried(&place.text, value.as_ref()));
                }
                if value.as_ref().is_some_and(|value| !is_absent(value, keep_null, keep_empty)) {
                    return Ok(value);
                }
            }
            None
        }
        Form::First(rows) => {
            for row in rows {
                // most alternatives are a path and nothing else
                if !T::ON
                    && row.plain
                    && let Form::Read(place) = &row.form
                {
                    match scope.read(place).filter(|value| !is_absent(value, keep_null, keep_empty)) {
                        None => continue,
                        found => return Ok(found),
                    }
                }
                if (!T::ON && is_missing(scope, row)) || !applies(scope, row, sink) {
                    continue;
                }
                let value =
                    evaluated(scope, row, keep_null || row.keep_null, keep_empty || row.keep_empty, sink)?;
                if value.is_some() {
                    return Ok(value);
                }
            }
            None
        }
        Form::Member { of, key } => {
            let Some(key) = eval(scope, key, sink)?.and_then(|key| key.to_text()) else { return Ok(None) };
            for row in of {
                if let Some(value) = eval(scope, row, sink)?.and_then(|object| object.get(&key)) {
                    return Ok(Some(value));
                }
            }
            None
        }
        Form::Value(value) => Some(Val::Json(Json::Tree(value))),
        Form::Template(template) => render(scope, template).map_err(|problem| {
            let message = row.error.clone();
            let message = message.unwrap_or_else(|| format!("the template cannot be filled in: {problem}"));
            RowFault::new("invalid_value", message, row.span)
        })?,
        Form::Join { parts, with } => join(scope, parts, with, sink)?,
        Form::Concat(parts) => {
            let mut items = Vec::new();
            for part in parts {
                match eval(scope, part, sink)? {
                    Some(list) if list.kind() == Kind::Array => items.extend(list.into_items()),
                    Some(one) => items.push(one),
                    None => {}
                }
            }
            (!items.is_empty()).then_some(Val::List(items))
        }
        Form::Merge(parts) => {
            let mut merged = Union::default();
            for part in parts {
                let members = eval(scope, part, sink)?.map(Val::into_entries).unwrap_or_default();
                merged.add(members, |_, _| true);
            }
            merged.into_val()
        }
        Form::RestOf(rest) => {
            let is_value = |value: &Val<'a>| !is_absent(value, keep_null, keep_empty);
            rest_of(scope, rest, is_value, sink)?
        }
        Form::Object(fields) => {
            let entries = object(scope, fields, sink)?;
            (!entries.is_empty()).then_some(Val::Object(entries))
        }
        Form::List(rows) => {
            let mut items = Vec::with_capacity(rows.len());
            for (place, row) in rows.iter().enumerate() {
                items.extend(eval_item(scope, row, place, sink)?);
            }
            (!items.is_empty()).then_some(Val::List(items))
        }
        Form::Each { list, filter, to } => {
            if T::ON {
                sink.trace.hear(Heard::Open("each"));
            }
            let list = eval(scope, list, sink)?;
            if T::ON {
                sink.trace.hear(Heard::Close);
            }
            let Some(list) = list else { return Ok(None) };
            let list = if list.kind() == Kind::Array { list.into_items() } else { vec![list] };
            let mut items = Vec::new();
            for (place, item) in list.into_iter().enumerate() {
                count_item(row, sink)?;
                let inner = scope.with_item(item);
                if filter.as_ref().is_none_or(|filter| holds(&inner, filter)) {
                    items.extend(eval_item(&inner, to, place, sink)?);
                }
            }
            (!items.is_empty()).then_some(Val::List(items))
        }
        Form::Switch { on, cases, otherwise } => {
            let case = case_of(scope, on, cases, sink)?;
            let row = case.map(|(_, row)| row).or(otherwise.as_deref());
            if T::ON && row.is_some() {
                sink.trace.hear(Heard::Chose(case.map_or("else", |(case, _)| case)));
            }
            match row {
                Some(row) => eval(scope, row, sink)?,
                None => None,
            }
        }
    })
}

/// Counts an item that is mapped.
pub fn count_item<T: Trace>(row: &Row, sink: &mut Sink<T>) -> Result<(), RowError> {
    sink.items += 1;
    let most = sink.most_items;
    if sink.items <= most {
        return Ok(());
    }
    let message = format!("the event has more than {most} list items to map (limit `items`)");
    Err(RowFault::new("limit_exceeded", message, row.span))
}

/// The case of a switch that counts.
pub fn case_of<'a, T: Trace>(
    scope: &Scope<'a>,
    on: &'a Row,
    cases: &'a [(String, Row)],
    sink: &mut Sink<T>,
) -> Result<Option<&'a (String, Row)>, RowError> {
    let on = eval(scope, on, sink)?.and_then(|on| on.to_text());
    Ok(on.and_then(|on| cases.iter().find(|(case, _)| *case == on)))
}

/// The value of one item of a list; in a trace its fields stand under its place.
fn eval_item<'a, T: Trace>(
    scope: &Scope<'a>,
    row: &'a Row,
    place: usize,
    sink: &mut Sink<T>,
) -> Evaluated<'a> {
    if T::ON {
        sink.trace.hear(Heard::Open(&format!("[{place}]")));
    }
    let value = eval(scope, row, sink)?;
    if T::ON {
        sink.trace.hear(Heard::Close);
    }
    Ok(value)
}

fn join<'a, T: Trace>(scope: &Scope<'a>, parts: &'a [Row], with: &str, sink: &mut Sink<T>) -> Evaluated<'a> {
    let mut joined: Option<Cow<'a, str>> = None;
    for part in parts {
        let Some(value) = eval(scope, part, sink)? else { continue };
        let texts: Vec<Cow<'a, str>> = match value.kind() {
            Kind::Array => value.into_items().iter().filter_map(Val::to_text).collect(),
            _ => value.to_text().into_iter().collect(),
        };
        for text in texts {
            joined = Some(match joined {
                None => text,
                Some(before) => Cow::Owned([before.as_ref(), with, text.as_ref()].concat()),
            });
        }
    }
    Ok(joined.map(Val::Text))
}

/// The fields of an object that have a value.
pub fn object<'a, T: Trace>(
    scope: &Scope<'a>,
    fields: &'a [Field],
    sink: &mut Sink<T>,
) -> Result<Vec<(Cow<'a, str>, Val<'a>)>, RowError> {
    let mut entries: Vec<(Cow<'a, str>, Val<'a>)> = Vec::with_capacity(fields.len());
    for field in fields {
        let Some(value) = eval_field(scope, field, sink)? else { continue };
        if field.name == FIELD_SPREAD {
            // the names of its members differ, so that each is held against those of the stated fields alone
            let stated = entries.len();
            for (key, value) in value.into_entries() {
                if !entries.iter().take(stated).any(|(known, _)| *known == key) {
                    entries.push((key, value));
                }
            }
        } else {
            entries.push((Cow::Borrowed(field.name.as_str()), value));
        }
    }
    Ok(entries)
}

/// The value of a field; its errors and warnings name it.
pub fn eval_field<'a, T: Trace>(scope: &Scope<'a>, field: &'a Field, sink: &mut Sink<T>) -> Evaluated<'a> {
    let warned = sink.warnings.len();
    if T::ON {
        sink.trace.hear(Heard::Enter(&field.name, field.span));
    }
    let value = eval(scope, &field.row, sink).map_err(|error| name_error(field, error));
    if T::ON {
        sink.trace.hear(Heard::Leave(value.as_ref().ok().and_then(Option::as_ref)));
    }
    name_warnings(field, sink, warned);
    value
}

/// Lets an error say that it is about a field.
pub fn name_error(field: &Field, mut error: RowError) -> RowError {
    error.field.push(field.name.clone());
    error
}

/// Lets the warnings from a place on say that they are about a field.
#[inline(always)]
pub fn name_warnings<T: Trace>(field: &Field, sink: &mut Sink<T>, from: usize) {
    if let Some(warnings @ [_, ..]) = sink.warnings.get_mut(from..) {
        name_each(field, warnings);
    }
}

#[cold]
fn name_each(field: &Field, warnings: &mut [Warning]) {
    for warning in warnings {
        warning.field = Some(match &warning.field {
            Some(inner) => format!("{}.{inner}", field.name),
            None => field.name.clone(),
        });
    }
}
