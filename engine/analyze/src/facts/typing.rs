//! What every row of a mapping gives, as far as that can be known.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use mapwright_check::names::{What, name_read};
use mapwright_convert::{Definition, ExampleResult, PathStep, Root, Source, Type as Signature};
use mapwright_language::decode::by_name;
use mapwright_language::names::ITEMS;
use mapwright_language::spec::{
    Comparison, DefaultSpec, Expr, Expression, FIELD_ITEMS, FIELD_SPREAD, Form, Keep, OnError, OnMissing,
    Role, RowSpec, TemplatePart, Test,
};
use serde_json::Value;

use crate::facts::answers::{answered, of_answer};
use crate::facts::captured::looped;
use crate::facts::declared::{Standpoint, configured};
use crate::facts::event::EventTypes;
use crate::facts::transfer::{accepted, refuses_items, transfer};
use crate::facts::types::{Format, Kinds, Type};
use crate::view::{FlowView, Place, RootId, RowId, RowScope, RowView, VersionView};

/// Rows that read rows that read rows: what is further away counts as anything.
const DEEPEST: usize = 100;

/// A conversion that refuses whatever it is given.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// The row.
    pub row: RowId,
    /// The position among the conversions of the row's view.
    pub call: usize,
    /// The type of its input.
    pub input: Rc<Type>,
}

/// The types of the rows of a mapping. Each is inferred when it is first needed, and once.
#[derive(Debug)]
pub struct Typing<'v, 'c> {
    version: &'v VersionView<'c>,
    around: RowScope<'v, 'c>,
    /// The facts about events; `None` where rows read the items of a batch.
    events: Option<EventTypes<'v>>,
    known: RefCell<Vec<State>>,
    /// The types of rows with a constant `default`, without it.
    but_default: RefCell<HashMap<usize, Rc<Type>>>,
    refusals: RefCell<Vec<Refusal>>,
    /// The rows of which a conversion refuses some of what it may be given.
    refusing: RefCell<BTreeSet<RowId>>,
}

#[derive(Debug, Clone)]
enum State {
    Unknown,
    /// It is being inferred.
    Open,
    Known(Rc<Type>),
}

impl<'v, 'c> Typing<'v, 'c> {
    /// Of a mapping.
    pub(crate) fn new(version: &'v VersionView<'c>, flow: &'v FlowView<'c>) -> Self {
        Self::around(version, RowScope::of_flow(flow), Some(EventTypes::of(flow, version.plans)))
    }

    /// Of the bodies of batches.
    pub(crate) fn of_batches(version: &'v VersionView<'c>) -> Self {
        Self::around(version, RowScope::shared(&version.rows), None)
    }

    fn around(
        version: &'v VersionView<'c>,
        around: RowScope<'v, 'c>,
        events: Option<EventTypes<'v>>,
    ) -> Self {
        let known = RefCell::new(vec![State::Unknown; around.rows.rows.len()]);
        let (but_default, refusals) = (RefCell::default(), RefCell::default());
        Self { version, around, events, known, but_default, refusals, refusing: RefCell::default() }
    }

    /// Returns the type of a row, with its conversions and its default.
    pub fn of(&self, row: RowId) -> Rc<Type> {
        self.at_depth(row, 0)
    }

    /// Returns the type of a row with its conversions, and without its `default` if that is a constant.
    pub fn of_but_default(&self, row: RowId) -> Rc<Type> {
        let whole = self.of(row);
        self.but_default.borrow().get(&row.0).cloned().unwrap_or(whole)
    }

    /// Returns the conversions that refuse whatever they are given, of the rows whose types were requested.
    pub fn refusals(&self) -> Vec<Refusal> {
        self.refusals.borrow().clone()
    }

    /// Whether a conversion of a row may refuse what it is given.
    pub(crate) fn may_refuse(&self, row: RowId) -> bool {
        self.of(row);
        self.refusing.borrow().contains(&row)
    }

    fn at_depth(&self, id: RowId, depth: usize) -> Rc<Type> {
        match self.known.borrow().get(id.0) {
            Some(State::Known(known)) => return known.clone(),
            Some(State::Unknown) => {}
            Some(State::Open) | None => return Rc::new(Type::anything()),
        }
        let Some(row) = self.around.rows.row(id).filter(|_| depth <= DEEPEST) else {
            return Rc::new(Type::anything());
        };
        self.settle(id, State::Open);
        let made = Rc::new(self.row(id, row, depth + 1));
        self.settle(id, State::Known(made.clone()));
        made
    }

