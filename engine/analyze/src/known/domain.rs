//! Which values a name can have.

use std::sync::Arc;

use mapwright_check::names::name_read;
use mapwright_convert::{PathStep, Root, Shape, Source, Type, find};
use mapwright_language::decode::by_name;
use mapwright_language::spec::{
    ConversionSpec, Declared, DefaultSpec, Expr, Form, Name, OnError, OnMissing, OperationSpec,
    ResponseRuleSpec, RowSpec, SettingSpec, SettingType, TemplatePart,
};
use serde_json::{Value, json};

use crate::facts::{
    AnswerPath, Kinds, Standpoint, answered_step, declared, is_of_success, kinds_at, looped, stated_list,
};
use crate::known::bodies::{BodyOf, bodies};
use crate::values::{Known, KnownBy, ValueSet, is_absent};
use crate::view::{
    ConditionView, FlowView, ItemOf, Place, RowScope, Site, StepId, VersionView, Whether, table_of,
};

/// Where names have their meaning: a version, and a mapping of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Knows<'k, 'c> {
    /// The version.
    pub version: &'k VersionView<'c>,
    /// The mapping, or a variant; none for what all mappings share.
    pub flow: Option<&'k FlowView<'c>>,
    /// The list of which `item`, or the named item, is one.
    pub item: Option<ItemOf<'k>>,
    /// Where the names stand, for the items that can be read there.
    pub reader: Option<Standpoint>,
    /// The operation whose successful response is read.
    pub answer: Option<&'k OperationSpec>,
    /// The rule that judges a response, whose status it states.
    pub rule: Option<&'k ResponseRuleSpec>,
    /// How many named values are looked into.
    pub depth: usize,
}

/// Whether the conditions of a row always hold.
pub(crate) type Holds<'h> = &'h dyn Fn(Knows<'_, '_>, &RowSpec) -> bool;

/// Conversions that make a value of every time.
const OF_TIMES: [&str; 4] = ["iso8601", "unix_seconds", "unix_millis", "unix_micros"];

/// Values that are looked into, inside of each other.
const DEEPEST: usize = 8;

/// The meaning of names in a mapping, or in what all mappings share.
pub(crate) fn scope_of<'k, 'c>(
    version: &'k VersionView<'c>,
    flow: Option<&'k FlowView<'c>>,
) -> Knows<'k, 'c> {
    Knows { version, flow, item: None, reader: None, answer: None, rule: None, depth: 0 }
}

impl<'k, 'c> Knows<'k, 'c> {
    /// The same, for what a condition reads.
    pub(crate) fn of_condition(self, condition: &ConditionView<'k>) -> Self {
        let judged = |step: StepId, at: usize| {
            let step = self.flow?.step(step)?;
            step.rules.get(at).filter(|rule| is_of_success(rule.spec))?;
            Some(step.operation?.1)
        };
        let answer = match condition.site {
            Site::Rule(step, at) => judged(step, at),
            _ => None,
        };
        let rule = match condition.site {
            Site::Rule(step, at) => self.flow.and_then(|flow| Some(flow.step(step)?.rules.get(at)?.spec)),
            _ => match condition.item {
                Some(ItemOf::Failed { rule, .. }) => Some(rule),
                _ => None,
            },
        };
        let mut knows = self.at(condition.site);
        if let (Site::Row(row), Whether::Where) = (condition.site, condition.whether) {
            knows.reader = Some(Standpoint::Loop(row));
        }
        Self { item: condition.item, answer, rule, ..knows }
    }

    /// The same, for what is read somewhere.
    pub(crate) fn at(self, site: Site) -> Self {
        Self { reader: Standpoint::of(site), ..self }
    }

    /// The same, for the row of a value. Nothing, if that goes too deep.
    pub(crate) fn deeper(self) -> Option<Self> {
        (self.depth < DEEPEST).then_some(Self { depth: self.depth + 1, ..self })
    }

    /// What is known of a name in a condition.
    pub(crate) fn name(self, name: &Name) -> Known {
        match name_read(name) {
            Some(mapwright_check::names::What::Path(root, steps)) => self.path(root, steps),
            Some(mapwright_check::names::What::Value(value, steps)) => self.value(value, steps),
            None => Known::Anything,
        }
    }

