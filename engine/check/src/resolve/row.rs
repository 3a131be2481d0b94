//! Resolves rows.

use std::sync::Arc;

use mapwright_json::{Snippet, write_key};

use crate::conversion::{self, name_source};
use crate::resolve::named::{in_order, is_list};
use crate::resolve::{Resolver, Want};
use mapwright_convert::{Combination, Keep, NamedValue, Root, Source, Type, parse_path, parse_source};
use mapwright_findings::At;
use mapwright_findings::Span;
use mapwright_findings::rules::{invalid_value, unknown_value};
use mapwright_language::decode::Named;
use mapwright_language::spec::{self, ArgsSpec, ConversionSpec, DefaultSpec, OnError, RowSpec};
use mapwright_plan::plan::{Absence, Applied, CheckedRow, Field, Form, RestOf, Row, Slot};

impl Resolver<'_, '_> {
    fn fields(&mut self, fields: &Named<RowSpec>) -> Vec<Field> {
        in_order(fields).filter_map(|(key, spec)| self.field(key, spec)).collect()
    }

    pub(crate) fn field(&mut self, key: &At<String>, spec: &RowSpec) -> Option<Field> {
        self.named_field(&key.value, spec, key.span, Want::One)
    }

    pub(crate) fn named_field(
        &mut self,
        name: &str,
        spec: &RowSpec,
        span: Span,
        want: Want,
    ) -> Option<Field> {
        let read_before = self.reads_so_far();
        let row = self.row(spec, want);
        self.note_field(span, read_before);
        Some(field_of(name, row?, span))
    }

    pub(crate) fn rows(&mut self, specs: &[RowSpec], want: Want) -> Vec<Row> {
        specs.iter().filter_map(|spec| self.row(spec, want)).collect()
    }

    /// Resolves a row among others. The caller knows what all of them read.
    pub(crate) fn row(&mut self, spec: &RowSpec, want: Want) -> Option<Row> {
        if !self.size.rows(1, spec.span, self.reports) {
            return None;
        }
        let when = spec.when.as_ref().map(|when| self.condition(when));
        let unless = spec.unless.as_ref().map(|unless| self.condition(unless));
        let want = if self.takes_list(spec) { Want::Many } else { want };
        let absence = absence(spec);
        if let Some(key) = empty(&spec.form).filter(|_| !spec.flawed) {
            let message = format!("`{key}` is empty, so that the row never has a value");
            invalid_value::report(self.reports, spec.span, message, "add what it lacks, or remove the row");
        }
        let mut form = self.form(&spec.form, spec.span, want);
        let mut conversions = Some(Vec::new());
        let keep = Keep { null: !absence.null, empty_text: !absence.empty_text };
        for call in &spec.conversions {
            let call = conversion::keeping(call, keep, spec.span);
            let call = call.as_ref();
            if let Some((combination, by)) = self.operand(call) {
                // what comes before is a row of its own
                let of = form.take().zip(conversions.replace(Vec::new()));
                form = of.zip(by).and_then(|((form, conversions), by)| {
                    let (form, conversions) = self.tried(spec, form, conversions)?;
                    let on_error = spec.on_error;
                    let of = CheckedRow {
                        conversions,
                        absence,
                        on_error,
                        error: spec.error.clone(),
                        ..CheckedRow::of(form, spec.span)
                    };
                    let of = Box::new(of.lower(&mut self.trie, &mut self.response_trie));
                    Some(Form::Combined { combination, of, by: Box::new(by), span: call.name.span })
                });
                continue;
            }
            match conversion::build(call, self) {
                Ok(built) => {
                    let span = call.name.span;
                    let built = built.into_iter().map(|conversion| Applied { conversion, span });
                    conversions = conversions.map(|all: Vec<Applied>| all.into_iter().chain(built).collect());
                }
                Err(problems) => {
                    conversion::report(call, problems, self.reports);
                    conversions = None;
                }
            }
        }
        let other = match &spec.default {
            Some(DefaultSpec::Row(row)) => Some(self.row(row, want)),
            Some(DefaultSpec::Value(_)) | None => None,
        };
        let (mut form, mut conversions) = self.tried(spec, form?, conversions?)?;
        if let Some(other) = flip(other)? {
            // the row without its default is one alternative, and its default the other
            let conversions = std::mem::take(&mut conversions);
            let (on_error, error) = (spec.on_error, spec.error.clone());
            let stated =
                CheckedRow { conversions, absence, on_error, error, ..CheckedRow::of(form, spec.span) };
            form = Form::First(vec![stated.lower(&mut self.trie, &mut self.response_trie), other]);
        }
        let row = CheckedRow {
            form,
            when: flip(when)?.map(Box::new),
            unless: flip(unless)?.map(Box::new),
            conversions,
            default: match &spec.default {
                Some(DefaultSpec::Value(value)) => Some(value.clone()),
                Some(DefaultSpec::Row(_)) | None => None,
            },
            absence,
            on_missing: spec.on_missing,
            on_error: spec.on_error,
            error: spec.error.clone(),
            span: spec.span,
        };
        Some(row.lower(&mut self.trie, &mut self.response_trie))
    }