    fn settle(&self, id: RowId, state: State) {
        if let Some(known) = self.known.borrow_mut().get_mut(id.0) {
            *known = state;
        }
    }

    fn root(&self, root: RootId, depth: usize) -> Rc<Type> {
        match self.around.rows.root(root) {
            Some(root) => self.at_depth(RowId(root.rows.start), depth),
            None => Rc::new(Type::anything()),
        }
    }

    fn row(&self, id: RowId, row: &RowView<'c>, depth: usize) -> Type {
        let spec = row.spec;
        let mut made = present(self.form(id, row, depth), spec);
        made = under_conditions(made, spec);
        let mut fails = false;
        for (at, call) in row.calls.iter().enumerate() {
            let takes = match call.definition.takes {
                Signature::Numeric if is_no_number(&made) => Kinds::NUMBER,
                takes => accepted(takes),
            };
            if !made.kinds.is_empty() && made.kinds.and(takes).is_empty() {
                let input = Rc::new(made.clone());
                self.refusing.borrow_mut().insert(id);
                self.refusals.borrow_mut().push(Refusal { row: id, call: at, input });
                made = Type::nothing();
                break;
            }
            let absent = made.absent;
            if made.kinds == Kinds::LIST
                && made.items.as_ref().is_some_and(|items| refuses_items(call.spec, items.kinds))
            {
                let input = Rc::new(made.clone());
                self.refusing.borrow_mut().insert(id);
                self.refusals.borrow_mut().push(Refusal { row: id, call: at, input });
                made = Type::nothing();
                break;
            }
            fails |= !made.kinds.is_within(takes);
            if fails || refuses(call.definition, made.kinds) {
                self.refusing.borrow_mut().insert(id);
            }
            let input = made.narrowed(takes);
            made = Type { members: None, ..transfer(&input, call, &self.version.version.spec) };
            made.absent |= absent;
        }
        made.absent |= !row.calls.is_empty() && (fails || spec.on_error != OnError::Reject);
        // where a condition does not hold, no default counts either
        let is_conditional = spec.when.is_some() || spec.unless.is_some();
        if matches!(spec.default, Some(DefaultSpec::Value(_))) {
            self.but_default.borrow_mut().insert(id.0, Rc::new(made.clone()));
        }
        match &spec.default {
            Some(DefaultSpec::Value(value)) => {
                made = Type { absent: false, ..made }.or(&Type::literal(value));
            }
            Some(DefaultSpec::Row(_)) => {
                let other = self.inside(row, |role| matches!(role, Role::Default), depth);
                let absent = made.absent && other.iter().all(|other| other.absent);
                made = other.iter().fold(made, |made, other| made.or(other));
                made.absent = absent;
            }
            None => {}
        }
        made.absent |= is_conditional;
        match spec.on_missing {
            OnMissing::Omit => made,
            OnMissing::Reject => Type { absent: false, ..made },
            OnMissing::Null if made.absent => Type { absent: false, ..made.or(&Type::literal(&Value::Null)) },
            OnMissing::Null => made,
        }
    }

