//! Paths into settings and into the rows of their tables, and what declarations say of what is there.

use std::rc::Rc;

use mapwright_convert::{PathStep, Root, Source};
use mapwright_language::decode::by_name;
use mapwright_language::spec::{Declared, Form, Role, RowSpec, SettingSpec, SettingType};

use crate::facts::types::{Kinds, Type};
use crate::view::{RowId, RowScope, Site, StepId, VersionView};

/// Where something is read: in a row, also by the condition of its own loop, or in a step.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Standpoint {
    /// A row.
    Row(RowId),
    /// The condition of the loop that a row is.
    Loop(RowId),
    /// A step, with the item of its `for_each`.
    Step(StepId),
}

impl Standpoint {
    /// What stands somewhere, and is not the condition of a loop.
    pub(crate) fn of(site: Site) -> Option<Self> {
        match site {
            Site::Row(row) => Some(Standpoint::Row(row)),
            Site::Step(step) | Site::Rule(step, _) | Site::StepWarn(step, _) => Some(Standpoint::Step(step)),
            _ => None,
        }
    }

    /// Returns numbers that tell it from all others.
    pub(crate) fn number(self) -> (usize, usize) {
        match self {
            Standpoint::Row(row) => (1, row.0),
            Standpoint::Loop(row) => (2, row.0),
            Standpoint::Step(step) => (3, step.0),
        }
    }

    /// Returns the place that stands for all from which the same items are read. Nothing, if no item can be read.
    pub(crate) fn of_items(self, around: RowScope<'_, '_>) -> Option<Self> {
        let looping = |step: StepId| around.flow()?.looping(step).map(|_| Standpoint::Step(step));
        let mut at = match self {
            Standpoint::Row(row) => row,
            Standpoint::Loop(_) => return Some(self),
            Standpoint::Step(step) => return looping(step),
        };
        while let Some((parent, role)) = around.rows.row(at)?.parent {
            let is_each = matches!(around.rows.row(parent)?.spec.form, Form::Each { .. });
            if is_each && matches!(role, Role::EachTo | Role::Key) {
                return Some(Standpoint::Row(at));
            }
            at = parent;
        }
        looping(around.rows.place_of(at)?.step_with_item()?)
    }
}

/// What declarations say of a path that something reads. Nothing, if they do not say it.
pub(crate) fn declared<'c>(
    version: &VersionView<'c>,
    around: RowScope<'_, 'c>,
    reader: Option<Standpoint>,
    (root, steps): (Root, &[PathStep]),
) -> Option<Declared<'c>> {
    match (root, steps) {
        (Root::Settings, [PathStep::Key(name), inside @ ..]) => {
            by_name(&version.destination.spec.settings, name)?.follow(inside)
        }
        (Root::Item, inside) => Declared::Row(table(version, around, reader, None)?).follow(inside),
        (Root::Event, [PathStep::Key(name), inside @ ..]) => {
            Declared::Row(table(version, around, reader, Some(name))?).follow(inside)
        }
        _ => None,
    }
}

/// What declarations say of the values that a row reads. Nothing, if they do not say it.
pub(crate) fn configured(
    version: &VersionView<'_>,
    around: RowScope<'_, '_>,
    id: RowId,
    source: &Source,
) -> Option<Type> {
    let Source::Path(path) = source else { return None };
    let read = (path.root, path.steps.as_slice());
    match declared(version, around, Some(Standpoint::Row(id)), read).filter(|_| path.rest.is_none())? {
        Declared::Value(spec) if matches!(read, (Root::Settings, [_])) => Some(setting(spec)),
        Declared::Value(spec) => Some(setting(spec).or_absent()),
        Declared::Row(_) => Some(Type::of(Kinds::OBJECT).or_absent()),
        Declared::Nothing { .. } => None,
    }
}

/// The table of which the item of a name, or the one without a name, is a row.
fn table<'c>(
    version: &VersionView<'c>,
    around: RowScope<'_, 'c>,
    reader: Option<Standpoint>,
    name: Option<&String>,
) -> Option<&'c SettingSpec> {
    let (mut at, mut has_item) = match reader? {
        Standpoint::Row(row) => (row, false),
        Standpoint::Loop(row) => (row, true),
        Standpoint::Step(step) => return looped(version, around, step).filter(|_| name.is_none()),
    };
    loop {
        let row = around.rows.row(at)?;
        if let Form::Each { list, name: own, .. } = &row.spec.form
            && has_item
            && own.as_ref().map(|own| &own.value) == name
        {
            return listed(version, around, Some(Standpoint::Row(at)), list);
        }
        let Some((parent, role)) = row.parent else { break };
        (at, has_item) = (parent, matches!(role, Role::EachTo | Role::Key));
    }
    let step = around.rows.place_of(at)?.step_with_item()?;
    looped(version, around, step).filter(|_| name.is_none())
}

/// The table that `for_each` of a step, or of the nearest group around it, goes through.
fn looped<'c>(version: &VersionView<'c>, around: RowScope<'_, 'c>, step: StepId) -> Option<&'c SettingSpec> {
    let (step, list) = around.flow()?.looping(step)?;
    listed(version, around, step.group.map(Standpoint::Step), list)
}

/// The table that a list is.
fn listed<'c>(
    version: &VersionView<'c>,
    around: RowScope<'_, 'c>,
    reader: Option<Standpoint>,
    list: &RowSpec,
) -> Option<&'c SettingSpec> {
    let Source::Path(path) = &list.form.source().filter(|_| list.only_reads())?.value else { return None };
    match declared(version, around, reader, (path.root, &path.steps)).filter(|_| path.rest.is_none())? {
        Declared::Value(table) if table.is_table() => Some(table),
        _ => None,
    }
}

/// What an operator can configure.
fn setting(spec: &SettingSpec) -> Type {
    let kinds = match spec.kind {
        Some(SettingType::Text | SettingType::Template | SettingType::Path | SettingType::Pattern) => {
            Kinds::TEXT
        }
        Some(SettingType::Integer) => Kinds::INTEGER,
        Some(SettingType::Number) => Kinds::NUMBER,
        Some(SettingType::Boolean) => Kinds::BOOLEAN,
        Some(SettingType::List) => Kinds::LIST,
        Some(SettingType::Object) => Kinds::OBJECT,
        None => Kinds::VALUE,
    };
    let absent = !(spec.required && spec.when.is_none()) && spec.default.is_none();
    match spec.one_of.as_slice() {
        [] if spec.is_table() => {
            Type { absent, items: Some(Rc::new(Type::of(Kinds::OBJECT))), ..Type::of(Kinds::LIST) }
        }
        [] => Type { absent, ..Type::of(kinds) },
        values => Type { absent, ..Type::one_of(values.iter().cloned()) },
    }
}