    /// The row that a conversion combines a value with, if that is none of the call's own arguments.
    fn operand(&mut self, call: &ConversionSpec) -> Option<(Combination, Option<Row>)> {
        let combination = Combination::of(&call.name.value)?;
        if let ArgsSpec::Operand(by) = &call.args {
            return Some((combination, self.row(by, Want::One)));
        }
        let (names, span) = conversion::names_of(call).filter(|_| combination.takes_names())?;
        let sets = &self.shared.sets;
        let set = |name: &str| name.strip_prefix('$').and_then(|name| Some(sets.get(name)?.names.clone()));
        let sources: Vec<_> = names.into_iter().map(|name| (set(&name), name_source(&name), name)).collect();
        // a conversion of names looks settings and sets up itself
        let looks_up = combination.words().is_none();
        let is_read = |source: &Source| match source {
            Source::Path(path) => path.root != Root::Settings || !looks_up,
            // the name of a set that there is not is reported as that
            Source::Named(named) => self.values.find(&named.name).is_some() || !looks_up,
        };
        let is_row = |(set, source, _): &(Option<_>, Option<Source>, _)| match set {
            Some(_) => !looks_up,
            None => source.as_ref().is_some_and(is_read),
        };
        if !sources.iter().any(is_row) {
            return None;
        }
        let rows = sources.into_iter().map(|(set, source, name)| {
            let names = match (set, source) {
                (Some(set), _) => set.to_vec(),
                (None, None) => vec![name],
                (None, Some(value)) => {
                    let form = self.source(&At { value, span }, Want::Many)?;
                    return Some(self.plain(form, span));
                }
            };
            self.check_words(call, combination, &names, span)?;
            Some(self.plain(Form::Value(serde_json::Value::from(names).into()), span))
        });
        let rows: Vec<Option<Row>> = rows.collect();
        let kept = conversion::keep_of(call);
        if kept.is_some() && self.check_stated(&conversion::with_constants(call)).is_none() {
            return Some((combination, None));
        }
        let combination = combination.keeping(kept.map(|kept| Keep::stated(&kept.value)).unwrap_or_default());
        let rows: Option<Vec<Row>> = rows.into_iter().collect();
        Some((combination, rows.map(|rows| self.plain(Form::Concat(rows), span))))
    }

    /// Reports the first of some names that a conversion does not know.
    fn check_words(
        &mut self,
        call: &ConversionSpec,
        combination: Combination,
        names: &[String],
        span: Span,
    ) -> Option<()> {
        let words = combination.words().unwrap_or_default();
        let is_known = |name: &String| words.is_empty() || words.contains(&name.as_str());
        let Some(unknown) = names.iter().find(|name| !is_known(name)) else { return Some(()) };
        let args = ArgsSpec::First(At { value: serde_json::Value::from(unknown.as_str()), span });
        self.check_stated(&ConversionSpec { args, ..call.clone() })
    }