    /// Whether a name always has a value.
    fn is_given(self, name: &Name) -> bool {
        match self.name(name) {
            Known::Present | Known::Typed { missing: false, .. } => true,
            Known::OneOf { values, missing: false } => !values.iter().any(is_absent),
            _ => false,
        }
    }

    /// What is known of a source.
    pub(crate) fn source(self, source: &Source) -> Known {
        match source {
            Source::Path(path) if path.rest.is_none() => self.path(path.root, &path.steps),
            Source::Path(_) => Known::Anything,
            Source::Named(value) => self.value(&value.name, &value.steps),
        }
    }

    fn path(self, root: Root, steps: &[PathStep]) -> Known {
        let of_item = match (self.item, root, steps) {
            (Some(ItemOf::Batch { operation, name: None }), Root::Item, [PathStep::Key(member)]) => {
                Some((operation, member))
            }
            (
                Some(ItemOf::Batch { operation, name: Some(name) }),
                Root::Event,
                [PathStep::Key(first), PathStep::Key(member)],
            ) if first == name => Some((operation, member)),
            _ => None,
        };
        if let Some((operation, member)) = of_item {
            return self.member(operation, member);
        }
        if let Some(known) = self.answered(root, steps).or_else(|| self.whole_item(root, steps)) {
            return known;
        }
        if let Some(known) = self.configured(root, steps) {
            return known;
        }
        match (root, steps) {
            (Root::Event, [PathStep::Key(name)]) if name == "type" => self.kind(),
            (Root::Event, [PathStep::Key(name)]) if name == "event" => self.event(),
            (Root::Now, []) => Known::Typed { kind: SettingType::Integer, missing: false },
            // a batch is for one version, and what is laid over it has another
            (Root::Version, []) if matches!(self.item, Some(ItemOf::Batch { .. })) => {
                let number = Value::from(self.version.version.number.0.as_str());
                Known::OneOf { values: ValueSet::of([number]), missing: false }
            }
            (Root::Version, []) => Known::Typed { kind: SettingType::Text, missing: false },
            (Root::Captures, [PathStep::Key(name)]) => self.capture(name),
            (Root::Response, [PathStep::Key(name)]) if name == "status" => {
                match self.rule.map(|rule| rule.status.as_slice()).unwrap_or_default() {
                    [] => Known::Status,
                    stated => {
                        let values = stated.iter().flat_map(|range| range.first..=range.last);
                        Known::OneOf { values: ValueSet::of(values.map(Value::from)), missing: false }
                    }
                }
            }
            (Root::Response, [PathStep::Key(name)]) if name == "text" => Known::Text,
            (Root::Response, [PathStep::Key(name), _]) if name == "headers" => Known::Text,
            (Root::Payload, [PathStep::Key(part), PathStep::Key(field)]) => {
                let root = self.flow.and_then(|flow| Some((flow, flow.field_root(part, field)?)));
                let row = root.and_then(|(flow, root)| {
                    let root = flow.rows.root(root)?;
                    flow.rows.rows.get(root.rows.start)
                });
                row.map_or(Known::Anything, |row| self.kept_row(row.spec))
            }
            _ => Known::Anything,
        }
    }

    /// An item of a batch as it is: an object that is not empty, of which nothing else is known.
    fn whole_item(self, root: Root, steps: &[PathStep]) -> Option<Known> {
        let Some(ItemOf::Batch { operation, name }) = self.item else { return None };
        let is_item = match (root, steps, name) {
            (Root::Item, [], None) => true,
            (Root::Event, [PathStep::Key(first)], Some(name)) => first == name,
            _ => false,
        };
        let is_object = is_item && self.bodies(operation).is_some_and(|bodies| !bodies.is_empty());
        is_object.then(|| Known::OneOf { values: ValueSet::of([json!({ "": true })]), missing: false })
    }

    /// The rows among which names stand.
    fn around(self) -> RowScope<'k, 'c> {
        self.flow.map_or(RowScope::shared(&self.version.rows), RowScope::of_flow)
    }

