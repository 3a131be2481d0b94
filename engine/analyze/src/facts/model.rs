//! An event of which it is known only which fields it has, and what a mapping makes of it.

use std::cell::Cell;
use std::collections::BTreeSet;

use mapwright_check::names::{What, name_read, own_reads};
use mapwright_convert::{PathStep, Root, Source};
use mapwright_language::decode::by_name;
use mapwright_language::spec::{
    Comparison, DefaultSpec, Expr, Expression, FIELD_SPREAD, Form, Keep, Name, Needs, OnMissing, RequireSpec,
    Role, SettingSpec, Test,
};
use serde_json::Value;

use crate::view::{FlowView, RootId, RowId, RowScope, RowView, StepId, VersionView};

/// Whether something holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tri {
    No,
    /// It depends on more than is known.
    Maybe,
    Yes,
}

impl Tri {
    fn of(holds: bool) -> Self {
        if holds { Tri::Yes } else { Tri::No }
    }

    fn not(self) -> Self {
        match self {
            Tri::No => Tri::Yes,
            Tri::Maybe => Tri::Maybe,
            Tri::Yes => Tri::No,
        }
    }
}

/// Which fields an event has: all but some, or only some; and which settings are not given.
#[derive(Debug, Clone)]
pub(crate) struct Fields {
    pub all: bool,
    pub but: BTreeSet<PathKey>,
    pub unset: BTreeSet<String>,
}

/// What a value is made of: paths into the event, and settings that operators need not give.
#[derive(Debug, Default)]
pub(crate) struct MadeOf {
    pub paths: BTreeSet<PathKey>,
    pub settings: BTreeSet<String>,
}

/// A path that can be ordered.
pub(crate) type PathKey = Vec<String>;

/// A path as a key.
pub(crate) fn key(steps: &[PathStep]) -> PathKey {
    steps.iter().map(PathStep::text).collect()
}

impl Fields {
    fn has(&self, steps: &[PathStep]) -> bool {
        let is_same = |(known, step): (&String, &PathStep)| match step {
            PathStep::Key(key) => known == key,
            PathStep::Index(_) => *known == step.text(),
        };
        let agree = |known: &PathKey| known.iter().zip(steps).all(is_same);
        match self.all {
            true => !self.but.iter().any(|known| known.len() <= steps.len() && agree(known)),
            false => self.but.iter().any(|known| known.len() >= steps.len() && agree(known)),
        }
    }
}

/// Fields that every event has when it arrives.
const ALWAYS: [&str; 7] =
    ["type", "messageId", "timestamp", "originalTimestamp", "receivedAt", "sentAt", "channel"];

/// Who an event is of.
pub(crate) const SOMEBODY: [&str; 2] = ["userId", "anonymousId"];

/// Rows that read rows that read rows: what is further away may be there or not.
const DEEPEST: usize = 60;

/// Rows of a mapping, or those that all mappings share, and an event of which only the fields are known: the texts in them are such that conversions take them and conditions hold.
pub(crate) struct Model<'m, 'c> {
    pub version: &'m VersionView<'c>,
    pub around: RowScope<'m, 'c>,
    pub fields: Fields,
    /// The rows that reject an event for which they have no value.
    pub rejecting: &'m [RowId],
    /// The number of rows that may still be analyzed; beyond it, every value may be absent.
    pub left: &'m Cell<usize>,
}

/// A value in a condition.
enum Operand {
    Absent,
    /// Some value that counts as true.
    Present,
    Constant(Value),
    Unknown,
}

