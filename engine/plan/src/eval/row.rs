//! Rows, evaluated. There is one way through a row: what comes out is a value or JSON text ([`Output`]), and somebody may listen
//! ([`Listener`]), but neither decides anything.

use std::collections::HashSet;

use crate::eval::beside::Beside;
use crate::eval::combination::{combined, is_placeholder};
use crate::eval::condition::{NotRendered, Outcomes, asked, decided, render, render_written};
pub(crate) use crate::eval::evaluator::Evaluator;
use crate::eval::fault::{Evaluated, MISSING, RowError, RowFault, unfilled};
use crate::eval::fields::{TakeField, name_each, name_error, named};
use crate::eval::listener::{Listener, Nobody, Notice};
use crate::eval::members::Rest;
use crate::eval::origin::{refusal, source_of};
use crate::eval::output::{Output, Values, object_with};
use crate::eval::read::{Read, Reader};
use crate::eval::reading::Reading;
use crate::eval::repeated::Each;
use crate::eval::scope::{Scope, Unreadable};
use crate::eval::stages::{Source, apply};
use crate::limits::Limits;
use crate::plan::{Absence, Field, Form, Places, RestOf, Row};
use crate::tally::What;
use mapwright_convert::{ConvertError, Kinds, Notes, Tree, Val, Warning};
use mapwright_language::spec::{OnError, OnMissing};

impl<L: Listener> Evaluator<L> {
    /// The value of a row.
    pub(crate) fn value<'a>(&mut self, scope: &Scope<'a>, row: &'a Row) -> Evaluated<Val<'a>> {
        self.row(scope, row, &mut Values).or_else(|error| scope.perhaps(error).map(Some))
    }

    /// The value of a row that is not a field; a listener hears of it by a name.
    pub(crate) fn named<'a>(&mut self, scope: &Scope<'a>, name: &str, row: &'a Row) -> Evaluated<Val<'a>> {
        self.listener.on(|| Notice::Enter(name, row.span));
        let value = self.value(scope, row);
        self.listener.on(|| Notice::Leave(value.as_ref().ok().and_then(Clone::clone)));
        value
    }

    /// The value of a field.
    pub(crate) fn field_value<'a>(&mut self, scope: &Scope<'a>, field: &'a Field) -> Evaluated<Val<'a>> {
        self.field(scope, field, &mut Values).or_else(|error| scope.perhaps(error).map(Some))
    }

    /// Makes the value of a field; its errors and warnings name it.
    #[inline(always)]
    pub(crate) fn field<'a, O: Output<'a>>(
        &mut self,
        scope: &Scope<'a>,
        field: &'a Field,
        out: &mut O,
    ) -> Evaluated<O::Made> {
        // of one that has been made on its own, that was heard
        if L::LISTENS && field.lifted {
            return Evaluator::new(Nobody, &Limits::default()).row(scope, &field.row, out);
        }
        let (warned, position) = (self.warnings.len(), out.position());
        let perhaps = scope.unknown.and(scope.reading).map(|reading| (reading, reading.perhaps()));
        self.listener.on(|| Notice::Enter(&field.name, field.span));
        let made = self.row(scope, &field.row, out);
        self.listener.on(|| {
            Notice::Leave(made.as_ref().ok().and_then(Option::as_ref).map(|made| out.view(made, position)))
        });
        if let Some(warnings @ [_, ..]) = self.warnings.get_mut(warned..) {
            name_each(field, warnings);
        }
        if let Some((reading, before)) = perhaps {
            reading.name_perhaps(before, |error| name_error(&field.name, error));
        }
        made.map_err(|error| named(&field.name, error))
    }