    /// What settings have by their declarations, as they are or as rows of a table.
    fn configured(self, root: Root, steps: &[PathStep]) -> Option<Known> {
        let known = match declared(self.version, self.around(), self.reader, (root, steps))? {
            Declared::Value(spec) => self.stated(Fixed::Setting, spec, || setting(spec)),
            Declared::Row(_) => Known::Typed { kind: SettingType::Object, missing: false },
            Declared::Nothing { .. } => return None,
        };
        Some(if matches!((root, steps), (Root::Settings, [_])) { known } else { known.or_missing() })
    }

    /// What a response has by its schema, as the entry of a failure or as it is.
    fn answered(self, root: Root, steps: &[PathStep]) -> Option<Known> {
        let (operation, path) = match (self.item, root) {
            (Some(ItemOf::Failed { operation, each, .. }), Root::Item) => {
                let operation = by_name(&self.version.version.spec.operations, operation)?;
                (operation, AnswerPath::whole(stated_list(each)?).item(steps))
            }
            (_, Root::Response) => (self.answer?, AnswerPath::read(root, steps)?),
            (None, Root::Item) => {
                let (step, path) = looped(self.flow?, self.reader?, (root, steps))?;
                (self.flow?.step(step)?.operation?.1, path)
            }
            _ => return None,
        };
        let typed = |kind| Some(Known::Typed { kind, missing: true });
        match kinds_at(self.version, operation, &path)? {
            Kinds::TEXT => Some(Known::Text),
            Kinds::BOOLEAN => Some(Known::OneOf { values: booleans(), missing: true }),
            Kinds::LIST => typed(SettingType::List),
            Kinds::OBJECT => typed(SettingType::Object),
            kinds if kinds.is_within(Kinds::NUMBER) => typed(SettingType::Number),
            _ => None,
        }
    }

    /// A member of the items of a batch, which are the bodies of steps.
    fn member(self, operation: &str, member: &str) -> Known {
        let Some(members) = self.members(operation, member) else { return Known::Anything };
        let is_member = members.iter().any(|(_, row)| row.is_some());
        let one = |(flow, row): (&'k FlowView<'_>, Option<&RowSpec>)| match row {
            Some(row) => Knows { flow: Some(flow), item: None, reader: None, ..self }.row(row),
            None => Known::OneOf { values: ValueSet::of([]), missing: true },
        };
        let known = members.into_iter().map(one).reduce(Known::or);
        // one that no item has has a finding of its own
        known.filter(|_| is_member).unwrap_or(Known::Anything)
    }

    /// The items of the batch of an operation: of the mapping, or of all of them. Nothing, if one may have members from elsewhere.
    pub(crate) fn bodies(self, operation: &str) -> Option<Vec<BodyOf<'k, 'c>>> {
        bodies(self.version, self.flow, operation)
    }

    /// The rows of a member of these items, of each step that makes one.
    pub(crate) fn members(
        self,
        operation: &str,
        member: &str,
    ) -> Option<Vec<(&'k FlowView<'c>, Option<&'c RowSpec>)>> {
        let row = |body: BodyOf<'k, 'c>| {
            let row = body.member(member).and_then(|row| body.flow.rows.row(row));
            (body.flow, row.map(|row| row.spec))
        };
        Some(self.bodies(operation)?.into_iter().map(row).collect())
    }

    /// The type of the event, in the case in which a sender may write it.
    fn kind(self) -> Known {
        let Some(flow) = self.flow else { return Known::Present };
        self.stated(Fixed::Kind, flow, || {
            let names = &flow.mapping.spec.message.names;
            Known::Cased(ValueSet::of(names.iter().map(|name| Value::from(name.value.to_lowercase()))))
        })
    }

    /// The name of the event, if tracking plans list all.
    fn event(self) -> Known {
        let Some(flow) = self.flow else { return Known::Anything };
        self.stated(Fixed::Event, flow, || {
            let names = self.version.plans.events(&flow.messages());
            names.map_or(Known::Anything, |names| Known::OneOf {
                values: ValueSet::of(names.into_iter().map(Value::from)),
                missing: true,
            })
        })
    }