    /// Reports what is wrong with a call, which is made in another way.
    fn check_stated(&mut self, call: &ConversionSpec) -> Option<()> {
        let problems = conversion::build(call, self).err();
        let is_right = problems.is_none();
        problems.into_iter().for_each(|problems| conversion::report(call, problems, self.reports));
        is_right.then_some(())
    }

    /// Reports a constant that is written as a source is.
    fn check_constant(&mut self, constant: &serde_json::Value, span: Span) {
        let Some(text) = constant.as_str() else { return };
        let reads = match name_source(text) {
            Some(Source::Named(named)) => self.values.find(&named.name).is_some(),
            Some(Source::Path(path)) => {
                let objects = ["traits", "properties", "context", "integrations"];
                let first = path.first_key().is_some_and(|name| objects.contains(&name));
                path.root != Root::Event || path.literal || first
            }
            None => false,
        };
        if reads {
            let message = format!("`{text}` is a constant here, and is sent as this text");
            let help =
                format!("write `{text}` without `value` to read it; write this text as `template: {text:?}`");
            invalid_value::report(self.reports, span, message, help);
        }
    }

    /// Applies the conversions to each alternative of a row with `on_error: next`, so that one that fails gives way to the next.
    fn tried(
        &mut self,
        spec: &RowSpec,
        form: Form,
        conversions: Vec<Applied>,
    ) -> Option<(Form, Vec<Applied>)> {
        if spec.on_error != OnError::Next {
            return Some((form, conversions));
        }
        if !matches!(spec.form, spec::Form::Source(_) | spec::Form::First { key: None, .. }) {
            let message = "`on_error: next` has no effect: only `from` has alternatives";
            invalid_value::report(self.reports, spec.span, message, "write `on_error: omit`");
            return None;
        }
        let alternatives = form.into_alternatives();
        // the conversions count for each of them
        let made = alternatives.len().saturating_mul(conversions.len());
        if !self.size.rows(made, spec.span, self.reports) {
            return None;
        }
        let alternatives = alternatives.into_iter().map(|form| {
            let row = CheckedRow {
                conversions: conversions.clone(),
                absence: absence(spec),
                on_error: OnError::Next,
                ..CheckedRow::of(form, spec.span)
            };
            row.lower(&mut self.trie, &mut self.response_trie)
        });
        Some((Form::First(alternatives.collect()), Vec::new()))
    }

    /// Returns whether the row's first conversion takes a list, so that a path to several values is allowed.
    fn takes_list(&self, spec: &RowSpec) -> bool {
        let Some(first) = spec.conversions.first() else { return false };
        let name = first.name.value.as_str();
        let name = self.chains.first(name).map_or(name, |conversion| conversion.name());
        mapwright_convert::find(name).is_some_and(|definition| definition.takes == Type::List)
    }