    /// Makes an object of the fields that have a value, and passes each field with a name to `take`.
    pub(crate) fn fields<'a, O: Output<'a>>(
        &mut self,
        scope: &Scope<'a>,
        fields: &'a [Field],
        out: &mut O,
        take: &mut impl TakeField<'a>,
    ) -> Evaluated<O::Made> {
        let (fields, spread) = Field::split_spread(fields);
        let mut stated: Vec<&str> = Vec::with_capacity(if spread.is_some() { fields.len() } else { 0 });
        let whole = out.position();
        let (mut object, mut beside) = (out.open_object(), Beside::begin(scope));
        for (at, field) in fields.iter().enumerate() {
            out.open_field(&mut object, field);
            let start = out.position();
            let value = match take.known(at) {
                Some(known) => known.map(|value| out.put(Val::Json(value))),
                None => match self.field(take.scope(at, scope), field, out) {
                    Ok(value) => value,
                    Err(error) => {
                        let stand_in = match scope.perhaps(error) {
                            Ok(stand_in) => Some(stand_in),
                            Err(error) => take.rejects(at, error)?,
                        };
                        out.take_back(start);
                        stand_in.map(|value| out.put(value))
                    }
                },
            };
            beside.next();
            let end = out.position();
            self.work.whole(end, field.row.span)?;
            let has_value = out.close_field(&mut object, field, value);
            take.made(has_value.then_some((start, end)));
            if spread.is_some() && has_value {
                stated.push(&field.name);
            }
        }
        if let Some(spread) = spread {
            let at = fields.len();
            let members = match take.known(at) {
                Some(known) => known.map(Val::Json),
                None => match self.field_value(take.scope(at, scope), spread) {
                    Ok(members) => members,
                    Err(error) => take.rejects(at, error)?,
                },
            };
            let members = members.map(Val::into_entries).unwrap_or_default();
            // most events have nothing to spread, and none of the names is hashed then
            let stated: HashSet<&str> =
                if members.is_empty() { HashSet::new() } else { stated.into_iter().collect() };
            for (name, value) in members {
                // the names of its members differ, so that each is held against those of the stated fields alone
                if !stated.contains(name.as_ref()) {
                    out.put_member(&mut object, name, value);
                }
            }
        }
        beside.end();
        let made = out.close_object(object);
        if spread.is_some() {
            take.made(made.is_some().then(|| (whole, out.position())));
        }
        Ok(made)
    }

    /// Makes the value of a row.
    #[inline(always)]
    pub(crate) fn row<'a, O: Output<'a>>(
        &mut self,
        scope: &Scope<'a>,
        row: &'a Row,
        out: &mut O,
    ) -> Evaluated<O::Made> {
        let made = if self.applies(scope, row)? {
            let made = self.evaluated(scope, row, row.absence, out)?;
            let what = if made.is_some() { What::Row } else { What::NoneGives };
            self.reached(row.span, what);
            made
        } else {
            None
        };
        match row.on_missing {
            OnMissing::Reject | OnMissing::Null if made.is_none() => self.missing(row, out),
            OnMissing::Omit | OnMissing::Reject | OnMissing::Null => Ok(made),
        }
    }