    fn value(self, name: &str, steps: &[PathStep]) -> Known {
        if !steps.is_empty() {
            return Known::Anything;
        }
        let found = match self.flow {
            Some(flow) => flow.values.find(name).map(|(at, row)| (row, flow.values.is_local(at))),
            None => by_name(&self.version.version.spec.values, name).map(|value| (&value.0, true)),
        };
        match found {
            Some((row, true)) => self.kept_row(row),
            // it is the same wherever it is read
            Some((row, false)) => Knows { item: None, answer: None, rule: None, ..self }.kept_row(row),
            None => match by_name(&self.version.version.spec.sets, name) {
                Some(set) => self.stated(Fixed::Set, set, || Known::OneOf {
                    values: ValueSet::of([Value::from(set.clone())]),
                    missing: false,
                }),
                None => Known::Anything,
            },
        }
    }

    /// What is known of something that is the same wherever it is read, which is found out once.
    fn stated<T>(self, what: Fixed, stated: &T, find: impl FnOnce() -> Known) -> Known {
        self.version.kept.get([what as usize, address(stated), 0, 0, 0, 0, 0, 0, 0, 0], find)
    }

    /// What is known of the value of a row of the version, which is found out once for each place where it has another meaning.
    fn kept_row(self, row: &RowSpec) -> Known {
        let of = |text: &str| text.as_ptr().addr();
        let (operation, item) = match self.item {
            None => (0, 0),
            Some(ItemOf::Batch { operation, name }) => (of(operation), name.map_or(0, of)),
            Some(ItemOf::Failed { operation, each, .. }) => (of(operation), address(each)),
        };
        let reader = self.reader.and_then(|reader| reader.of_items(self.around()));
        let knows = Self { reader, ..self };
        let (place, at) = reader.map_or((0, 0), Standpoint::number);
        let key: KnownBy = [
            Fixed::Row as usize,
            address(row),
            self.flow.map_or(0, address),
            operation,
            item,
            self.answer.map_or(0, address),
            self.rule.map_or(0, address),
            self.depth,
            place,
            at,
        ];
        self.version.kept.get(key, || knows.row(row))
    }

    /// What is known of the value of a row.
    fn row(self, row: &RowSpec) -> Known {
        let Some(deeper) = self.deeper() else { return Known::Anything };
        if let Form::Value(value) = &row.form
            && row.only_reads()
            && !is_absent(value)
        {
            let missing = row.when.is_some() || row.unless.is_some();
            return Known::OneOf { values: ValueSet::of([value.clone()]), missing };
        }
        if let Some(source) = row.form.source()
            && row.is_plain()
        {
            return match deeper.source(&source.value) {
                // a row has no value where what it reads is null or empty
                Known::OneOf { values, missing } if !values.iter().any(is_absent) => {
                    Known::OneOf { values, missing }
                }
                known @ (Known::Typed { .. } | Known::Present | Known::Text | Known::Status) => known,
                _ => Known::Anything,
            };
        }
        let holds = |_: Knows<'_, '_>, row: &RowSpec| row.when.is_none() && row.unless.is_none();
        let is_there = has_value(deeper, row, &holds) && cannot_fail(row);
        match deeper.converted(row).or_else(|| deeper.chosen(row)) {
            Some(Known::OneOf { values, missing }) => Known::OneOf { values, missing: missing && !is_there },
            Some(Known::Typed { kind, missing }) => Known::Typed { kind, missing: missing && !is_there },
            Some(known) if !is_there => known,
            _ if is_there => Known::Present,
            _ => Known::Anything,
        }
    }

    /// The constants that a `switch` chooses among.
    fn chosen(self, row: &RowSpec) -> Option<Known> {
        let Form::Switch { cases, otherwise, .. } = &row.form else { return None };
        let rows = || cases.iter().map(|(_, row)| row).chain(otherwise.as_deref());
        let known = || rows().map(|row| self.row(row)).reduce(Known::or).unwrap_or(Known::Anything);
        let is_constant = |row: &RowSpec| row.form.value().is_some() && row.only_reads();
        // constants are the same in every mapping
        let known = if rows().all(is_constant) { self.stated(Fixed::Choice, row, known) } else { known() };
        match known {
            Known::OneOf { values, .. } if row.only_reads() => Some(Known::OneOf { values, missing: true }),
            _ => None,
        }
    }