    fn form(&mut self, form: &spec::Form, span: Span, want: Want) -> Option<Form> {
        Some(match form {
            spec::Form::Source(source) => return self.source(source, want),
            spec::Form::First { alternatives, key: None } => Form::First(self.rows(alternatives, want)),
            spec::Form::First { alternatives, key: Some(key) } => {
                let before = self.context.mark();
                let of = self.rows(alternatives, Want::One);
                // a single, unknown member of the object is read
                self.context.forget(before);
                let is_path = self.is_path(key)?;
                Form::Member { of, key: Box::new(self.row(key, Want::One)?), is_path }
            }
            spec::Form::Value(value) => {
                self.check_constant(value, span);
                Form::Value(value.clone().into())
            }
            spec::Form::Template(template) => {
                self.prints_itself(template);
                Form::Template(self.template(template)?)
            }
            spec::Form::Written { from, with } => {
                self.check_template(from, with)?;
                let (from, with) = (self.row(from, Want::One), self.fields(with));
                Form::Written { from: Box::new(from?), with }
            }
            spec::Form::Join { parts, with } => {
                Form::Join { parts: self.rows(parts, Want::Many), with: with.clone() }
            }
            spec::Form::Concat(parts) => Form::Concat(self.rows(parts, Want::Many)),
            spec::Form::Merge(parts) => Form::Merge(self.rows(parts, Want::One)),
            spec::Form::RestOf { sources, omit } => self.rest_of(sources, omit, span)?,
            spec::Form::Object(fields) => Form::Object(self.fields(fields)),
            spec::Form::List(items) => Form::List(self.rows(items, Want::One)),
            spec::Form::Computed { key, to } => {
                let (key, to) = (self.row(key, Want::One), self.row(to, Want::One));
                Form::Computed { key: Box::new(key?), to: Box::new(to?) }
            }
            spec::Form::Each { list, name, filter, key, to } => {
                let item = self.item_of(list);
                let list = self.row(list, Want::Many);
                let entered = self.enter_loop(name.as_ref(), item);
                let filter = flip(filter.as_ref().map(|filter| self.condition(filter)));
                let key = flip(key.as_ref().map(|key| self.row(key, Want::One)));
                let to = self.row(to, Want::One);
                let named = self.leave_loop(entered);
                let (filter, key) = (filter?.map(Box::new), key?.map(Box::new));
                Form::Each { list: Box::new(list?), named, filter, key, to: Box::new(to?) }
            }
            spec::Form::Switch { on, cases, otherwise } => {
                let on = self.row(on, Want::One);
                let cases: Vec<(String, Row)> = cases
                    .iter()
                    .filter_map(|(key, spec)| Some((key.value.clone(), self.row(spec, want)?)))
                    .collect();
                let otherwise = flip(otherwise.as_ref().map(|spec| self.row(spec, want)))?;
                Form::Switch { on: Box::new(on?), cases, otherwise: otherwise.map(Box::new) }
            }
        })
    }

    pub(crate) fn source(&mut self, source: &At<Source>, want: Want) -> Option<Form> {
        match &source.value {
            Source::Path(path) => self.place(path, source.span, want).map(Form::place),
            Source::Named(named) => self.value_form(named, source.span, want),
        }
    }

    /// The value of a row that reads a named value.
    fn value_form(&mut self, named: &NamedValue, span: Span, want: Want) -> Option<Form> {
        let (value, row) = self.find_value(named, span)?;
        if named.steps.is_empty() && (is_list(row) || self.is_made_here(value)) {
            let rows = if let spec::Form::First { alternatives, key: None } = &row.form
                && row.is_plain()
            {
                alternatives.as_slice()
            } else {
                std::slice::from_ref(row)
            };
            // where it is written, no loop around the reader is
            let items = std::mem::take(&mut self.context.items);
            let rows = self.rows(rows, want);
            self.context.items = items;
            return Some(Form::First(rows));
        }
        self.value_place(named, span).map(Form::place)
    }

    fn rest_of(&mut self, sources: &[At<Source>], omit: &[At<String>], span: Span) -> Option<Form> {
        if !self.size.rest(span, self.reports) {
            return None;
        }
        let read_before = self.context.mark();
        let mut places = Vec::new();
        for source in sources {
            match &source.value {
                Source::Path(path) => places.extend(self.place(path, source.span, Want::One)),
                Source::Named(named) => {
                    for form in self.value_form(named, source.span, Want::One)?.into_alternatives() {
                        match form.into_places() {
                            Some(found) => places.extend(found),
                            None => {
                                let message = format!("`{}` contains more than paths", named.written);
                                let advice = "list the objects directly";
                                invalid_value::report(self.reports, source.span, message, advice);
                            }
                        }
                    }
                }
            }
        }
        let (mut left_out_names, mut omit_rows) = (Vec::new(), Vec::new());
        for entry in omit {
            match self.omitted(entry)? {
                Omitted::Names(names) => {
                    if !self.size.rows(names.len(), span, self.reports) {
                        return None;
                    }
                    left_out_names.extend(names.iter().cloned());
                }
                Omitted::Row(row) => omit_rows.push(*row),
            }
        }
        // neither the objects themselves nor the sources of names are excluded from the rest
        self.context.forget(read_before);
        let mut left_out = Vec::new();
        for place in &places {
            if let Slot::Event(object) = place.slot {
                for name in &left_out_names {
                    match self.trie.step(object, mapwright_json::Step::Key(name)) {
                        Ok(node) => left_out.push(node),
                        Err(error) => return self.trie_full(&error, span),
                    }
                }
            }
        }
        let mut rest = RestOf::new(places, omit_rows);
        rest.claims.add(&left_out, &left_out_names, &self.trie);
        Some(Form::RestOf(Box::new(rest)))
    }