impl<'c> Model<'_, 'c> {
    /// Whether the mapping sends the event, as far as that depends on the event alone.
    pub(crate) fn is_mapped(&self) -> bool {
        let Some(flow) = self.around.flow() else { return true };
        let variants = &flow.mapping.variants;
        let own = flow.variant.map(|variant| variant.name.span);
        let before = variants.iter().take_while(|variant| Some(variant.name.span) != own);
        let others_pass = before.into_iter().all(|variant| self.truth(&variant.when) == Tri::No);
        let own_takes = flow.variant.is_none_or(|variant| self.truth(&variant.when) == Tri::Yes);
        let skipped = flow.spec.skip.iter().any(|skip| self.truth(&skip.when) != Tri::No);
        let has_own =
            |id: &RowId| flow.rows.row(*id).is_some_and(|row| self.without_default(row, 0) == Tri::Yes);
        let rejected = !self.rejecting.iter().all(has_own);
        let required = flow.require.iter().all(|require| self.holds(require));
        // by the spec, every event has one of them
        let somebody = SOMEBODY.iter().any(|name| self.fields.has(&[PathStep::Key((*name).to_owned())]));
        somebody && others_pass && own_takes && !skipped && !rejected && required && self.left.get() > 0
    }

    /// Whether a step is made, as far as that depends on the event alone. Nothing has been captured.
    pub(crate) fn is_made(&self, step: StepId) -> bool {
        let mut at = Some(step);
        while let Some(step) = at.and_then(|at| self.around.flow()?.step(at)) {
            let when = step.spec.when.as_ref().is_none_or(|when| self.truth(when) == Tri::Yes);
            let unless = step.spec.unless.as_ref().is_none_or(|unless| self.truth(unless) == Tri::No);
            if !when || !unless || step.spec.for_each.is_some() {
                return false;
            }
            at = step.group;
        }
        true
    }

    fn holds(&self, require: &RequireSpec) -> bool {
        if let Some(when) = &require.when {
            match self.truth(when) {
                Tri::No => return true,
                Tri::Maybe => return false,
                Tri::Yes => {}
            }
        }
        let any = |needs: &[Needs]| needs.iter().any(|need| self.need(need) == Tri::Yes);
        let all = |needs: &[Needs]| needs.iter().all(|need| self.need(need) == Tri::Yes);
        let that = require.that.as_ref().is_none_or(|that| self.truth(that) == Tri::Yes);
        that && (require.any.is_empty() || any(&require.any)) && all(&require.all)
    }

    fn need(&self, need: &Needs) -> Tri {
        match need {
            Needs::Source(source) => self.source(&source.value, 0),
            Needs::Any(needs) => needs.iter().map(|need| self.need(need)).max().unwrap_or(Tri::No),
            Needs::All(needs) => needs.iter().map(|need| self.need(need)).min().unwrap_or(Tri::Yes),
        }
    }

    /// Whether an outermost row has a value.
    pub(crate) fn root(&self, root: RootId, depth: usize) -> Tri {
        self.around.rows.root(root).map_or(Tri::Maybe, |root| self.row(RowId(root.rows.start), depth))
    }

    /// Whether a row has a value.
    pub(crate) fn row(&self, id: RowId, depth: usize) -> Tri {
        self.left.set(self.left.get().saturating_sub(1));
        let is_near = depth <= DEEPEST && self.left.get() > 0;
        let Some(row) = self.around.rows.row(id).filter(|_| is_near) else { return Tri::Maybe };
        let made = self.form(row, depth + 1);
        let made = match &row.spec.default {
            Some(DefaultSpec::Value(_)) => Tri::Yes,
            Some(DefaultSpec::Row(_)) => made.max(self.any(row, |role| matches!(role, Role::Default), depth)),
            None => made,
        };
        // where a condition does not hold, no default counts either
        let made = made.min(self.conditions(row));
        match row.spec.on_missing {
            OnMissing::Omit => made,
            OnMissing::Reject | OnMissing::Null => Tri::Yes,
        }
    }

    fn without_default(&self, row: &RowView<'c>, depth: usize) -> Tri {
        self.form(row, depth + 1).min(self.conditions(row))
    }

    /// Whether the conditions of a row hold.
    fn conditions(&self, row: &RowView<'c>) -> Tri {
        let when = row.spec.when.as_ref().map_or(Tri::Yes, |when| self.truth(when));
        let unless = row.spec.unless.as_ref().map_or(Tri::Yes, |unless| self.truth(unless).not());
        when.min(unless)
    }

    fn any(&self, row: &RowView<'c>, is: impl Fn(&Role<'_>) -> bool, depth: usize) -> Tri {
        self.inside(row, is).map(|id| self.row(id, depth)).max().unwrap_or(Tri::No)
    }

    fn inside(&self, row: &RowView<'c>, is: impl Fn(&Role<'_>) -> bool) -> impl Iterator<Item = RowId> {
        let rows = &self.around.rows;
        let of_role =
            move |id: &RowId| rows.row(*id).and_then(|row| row.parent).is_some_and(|(_, role)| is(&role));
        row.inside.iter().copied().filter(of_role)
    }

    fn form(&self, row: &RowView<'c>, depth: usize) -> Tri {
        // something in an object or a list may be there or not
        let some = |tri: Tri| tri.min(Tri::Maybe);
        match &row.spec.form {
            Form::Source(source) => self.source(&source.value, depth),
            Form::Value(Value::Null) => Tri::of(row.spec.keep.contains(&Keep::Null)),
            Form::Value(Value::String(text)) => {
                Tri::of(!text.is_empty() || row.spec.keep.contains(&Keep::Empty))
            }
            Form::Value(_) => Tri::Yes,
            Form::First { key, .. } => {
                let any = self.any(row, |role| matches!(role, Role::Alternative(_)), depth);
                if key.is_some() { some(any) } else { any }
            }
            Form::Template(template) => {
                let names = template.names.iter().map(|name| self.name(name));
                names.min().unwrap_or(Tri::Yes)
            }
            Form::Written { .. } => some(self.any(row, |role| matches!(role, Role::Template), depth)),
            Form::Join { .. } => self.any(row, |role| matches!(role, Role::JoinPart(_)), depth),
            Form::Concat(_) => some(self.any(row, |role| matches!(role, Role::ConcatPart(_)), depth)),
            Form::Computed { .. } => some(self.any(row, |role| matches!(role, Role::ComputedTo), depth)),
            Form::Merge(_) => some(self.any(row, |role| matches!(role, Role::MergePart(_)), depth)),
            Form::RestOf { sources, .. } => {
                some(sources.iter().map(|source| self.source(&source.value, depth)).max().unwrap_or(Tri::No))
            }
            Form::Object(_) => self.any(row, |role| matches!(role, Role::Field(_)), depth),
            Form::List(_) => self.any(row, |role| matches!(role, Role::Item(_)), depth),
            Form::Each { .. } => some(self.any(row, |role| matches!(role, Role::EachList), depth)),
            Form::Switch { .. } => {
                let on = self.any(row, |role| matches!(role, Role::SwitchOn), depth);
                let otherwise = self.any(row, |role| matches!(role, Role::Otherwise), depth);
                let cases =
                    self.inside(row, |role| matches!(role, Role::Case(_))).map(|id| self.row(id, depth));
                match on {
                    Tri::No => otherwise,
                    _ => cases.fold(otherwise, |all, case| if case == all { all } else { Tri::Maybe }),
                }
            }
        }
    }

    fn source(&self, source: &Source, depth: usize) -> Tri {
        match source {
            Source::Named(named) => self.value(&named.name, &named.steps, depth),
            Source::Path(path) => {
                let found = self.path(path.root, &path.steps, depth);
                if path.rest.is_some() { found.min(Tri::Maybe) } else { found }
            }
        }
    }

    fn value(&self, name: &str, steps: &[PathStep], depth: usize) -> Tri {
        let whole = self.around.value_root(name).map_or(Tri::Maybe, |root| self.root(root, depth));
        if steps.is_empty() { whole } else { whole.min(Tri::Maybe) }
    }

    fn path(&self, root: Root, steps: &[PathStep], depth: usize) -> Tri {
        match (root, steps) {
            (Root::Event, [PathStep::Key(first), ..]) if self.is_always(first) => Tri::Maybe,
            (Root::Event, []) => Tri::Yes,
            (Root::Event, steps) => Tri::of(self.fields.has(steps)),
            (Root::Settings, [PathStep::Key(name), ..]) if self.fields.unset.contains(name) => Tri::No,
            (Root::Settings, [PathStep::Key(name), rest @ ..]) => {
                let spec = by_name(&self.version.destination.spec.settings, name);
                let known = spec.map_or(Tri::Maybe, |spec| {
                    match (&spec.default, spec.required && spec.when.is_none()) {
                        (None, false) => Tri::Maybe,
                        _ => Tri::Yes,
                    }
                });
                if rest.is_empty() { known } else { known.min(Tri::Maybe) }
            }
            (Root::Payload, [PathStep::Key(part), PathStep::Key(field), rest @ ..]) => {
                let found = self.around.field_root(part, field).map(|root| self.root(root, depth));
                let spread = self
                    .around
                    .field_root(part, FIELD_SPREAD)
                    .map(|root| self.root(root, depth).min(Tri::Maybe));
                let found = found.into_iter().chain(spread).max().unwrap_or(Tri::No);
                if rest.is_empty() { found } else { found.min(Tri::Maybe) }
            }
            (Root::Now | Root::Version, _) => Tri::Yes,
            _ => Tri::Maybe,
        }
    }

    /// Whether every event of the mapping has a field.
    fn is_always(&self, field: &str) -> bool {
        let of_type = || match field {
            "event" | "groupId" | "previousId" | "users" | "regulationType" => {
                let messages = self.around.flow().map(FlowView::messages).unwrap_or_default();
                messages.iter().any(|message| crate::event::own_fields(message).any(|known| known == field))
            }
            _ => false,
        };
        ALWAYS.contains(&field) || of_type()
    }

    fn name(&self, name: &Name) -> Tri {
        match name_read(name) {
            Some(What::Value(value, steps)) => self.value(value, steps, 1),
            Some(What::Path(root, steps)) => self.path(root, steps, 1),
            None => Tri::Maybe,
        }
    }

    /// Whether a condition is true.
    fn truth(&self, condition: &Expression) -> Tri {
        self.expr(&condition.expr, condition)
    }

    fn expr(&self, expr: &Expr, of: &Expression) -> Tri {
        match expr {
            Expr::Not(inner) => self.expr(inner, of).not(),
            Expr::And(a, b) => self.expr(a, of).min(self.expr(b, of)),
            Expr::Or(a, b) => self.expr(a, of).max(self.expr(b, of)),
            Expr::Is(inner, test, _) => match (self.operand(inner, of), test) {
                (Operand::Absent, Test::Undefined) | (Operand::Present, Test::Defined) => Tri::Yes,
                (Operand::Present, Test::Undefined | Test::None) => Tri::No,
                (Operand::Absent, Test::None) => Tri::Maybe,
                (Operand::Absent, _) => Tri::No,
                _ => Tri::Maybe,
            },
            Expr::Compare(inner, with) => match (self.operand(inner, of), with.as_slice()) {
                (Operand::Absent, [(Comparison::Eq | Comparison::In, Expr::Const(_) | Expr::List(_))]) => {
                    Tri::No
                }
                (Operand::Constant(value), [(Comparison::Eq, Expr::Const(other))]) => {
                    Tri::of(value == *other)
                }
                _ => Tri::Maybe,
            },
            other => match self.operand(other, of) {
                Operand::Absent => Tri::No,
                Operand::Present => Tri::Yes,
                Operand::Constant(value) => match value {
                    Value::Bool(truth) => Tri::of(truth),
                    Value::Null => Tri::No,
                    Value::String(text) => Tri::of(!text.is_empty()),
                    _ => Tri::Maybe,
                },
                Operand::Unknown => Tri::Maybe,
            },
        }
    }

    fn operand(&self, expr: &Expr, of: &Expression) -> Operand {
        let name = match expr {
            Expr::Const(value) => return Operand::Constant(value.clone()),
            Expr::Name(at) => of.names.get(*at),
            _ => None,
        };
        let Some(name) = name else { return Operand::Unknown };
        match name_read(name) {
            // nothing has been captured yet
            Some(What::Path(Root::Captures, _)) => Operand::Absent,
            Some(What::Path(Root::Settings, [PathStep::Key(name), ..]))
                if self.fields.unset.contains(name) =>
            {
                Operand::Absent
            }
            Some(What::Path(Root::Settings, [PathStep::Key(name)])) => {
                match by_name(&self.version.destination.spec.settings, name) {
                    Some(SettingSpec { default: Some(default), .. }) => {
                        Operand::Constant(default.value.clone())
                    }
                    _ => Operand::Unknown,
                }
            }
            _ => match self.name(name) {
                Tri::No => Operand::Absent,
                Tri::Yes => Operand::Present,
                Tri::Maybe => Operand::Unknown,
            },
        }
    }

    /// Returns the sources of a row, also through others. Each row is visited once.
    pub(crate) fn made_of(version: &VersionView<'_>, around: RowScope<'_, '_>, row: RowId) -> MadeOf {
        let (mut made, mut seen, mut open) = (MadeOf::default(), BTreeSet::new(), vec![row]);
        while let Some(id) = open.pop() {
            let Some(view) = around.rows.row(id).filter(|_| seen.insert(id)) else { continue };
            let mut others = Vec::new();
            own_reads(view.spec, &mut |read| match read.what {
                What::Path(Root::Event, steps) if !steps.is_empty() => drop(made.paths.insert(key(steps))),
                What::Path(Root::Settings, [PathStep::Key(name), ..]) => {
                    let spec = by_name(&version.destination.spec.settings, name);
                    if spec.is_some_and(|spec| !spec.required && spec.default.is_none()) {
                        made.settings.insert(name.clone());
                    }
                }
                What::Path(Root::Payload, [PathStep::Key(part), PathStep::Key(field), ..]) => {
                    others.extend(around.field_root(part, field));
                }
                What::Value(name, _) => others.extend(around.value_root(name)),
                What::Path(..) => {}
            });
            let others = others.into_iter().filter_map(|root| around.rows.root(root));
            open.extend(others.map(|root| RowId(root.rows.start)));
            open.extend(&view.inside);
        }
        made
    }
}