    /// Returns the possible results of the last conversion of a row, and its default.
    fn converted(self, row: &RowSpec) -> Option<Known> {
        let known = self.made_by(row.conversions.last()?)?;
        if row.on_missing == OnMissing::Null || !row.keep.is_empty() {
            return None;
        }
        let default = match &row.default {
            None => return Some(known),
            Some(DefaultSpec::Value(value)) => ValueSet::of([value.clone()]),
            Some(DefaultSpec::Row(row)) => match self.row(row) {
                Known::OneOf { values, .. } => values,
                _ => return None,
            },
        };
        match known {
            Known::OneOf { values, missing } => {
                Some(Known::OneOf { values: values.and(default.iter().cloned()), missing })
            }
            Known::Text => default.iter().all(Value::is_string).then_some(Known::Text),
            Known::Typed { kind, missing } => {
                default.iter().all(|value| kind.takes(value)).then_some(Known::Typed { kind, missing })
            }
            _ => None,
        }
    }

    /// What a conversion makes.
    fn made_by(self, call: &ConversionSpec) -> Option<Known> {
        let spec = &self.version.version.spec;
        if let Some(own) = by_name(&spec.conversions, &call.name.value) {
            return self.deeper()?.made_by(own.last()?);
        }
        let definition = find(&call.name.value)?;
        let typed = |kind| Some(Known::Typed { kind, missing: true });
        match (definition.shape, definition.gives) {
            (Shape::Looked(param), _) => {
                let keeps = call.argument("missing").is_some_and(|word| word.as_str() == Some("keep"));
                let entries = table_of(call.argument(param)?, spec).filter(|_| !keeps)?;
                Some(self.stated(Fixed::Table, entries, || {
                    let values = entries.values().filter(|value| !value.is_null()).cloned();
                    Known::OneOf { values: ValueSet::of(values), missing: true }
                }))
            }
            (_, Type::Boolean) => Some(Known::OneOf { values: booleans(), missing: true }),
            (_, Type::Text) => Some(Known::Text),
            (_, Type::Number | Type::Integer) => typed(SettingType::Number),
            (_, Type::List) => typed(SettingType::List),
            (_, Type::Object) => typed(SettingType::Object),
            _ => None,
        }
    }

    /// What steps capture by a name: a value, if one of them has set it.
    fn capture(self, name: &str) -> Known {
        let Some(flow) = self.flow else { return Known::Anything };
        let mut all: Option<Known> = None;
        for root in &flow.rows.roots {
            let (Place::Capture(_, set) | Place::RuleCapture(_, _, set)) = root.place else { continue };
            if set.value != name {
                continue;
            }
            let answered = answered_step(flow, &root.place).and_then(|step| flow.step(step)?.operation);
            let scope =
                Knows { answer: answered.map(|(_, operation)| operation), item: None, reader: None, ..self };
            let row = flow.rows.rows.get(root.rows.start);
            let known = row.map_or(Known::Anything, |row| scope.row(row.spec));
            all = Some(all.map_or(known.clone(), |all| all.or(known)));
            if all == Some(Known::Anything) {
                break;
            }
        }
        match all {
            Some(Known::OneOf { values, .. }) if !values.is_empty() => Known::OneOf { values, missing: true },
            Some(Known::Typed { kind, .. }) => Known::Typed { kind, missing: true },
            Some(Known::Text) => Known::Text,
            Some(Known::Status) => Known::Typed { kind: SettingType::Integer, missing: true },
            _ => Known::Anything,
        }
    }
}

/// What is known of a setting: one that is null or empty counts as not given.
fn setting(spec: &SettingSpec) -> Known {
    let is_given = spec.default.as_ref().is_some_and(|default| !is_absent(&default.value));
    let missing = !(is_given || spec.required && spec.when.is_none());
    if !spec.one_of.is_empty() && !spec.one_of.iter().any(is_absent) {
        return Known::OneOf { values: ValueSet::of(spec.one_of.iter().cloned()), missing };
    }
    match spec.kind {
        Some(SettingType::Boolean) => Known::OneOf { values: booleans(), missing },
        Some(kind) if kind.is_written() => Known::Typed { kind: SettingType::Text, missing },
        Some(kind) => Known::Typed { kind, missing },
        None if missing => Known::Anything,
        None => Known::Present,
    }
}