    /// Returns a row with a form and no modifiers.
    pub(crate) fn plain(&mut self, form: Form, span: Span) -> Row {
        CheckedRow::of(form, span).lower(&mut self.trie, &mut self.response_trie)
    }

    fn omitted(&mut self, entry: &At<String>) -> Option<Omitted> {
        let text = entry.value.as_str();
        if let Some(set) = text.strip_prefix('$').and_then(|name| self.shared.sets.get(name)) {
            return Some(Omitted::Names(set.names.clone()));
        }
        if text.starts_with('$') {
            let Ok(Source::Named(named)) = parse_source(text) else {
                return Some(Omitted::Names([text.to_owned()].into()));
            };
            if self.values.find(&named.name).is_none() {
                let known = self.version.spec.sets.known().and(self.values.known());
                unknown_value::report(self.reports, entry.span, &named.name, &known, None);
                return None;
            }
            let form = self.value_form(&named, entry.span, Want::Many)?;
            return Some(Omitted::Row(Box::new(self.plain(form, entry.span))));
        }
        match parse_path(text) {
            Ok(path) if path.root != Root::Event => {
                let place = self.place(&path, entry.span, Want::Many)?;
                Some(Omitted::Row(Box::new(self.plain(Form::place(place), entry.span))))
            }
            _ => Some(Omitted::Names([text.to_owned()].into())),
        }
    }
}

/// A field with its name as it is written.
pub(crate) fn field_of(name: &str, row: Row, span: Span) -> Field {
    let mut text = Vec::new();
    write_key(&mut text, name);
    Field { name: name.to_owned(), key: Snippet::new(&text), row, span, lifted: false }
}

/// The key of a form that has nothing to make a value of.
fn empty(form: &spec::Form) -> Option<&'static str> {
    let (key, is_empty) = match form {
        spec::Form::First { alternatives, .. } => ("from", alternatives.is_empty()),
        spec::Form::Join { parts, .. } => ("join", parts.is_empty()),
        spec::Form::Concat(parts) => ("concat", parts.is_empty()),
        spec::Form::Merge(parts) => ("merge", parts.is_empty()),
        spec::Form::List(items) => ("list", items.is_empty()),
        spec::Form::RestOf { sources, .. } => ("rest_of", sources.is_empty()),
        spec::Form::Switch { cases, otherwise, .. } => ("cases", cases.is_empty() && otherwise.is_none()),
        spec::Form::Source(_)
        | spec::Form::Value(_)
        | spec::Form::Template(_)
        | spec::Form::Written { .. }
        | spec::Form::Object(_)
        | spec::Form::Computed { .. }
        | spec::Form::Each { .. } => return None,
    };
    is_empty.then_some(key)
}

enum Omitted {
    Names(Arc<[String]>),
    Row(Box<Row>),
}

/// The values that count as none for a row.
fn absence(spec: &RowSpec) -> Absence {
    Absence {
        null: !spec.keep.contains(&spec::Keep::Null),
        empty_text: !spec.keep.contains(&spec::Keep::Empty),
    }
}

/// Returns `None` for an optional part that could not be resolved (`Some(None)`).
pub(crate) fn flip<T>(part: Option<Option<T>>) -> Option<Option<T>> {
    match part {
        None => Some(None),
        Some(Some(part)) => Some(Some(part)),
        Some(None) => None,
    }
}