    /// Whether the conditions of a row hold.
    #[inline(always)]
    fn applies<'a>(&mut self, scope: &Scope<'a>, row: &'a Row) -> Result<bool, RowError> {
        if row.when.is_none() && row.unless.is_none() { Ok(true) } else { self.holds(scope, row) }
    }

    #[inline(never)]
    fn holds<'a>(&mut self, scope: &Scope<'a>, row: &'a Row) -> Result<bool, RowError> {
        let when = row.when.as_ref().map_or(Ok(Outcomes::YES), |when| asked(scope, when))?;
        let no = match (&row.when, &row.unless) {
            (Some(condition), _) if when != Outcomes::YES => Some(("when", condition)),
            (_, Some(unless)) if decided(scope, unless)? => Some(("unless", unless)),
            _ => None,
        };
        if scope.unknown.is_some() && when.may_be_yes() && when != Outcomes::YES {
            scope.suppose(|scope| Evaluator::trial().evaluated(scope, row, row.absence, &mut Values));
        }
        if let Some((key, condition)) = no {
            self.listener.on(|| Notice::RuledOut(key, &condition.text));
        }
        Ok(no.is_none())
    }

    /// Returns the result of a row without a value.
    #[inline(never)]
    fn missing<'a, O: Output<'a>>(&mut self, row: &'a Row, out: &mut O) -> Evaluated<O::Made> {
        match row.on_missing {
            OnMissing::Omit => Ok(None),
            OnMissing::Null => Ok(Some(out.put(Val::Null))),
            OnMissing::Reject => {
                let message = row.error.clone().unwrap_or_else(|| "a value is required".to_owned());
                self.listener.on(|| Notice::Failed("on_missing", &message));
                self.reached(row.span, What::Missing);
                Err(RowFault::new(MISSING, message, row.span))
            }
        }
    }

    /// Makes the value of a row whose conditions hold: that of its form, converted, or its default. `absence` says which values are none.
    #[inline(always)]
    pub(crate) fn evaluated<'a, O: Output<'a>>(
        &mut self,
        scope: &Scope<'a>,
        row: &'a Row,
        absence: Absence,
        out: &mut O,
    ) -> Evaluated<O::Made> {
        // most rows by far read places of the event, whose values stay as they are
        if let Form::Places(places) = &row.form {
            match self.read(scope, places, row, absence, row.kept(), out)? {
                Some(Read::Put(made)) => Ok(Some(made)),
                Some(Read::Found(value)) => self.converted(scope, row, value, absence, out),
                None => Ok(self.or_default(row, None, out)),
            }
        } else {
            self.formed(scope, row, absence, out)
        }
    }

    /// The default of a row where it has no value.
    #[inline(always)]
    fn or_default<'a, O: Output<'a>>(
        &mut self,
        row: &'a Row,
        made: Option<O::Made>,
        out: &mut O,
    ) -> Option<O::Made> {
        match &row.default {
            Some(default) if made.is_none() => {
                self.listener.on(|| Notice::Defaulted(default));
                self.reached(row.span, What::NoneGives);
                Some(out.put(default))
            }
            _ => made,
        }
    }

    /// The same as [`made`](Self::made) for a value that was found, and that has to be converted.
    #[inline(never)]
    fn converted<'a, O: Output<'a>>(
        &mut self,
        scope: &Scope<'a>,
        row: &'a Row,
        value: Val<'a>,
        absence: Absence,
        out: &mut O,
    ) -> Evaluated<O::Made> {
        let position = out.position();
        let made = self.convert(scope, row, Source::Value(value), out)?;
        Ok(self.unless_absent(row, made, position, absence, out))
    }

    /// The same for any other form.
    #[inline(never)]
    fn formed<'a, O: Output<'a>>(
        &mut self,
        scope: &Scope<'a>,
        row: &'a Row,
        absence: Absence,
        out: &mut O,
    ) -> Evaluated<O::Made> {
        let position = out.position();
        let made = if let Form::RestOf(rest) = &row.form {
            let rest = self.rest(scope, rest, absence)?;
            self.convert(scope, row, Source::Rest(rest), out)?
        } else if row.stages().is_empty() {
            self.form(scope, row, absence, out)?
        } else {
            match self.form(scope, row, absence, &mut Values)?.filter(|value| !absence.is(value)) {
                Some(value) if value.is_null() => Some(out.put(value)),
                Some(value) => {
                    if row.form.repeats() {
                        self.work.whole(value.bytes(self.work.too_many()), row.span)?;
                    }
                    self.convert(scope, row, Source::Value(value), out)?
                }
                None => None,
            }
        };
        if let Some(made) = made.as_ref().filter(|_| row.form.repeats()) {
            self.work.whole(out.bytes(made, position, self.work.too_many()), row.span)?;
        }
        Ok(self.unless_absent(row, made, position, absence, out))
    }

    /// A value that was made at a position, or the default if that counts as none.
    fn unless_absent<'a, O: Output<'a>>(
        &mut self,
        row: &'a Row,
        made: Option<O::Made>,
        position: usize,
        absence: Absence,
        out: &mut O,
    ) -> Option<O::Made> {
        let made = made.filter(|made| !out.is_absent(made, position, absence));
        if made.is_none() {
            out.take_back(position);
        }
        self.or_default(row, made, out)
    }

    /// The first value at some places. One of a kind that is `kept` is put where it goes.
    #[inline(always)]
    fn read<'a, O: Output<'a>>(
        &mut self,
        scope: &Scope<'a>,
        places: &'a Places,
        row: &'a Row,
        absence: Absence,
        kept: Kinds,
        out: &mut O,
    ) -> Evaluated<Read<'a, O::Made>> {
        let nodes = places.nodes();
        let mut reader = Reader {
            places,
            conversions: &row.conversions,
            absence,
            kept,
            out,
            listener: &mut self.listener,
            told: L::LISTENS && row.tells_places(),
        };
        if !nodes.is_empty() {
            return Ok(scope.doc.offer(nodes, &mut reader));
        }
        reader.elsewhere(scope).map_err(|(path, error)| match error {
            Unreadable::TooManySteps(error) => {
                RowFault::new("limit_exceeded", format!("`{path}` {error}"), row.span)
            }
            Unreadable::Refused(refused) => refused.into_error(),
        })
    }

    /// Makes what the form of a row gives.
    fn form<'a, O: Output<'a>>(
        &mut self,
        scope: &Scope<'a>,
        row: &'a Row,
        absence: Absence,
        out: &mut O,
    ) -> Evaluated<O::Made> {
        match &row.form {
            Form::Places(places) => Ok(match self.read(scope, places, row, absence, Kinds::ALL, out)? {
                Some(Read::Put(made)) => Some(made),
                Some(Read::Found(value)) => Some(out.put(value)),
                None => None,
            }),
            Form::First(rows) => {
                for (at, row) in rows.iter().enumerate() {
                    let made = self.alternative(scope, row, absence, out)?;
                    if made.is_some() {
                        if L::LISTENS && !row.tells_places() {
                            self.reached(row.alternative(), What::Gives);
                        }
                        // with what it waits for, it may have no value
                        for row in rows.iter().skip(at + 1).filter(|_| scope.unknown.is_some()) {
                            scope.suppose(|scope| {
                                Evaluator::trial().alternative(scope, row, absence, &mut Values)
                            });
                        }
                        return Ok(made);
                    }
                }
                Ok(None)
            }
            Form::Member { of, key, is_path } => self.within("key", |this| {
                let Some(key) = this.value(scope, key)?.and_then(|key| key.to_text()) else {
                    return Ok(None);
                };
                let path = if *is_path { scope.settings.written.path(&key) } else { None };
                let member = |object: Val<'a>| match path {
                    Some(steps) => object.follow(steps),
                    None => object.get(&key),
                };
                for row in of {
                    if let Some(value) = this.value(scope, row)?.and_then(member) {
                        return Ok(Some(out.put(value)));
                    }
                }
                Ok(None)
            }),
            Form::Value(constant) => {
                self.listener.on(|| Notice::Made("value", (&constant.value).to_val()));
                Ok(Some(out.put_constant(constant)))
            }
            Form::Template(template) => self.within("template", |this| {
                for place in template.places() {
                    this.listener.on(|| Notice::Tried(&place.text, scope.peek(place)));
                }
                let text = render(scope, template).map_err(|error| match error {
                    NotRendered::Limit(problem) => unfilled(row, &problem),
                    NotRendered::Rejected(error) => error,
                })?;
                Ok(text.map(|text| out.put(text)))
            }),
            Form::Written { from, with } => self.within("template", |this| {
                let text = this.value(scope, from)?.and_then(|text| text.to_text());
                let Some(template) = text.and_then(|text| scope.settings.written.template(&text)) else {
                    return Ok(None);
                };
                let fields = with.iter().map(|field| this.field_value(scope, field));
                let fields = fields.collect::<Result<Vec<_>, _>>()?;
                let values = template.names.iter().map(|name| {
                    let (first, rest) = name.split();
                    let at = with.iter().position(|field| field.name == first)?;
                    fields.get(at)?.clone()?.follow(rest)
                });
                let values = values.collect();
                let text = render_written(scope, template, values);
                Ok(text.map_err(|problem| unfilled(row, &problem))?.map(|text| out.put(text)))
            }),
            Form::Join { parts, with } => self.within("join", |this| this.join(scope, parts, with, out)),
            Form::Concat(parts) => self.within("concat", |this| this.concat(scope, parts, out)),
            Form::Merge(parts) => self.within("merge", |this| this.merge(scope, parts, absence, out)),
            Form::RestOf(rest) => Ok(self.rest(scope, rest, absence)?.into_val().map(|value| out.put(value))),
            Form::Object(fields) => self.fields(scope, fields, out, &mut ()),
            Form::List(rows) => self.within("list", |this| {
                let (mut list, mut bytes) = (out.open_list(), 0_usize);
                let mut beside = Beside::begin(scope);
                for (place, row) in rows.iter().enumerate() {
                    bytes += this.item(scope, row, place, &mut list, out, this.work.too_many())?;
                    beside.next();
                    this.work.whole(bytes, row.span)?;
                }
                beside.end();
                Ok(out.close_list(list))
            }),
            Form::Each { list, named, filter, key, to } => self.within("each", |this| {
                let (filter, key) = (filter.as_deref(), key.as_deref());
                this.each(scope, &Each { list, named: *named, filter, key, to, span: row.span }, out)
            }),
            Form::Switch { on, cases, otherwise } => self.within("switch", |this| {
                let before = scope.reading.and_then(Reading::waited);
                let on = this.value(scope, on)?.and_then(|on| on.to_text());
                let case = on.and_then(|on| cases.iter().find(|(case, _)| *case == on));
                let Some(row) = case.map(|(_, row)| row).or(otherwise.as_deref()) else { return Ok(None) };
                this.listener.on(|| Notice::Chose(case.map_or("else", |(case, _)| case)));
                this.reached(row.span, What::Case);
                let made = this.row(scope, row, out);
                if scope.unknown.is_some() && case.is_none() {
                    let others = cases.iter().map(|(_, row)| row);
                    let try_case = |scope: &Scope<'a>, row| Evaluator::trial().row(scope, row, &mut Values);
                    scope.suppose_all(before, made.is_err(), others, try_case);
                }
                made
            }),
            Form::Computed { key, to } => self.within("computed name", |this| {
                let Some(name) = this.value(scope, key)?.and_then(|name| name.to_text()) else {
                    return Ok(None);
                };
                let value = this.value(scope, to).map_err(|error| named(&name, error))?;
                Ok(value.and_then(|value| object_with(name, value, out)))
            }),
            Form::Combined { combination, of, by, span } => self.within(combination.name(), |this| {
                let Some(value) = this.value(scope, of)? else { return Ok(None) };
                let by = this.value(scope, by)?;
                match combined(scope, *combination, value, by) {
                    Ok(made) => {
                        this.reached(*span, What::Converts);
                        Ok(made.map(|value| out.put(value)))
                    }
                    Err(error) => this.refused(scope, row, combination.name(), &error),
                }
            }),
        }
    }

    /// Makes the value of one of several rows of which the first with a value counts.
    #[inline(always)]
    fn alternative<'a, O: Output<'a>>(
        &mut self,
        scope: &Scope<'a>,
        row: &'a Row,
        absence: Absence,
        out: &mut O,
    ) -> Evaluated<O::Made> {
        match self.applies(scope, row)? {
            true => self.evaluated(scope, row, absence.and(row.absence), out),
            false => Ok(None),
        }
    }

    /// Applies the conversions of a row.
    fn convert<'a, O: Output<'a>>(
        &mut self,
        scope: &Scope<'a>,
        row: &'a Row,
        source: Source<'_, 'a>,
        out: &mut O,
    ) -> Evaluated<O::Made> {
        if let Source::Value(value) = &source
            && is_placeholder(scope, value)
        {
            return Ok(source.into_val().map(|value| out.put(value)));
        }
        let mut notes = Notes::with_tables(scope.settings.tree(), &scope.settings.tables);
        notes.pattern_steps = self.work.pattern_steps;
        let applied = apply(&mut self.listener, row.stages(), source, &mut notes, out);
        self.work.pattern_steps = notes.pattern_steps;
        let (conversion, error) = match applied {
            Ok(made) => {
                self.warnings.append(&mut notes.warnings);
                return Ok(made);
            }
            Err(refused) => refused,
        };
        if row.on_error != OnError::Reject {
            self.warnings.append(&mut notes.warnings);
        }
        self.refused(scope, row, conversion, &error)
    }

    /// Returns the result of a row whose conversion failed.
    #[cold]
    fn refused<'a, M>(
        &mut self,
        scope: &Scope<'a>,
        row: &'a Row,
        conversion: &str,
        error: &ConvertError,
    ) -> Evaluated<M> {
        let error = (!reads_secret(scope, row)).then_some(error);
        let message = refusal(source_of(scope, row), conversion, error);
        self.listener.on(|| Notice::Failed(conversion, &message));
        let what = if row.on_error == OnError::Reject { What::Refused } else { What::Dropped };
        self.reached(row.span, what);
        if row.on_error == OnError::Reject {
            return Err(RowFault::new("invalid_value", row.error.clone().unwrap_or(message), row.span));
        }
        self.warnings.push(Warning::new("value_dropped", message));
        Ok(None)
    }

    /// The rest of objects, to be read.
    fn rest<'s, 'a>(
        &mut self,
        scope: &'s Scope<'a>,
        rest: &'a RestOf,
        absence: Absence,
    ) -> Result<Rest<'s, 'a>, RowError> {
        self.within("rest_of", |this| {
            let (mut names, mut beside) = (HashSet::new(), Beside::begin(scope));
            for row in &rest.omit {
                let listed = this.value(scope, row)?.map(Val::into_list).unwrap_or_default();
                names.extend(listed.iter().filter_map(Val::to_text));
                beside.next();
            }
            let left = Rest::new(scope, rest, names, absence);
            for place in &rest.sources {
                scope.refused(place)?;
                this.listener.on(|| Notice::Tried(&place.text, scope.peek(place)));
                this.listener.on(|| Notice::LeftOut(left.left_out(place)));
                beside.next();
            }
            beside.end();
            Ok(left)
        })
    }
}

/// Whether a secret stands in what the row reads.
fn reads_secret<'a>(scope: &Scope<'a>, row: &'a Row) -> bool {
    if let Form::Combined { of, by, .. } = &row.form {
        return reads_secret(scope, of) || reads_secret(scope, by);
    }
    let value = Evaluator::new(Nobody, &Limits::default()).form(scope, row, row.absence, &mut Values);
    value.ok().flatten().is_some_and(|value| scope.settings.has_secret_in(&value))
}