/// Whether a row can be seen not to reject an event. One that would is absent in some conditions.
fn cannot_fail(row: &RowSpec) -> bool {
    let named = matches!(&row.form, Form::Source(source) if match &source.value {
        Source::Named(_) => true,
        Source::Path(path) => path.root == Root::Payload,
    });
    let converts = !row.conversions.is_empty() && row.on_error == OnError::Reject;
    !named
        && !converts
        && row.on_missing != OnMissing::Reject
        && row.inside().iter().all(|(_, row)| cannot_fail(row))
}

/// Whether a row always has a value, where `holds` says whether the conditions of a row always hold.
pub(crate) fn has_value(knows: Knows<'_, '_>, row: &RowSpec, holds: Holds<'_>) -> bool {
    let Some(knows) = knows.deeper() else { return false };
    if !holds(knows, row) {
        return false;
    }
    match &row.default {
        Some(DefaultSpec::Value(value)) if !is_absent(value) => return true,
        Some(DefaultSpec::Row(row)) if has_value(knows, row, holds) => return true,
        _ => {}
    }
    // null is written, which readers take for absent
    if row.on_missing == OnMissing::Null {
        return false;
    }
    if !row.conversions.is_empty() {
        let is_time = matches!(&row.form, Form::Source(source)
            if matches!(&source.value, Source::Path(path) if path.root == Root::Now));
        return is_time && row.conversions.iter().all(|call| OF_TIMES.contains(&call.name.value.as_str()));
    }
    let any = |rows: &[RowSpec]| rows.iter().any(|row| has_value(knows, row, holds));
    match &row.form {
        Form::Source(source) => is_given(knows, &source.value),
        Form::Value(value) => !is_absent(value),
        Form::First { alternatives, key: None } => any(alternatives),
        Form::Template(template) => {
            let text = |part: &TemplatePart| matches!(part, TemplatePart::Text(text) if !text.is_empty());
            let is_there = |part: &TemplatePart| match part {
                TemplatePart::Text(_) => true,
                TemplatePart::Print(Expr::Name(at)) => {
                    template.names.get(*at).is_some_and(|name| knows.is_given(name))
                }
                _ => false,
            };
            template.parts.iter().all(is_there) && template.parts.iter().any(text)
        }
        Form::Join { parts, .. } | Form::List(parts) => any(parts),
        Form::Object(fields) => fields.iter().any(|(_, row)| has_value(knows, row, holds)),
        Form::Switch { on, cases, otherwise } => {
            let values = match on.form.source().filter(|_| on.is_plain()) {
                Some(source) => knows.source(&source.value),
                None => Known::Anything,
            };
            let all = cases.iter().all(|(_, row)| has_value(knows, row, holds));
            let rest = otherwise.as_ref().is_some_and(|row| has_value(knows, row, holds));
            let covered = match values {
                Known::OneOf { values, missing: false } => values
                    .iter()
                    .all(|value| value.as_str().is_some_and(|text| by_name(cases, text).is_some())),
                _ => false,
            };
            all && (rest || covered)
        }
        Form::First { key: Some(_), .. }
        | Form::Concat(_)
        | Form::Merge(_)
        | Form::Written { .. }
        | Form::RestOf { .. }
        | Form::Computed { .. }
        | Form::Each { .. } => false,
    }
}

/// Whether a source always has a value that a row counts as one.
pub(crate) fn is_given(knows: Knows<'_, '_>, source: &Source) -> bool {
    if let Source::Path(path) = source
        && path.rest.is_none()
        && matches!((path.root, path.steps.as_slice()), (Root::Event, [PathStep::Key(name)]) if name == "type")
    {
        return true;
    }
    match knows.source(source) {
        Known::Present | Known::Typed { missing: false, .. } => true,
        Known::OneOf { values, missing: false } => !values.iter().any(|value: &Value| is_absent(value)),
        _ => false,
    }
}

/// What is the same wherever it is read.
#[derive(Debug, Clone, Copy)]
enum Fixed {
    Row,
    Setting,
    Table,
    Set,
    Kind,
    Event,
    Choice,
}

fn booleans() -> Arc<ValueSet> {
    ValueSet::of([Value::Bool(true), Value::Bool(false)])
}

/// Where something is stated, which tells it from everything else of its type.
fn address<T>(stated: &T) -> usize {
    std::ptr::from_ref(stated).addr()
}