    fn inside(&self, row: &RowView<'c>, is: impl Fn(&Role<'_>) -> bool, depth: usize) -> Vec<Rc<Type>> {
        let rows = row.inside.iter().filter(|id| {
            self.around.rows.row(**id).and_then(|row| row.parent).is_some_and(|(_, role)| is(&role))
        });
        rows.map(|id| self.at_depth(*id, depth)).collect()
    }

    fn form(&self, id: RowId, row: &RowView<'c>, depth: usize) -> Type {
        match &row.spec.form {
            Form::Source(source) => {
                let known = configured(self.version, self.around, id, &source.value)
                    .or_else(|| answered(self.version, self.around, id, &source.value))
                    .or_else(|| self.looped(id, &source.value));
                known.unwrap_or_else(|| self.source(&source.value, depth))
            }
            Form::Value(value) => Type::literal(value),
            Form::First { key: Some(_), .. } => {
                let all = self.inside(row, |role| matches!(role, Role::Alternative(_)), depth);
                let of = |table: &Rc<Type>| table.members.clone().filter(|_| table.kinds == Kinds::OBJECT);
                let members: Option<Vec<Rc<Type>>> = all.iter().map(of).collect();
                members.map_or_else(Type::anything, |members| either(&members).or_absent())
            }
            Form::First { key: None, .. } => {
                let all = self.inside(row, |role| matches!(role, Role::Alternative(_)), depth);
                either(&all)
            }
            Form::Template(template) => match template.parts.as_slice() {
                [TemplatePart::Text(text)] => Type::literal(&Value::from(text.as_str())),
                _ => Type { absent: !template.names.is_empty(), ..Type::of(Kinds::TEXT) },
            },
            Form::Written { .. } => Type::of(Kinds::TEXT).or_absent(),
            Form::Join { .. } => {
                let parts = self.inside(row, |role| matches!(role, Role::JoinPart(_)), depth);
                Type { absent: parts.iter().all(|part| part.absent), ..Type::of(Kinds::TEXT) }
            }
            Form::Concat(_) => Type::of(Kinds::LIST).or_absent(),
            Form::Merge(_) | Form::RestOf { .. } | Form::Computed { .. } => {
                Type::of(Kinds::OBJECT).or_absent()
            }
            Form::Object(_) => {
                let fields = self.inside(row, |role| matches!(role, Role::Field(_)), depth);
                Type { absent: fields.iter().all(|field| field.absent), ..Type::of(Kinds::OBJECT) }
            }
            Form::List(_) => {
                let items = self.inside(row, |role| matches!(role, Role::Item(_)), depth);
                let of = items.iter().fold(Type::default(), |all, item| all.or(item));
                let absent = items.iter().all(|item| item.absent);
                Type { absent, items: Some(Rc::new(of)), ..Type::of(Kinds::LIST) }
            }
            Form::Each { key, .. } => {
                let to = self.inside(row, |role| matches!(role, Role::EachTo), depth);
                match key {
                    Some(_) => Type { members: to.into_iter().next(), ..Type::of(Kinds::OBJECT).or_absent() },
                    None => Type { items: to.into_iter().next(), ..Type::of(Kinds::LIST).or_absent() },
                }
            }
            Form::Switch { cases, otherwise, .. } => {
                let on = self.inside(row, |role| matches!(role, Role::SwitchOn), depth);
                let all = self.inside(row, |role| matches!(role, Role::Case(_) | Role::Otherwise), depth);
                let has_case = |value: &Value| by_name(cases, &text_of(value)).is_some();
                let covered = on.iter().all(|on| {
                    !on.absent && on.literals.as_ref().is_some_and(|values| values.iter().all(has_case))
                });
                let mut made = all.iter().fold(Type::default(), |made, case| made.or(case));
                made.absent |= !covered && otherwise.is_none();
                made
            }
        }
    }

    /// Returns the type of what a row reads of the item of a step that goes through a captured list.
    fn looped(&self, id: RowId, source: &Source) -> Option<Type> {
        let Source::Path(path) = source else { return None };
        let flow = self.around.flow().filter(|_| path.rest.is_none())?;
        let (step, read) = looped(flow, Standpoint::Row(id), (path.root, &path.steps))?;
        of_answer(self.version, flow.step(step)?.operation?.1, &read)
    }

    fn source(&self, source: &Source, depth: usize) -> Type {
        match source {
            Source::Named(named) => match self.around.value_root(&named.name) {
                Some(root) if named.steps.is_empty() => (*self.root(root, depth)).clone(),
                _ => Type::anything(),
            },
            Source::Path(path) if path.rest.is_some() => Type::anything(),
            Source::Path(path) => self.path(path.root, &path.steps, depth),
        }
    }

    fn path(&self, root: Root, steps: &[PathStep], depth: usize) -> Type {
        match (root, steps) {
            (Root::Event, steps) => match (&self.events, steps) {
                (Some(events), steps) => events.at(steps),
                // a batch has an item at least, which is a body
                (None, [PathStep::Key(items)]) if items == ITEMS => {
                    let item = Type::of(Kinds::OBJECT.or(Kinds::LIST));
                    Type { items: Some(Rc::new(item)), ..Type::of(Kinds::LIST) }
                }
                // one of them, by the name that an `each` gives it
                (None, _) => Type::anything(),
            },
            (Root::Payload, [PathStep::Key(part), PathStep::Key(field)])
                if self.around.field_root(part, FIELD_SPREAD).is_none() =>
            {
                match self.around.field_root(part, field) {
                    Some(root) => (*self.root(root, depth)).clone(),
                    None => Type::anything(),
                }
            }
            (Root::Payload, [PathStep::Key(part)]) => match self.around.field_root(part, FIELD_ITEMS) {
                Some(root) => (*self.root(root, depth)).clone(),
                None => Type::of(Kinds::OBJECT).or_absent(),
            },
            (Root::Captures, [PathStep::Key(name)]) => self.captured_at(name, depth),
            (Root::Response, [PathStep::Key(part)]) if part == "status" => {
                Type { range: Some((100.0, 599.0)), ..Type::of(Kinds::INTEGER) }
            }
            (Root::Response, [PathStep::Key(part), ..]) if part == "headers" || part == "text" => {
                Type::of(Kinds::TEXT).or_absent()
            }
            (Root::Now, _) => Type::of(Kinds::INTEGER),
            (Root::Version, _) => Type::literal(&Value::from(self.version.version.number.0.as_str())),
            _ => Type::anything(),
        }
    }

    /// Returns the type of a capture.
    pub(crate) fn captured(&self, name: &str) -> Type {
        self.captured_at(name, 0)
    }

    fn captured_at(&self, name: &str, depth: usize) -> Type {
        let rows = self.around.rows;
        let is_it = |place: &Place<'_>| matches!(place, Place::Capture(_, set) | Place::RuleCapture(_, _, set) if set.value == name);
        let set = rows.roots.iter().filter(|root| is_it(&root.place));
        let all = set.map(|root| self.at_depth(RowId(root.rows.start), depth));
        let made = all.fold(Type::nothing(), |made, one| made.or(&one));
        if made.kinds.is_empty() { Type::anything() } else { made }
    }
}

/// Whether a value is a string that is never a number, such as a date that `iso8601` makes.
fn is_no_number(made: &Type) -> bool {
    made.kinds == Kinds::TEXT && matches!(made.format, Some(Format::DateTime | Format::Email))
}

/// Whether a conversion refuses some value of these kinds, by its examples.
fn refuses(definition: &Definition, kinds: Kinds) -> bool {
    definition.examples.iter().any(|example| {
        let value = serde_json::from_str(example.value).map_or(Kinds::ALL, |value| Kinds::of(&value));
        matches!(example.outcome, ExampleResult::Fails(_)) && !value.and(kinds).is_empty()
    })
}

/// Narrows the type of a source by the conditions of the row.
fn under_conditions(mut made: Type, spec: &RowSpec) -> Type {
    if let (Some(when), Form::Source(source)) = (&spec.when, &spec.form) {
        narrow(&mut made, &source.value, when, &when.expr);
    }
    made
}

/// The first of several that has a value.
fn either(all: &[Rc<Type>]) -> Type {
    let mut made = all.iter().fold(Type::default(), |made, one| made.or(one));
    made.absent = all.iter().all(|one| one.absent);
    made
}

/// Returns the type without null and the empty string.
fn present(made: Type, spec: &RowSpec) -> Type {
    let (null, empty) = (spec.keep.contains(&Keep::Null), spec.keep.contains(&Keep::Empty));
    let mut made = made;
    if !null && !made.kinds.and(Kinds::NULL).is_empty() {
        made = made.narrowed(Kinds::VALUE).or_absent();
    }
    if !empty && let Some(literals) = &mut made.literals {
        let before = literals.len();
        literals.retain(|value| value.as_str() != Some(""));
        if literals.len() < before {
            made.absent = true;
            made.kinds = literals.iter().map(Kinds::of).fold(Kinds::NONE, Kinds::or);
        }
    }
    if null && made.literals.is_none() && made.kinds == Kinds::VALUE {
        made.kinds = Kinds::ALL;
    }
    made
}

/// The text of a value, as the cases of `switch` write it.
fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Narrows what a source gives by a condition about it.
fn narrow(made: &mut Type, source: &Source, condition: &Expression, expr: &Expr) {
    let is_source = |expr: &Expr| {
        let Expr::Name(at) = expr else { return false };
        let read = condition.names.get(*at).and_then(name_read);
        match (source, read) {
            (Source::Named(named), Some(What::Value(name, steps))) => {
                named.name == name && named.steps == steps
            }
            (Source::Path(path), Some(What::Path(root, steps))) => {
                path.rest.is_none() && path.root == root && path.steps == steps
            }
            _ => false,
        }
    };
    match expr {
        Expr::And(a, b) => {
            narrow(made, source, condition, a);
            narrow(made, source, condition, b);
        }
        Expr::Is(of, test, _) if is_source(of) => {
            let kinds = match test {
                Test::String => Kinds::TEXT,
                Test::Number => Kinds::NUMBER,
                Test::Boolean | Test::True | Test::False => Kinds::BOOLEAN,
                Test::Mapping => Kinds::OBJECT,
                Test::Sequence => Kinds::LIST,
                _ => Kinds::ALL,
            };
            *made = std::mem::take(made).narrowed(kinds);
        }
        Expr::Compare(of, with) => {
            if let ([(Comparison::Eq, Expr::Const(value))], true) = (with.as_slice(), is_source(of)) {
                let absent = made.absent;
                *made = Type { absent, ..Type::literal(value) };
            }
        }
        _ => {}
    }
}
