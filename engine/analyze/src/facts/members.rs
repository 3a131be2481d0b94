//! Which members the bodies of mappings can have, as far as their rows say.

use std::collections::BTreeSet;

use mapwright_convert::{PathStep, Root, Source};
use mapwright_findings::At;
use mapwright_language::catalog::Mapping;
use mapwright_language::spec::{DefaultSpec, FIELD_ITEMS, FIELD_SPREAD, Form, Role};
use serde_json::Value;

use crate::view::{FlowView, Place, RowId, RowScope, RowView, StepId, VersionView};

/// So many rows are looked at for a path; beyond that anything may be there.
const MOST_ROWS: usize = 10_000;

/// Values that read values are followed so far.
const DEEPEST: usize = 30;

/// A member that no body has.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct UnknownMember<'v> {
    /// Its position among the steps of the path.
    pub at: usize,
    /// Its name.
    pub name: &'v str,
    /// The members that there are in its place.
    pub known: Vec<&'v str>,
}

/// The bodies that the steps of one operation send.
pub(crate) struct Bodies<'v, 'c> {
    of: Vec<(&'v FlowView<'c>, StepId)>,
}

/// A member, or the members of what is spread.
type MemberRow<'v, 'c> = (RowScope<'v, 'c>, RowId);

/// The members of objects: their names, and those of the name that is looked for.
struct Level<'v, 'c, 'n> {
    name: &'n str,
    known: BTreeSet<&'v str>,
    found: Vec<MemberRow<'v, 'c>>,
    left: usize,
}

impl<'v, 'c> Bodies<'v, 'c> {
    /// Those of an operation; nothing, if no step sends one.
    pub(crate) fn of(version: &'v VersionView<'c>, operation: &str) -> Option<Self> {
        let calls = |flow: &'v FlowView<'c>| {
            let steps = flow.steps.iter().enumerate();
            let calling =
                steps.filter(|(_, step)| step.operation.is_some_and(|(name, _)| name.value == operation));
            calling.map(|(at, _)| (flow, StepId(at))).collect::<Vec<_>>()
        };
        let of: Vec<_> = version.flows.iter().flat_map(calls).collect();
        (!of.is_empty()).then_some(Self { of })
    }

    /// Those of all requests of a mapping and its variants, as tests see them; nothing, if they are not all made by rows of steps.
    pub(crate) fn of_mapping(version: &'v VersionView<'c>, mapping: &Mapping) -> Option<Self> {
        let flows = version.flows.iter().filter(|flow| std::ptr::eq(flow.mapping, mapping));
        let mut of = Vec::new();
        for flow in flows {
            for (at, step) in flow.steps.iter().enumerate() {
                let Some((_, operation)) = step.operation else { continue };
                if operation.batch.is_some() || operation.call.is_some() {
                    return None;
                }
                if step.spec.body.is_some() {
                    of.push((flow, StepId(at)));
                }
            }
        }
        (!of.is_empty()).then_some(Self { of })
    }

    /// The first member on a path that none of the bodies can have.
    pub(crate) fn lack<'p>(&self, steps: &'p [PathStep]) -> Option<UnknownMember<'p>>
    where
        'v: 'p,
    {
        let mut all: Option<Vec<MemberRow<'v, 'c>>> = None;
        let mut left = MOST_ROWS;
        for (at, step) in steps.iter().enumerate() {
            let PathStep::Key(name) = step else { return None };
            let mut level = Level { name, known: BTreeSet::new(), found: Vec::new(), left };
            let is_known = match &all {
                None => self.of.iter().all(|(flow, step)| level.body(flow, *step)),
                Some(all) => all.iter().all(|(around, row)| level.members(*around, *row, 0)),
            };
            if !is_known {
                return None;
            }
            if level.found.is_empty() {
                return Some(UnknownMember { at, name, known: level.known.into_iter().collect() });
            }
            (left, all) = (level.left, Some(level.found));
        }
        None
    }
}

/// Each returns whether the members are known.
impl<'v, 'c> Level<'v, 'c, '_> {
    fn body(&mut self, flow: &'v FlowView<'c>, step: StepId) -> bool {
        let roots = flow.body_roots(step);
        let around = RowScope::of_flow(flow);
        !roots.is_empty()
            && roots.into_iter().all(|root| {
                let Some(root) = around.rows.root(root) else { return false };
                let row = RowId(root.rows.start);
                match root.place {
                    Place::Part(_, name) | Place::Body(_, name) => self.field(around, name, row, 0),
                    _ => false,
                }
            })
    }

    fn field(&mut self, around: RowScope<'v, 'c>, name: &'c At<String>, row: RowId, depth: usize) -> bool
    where
        'c: 'v,
    {
        match name.value.as_str() {
            FIELD_SPREAD => self.members(around, row, depth + 1),
            FIELD_ITEMS => false,
            name => {
                self.known.insert(name);
                if name == self.name {
                    self.found.push((around, row));
                }
                true
            }
        }
    }

    /// Adds the members of what a row makes.
    fn members(&mut self, around: RowScope<'v, 'c>, id: RowId, depth: usize) -> bool {
        self.left = self.left.saturating_sub(1);
        let Some(row) = around.rows.row(id).filter(|_| depth < DEEPEST && self.left > 0) else {
            return false;
        };
        let is_plain = |value: &Value| !matches!(value, Value::Object(members) if !members.is_empty());
        let default = match &row.spec.default {
            None => true,
            Some(DefaultSpec::Value(value)) => is_plain(value),
            Some(DefaultSpec::Row(_)) => {
                self.inside(around, row, depth, |role| matches!(role, Role::Default))
            }
        };
        default
            && row.calls.is_empty()
            && match &row.spec.form {
                Form::Object(_) => {
                    row.inside.iter().all(|id| match around.rows.row(*id).and_then(|row| row.parent) {
                        Some((_, Role::Field(name))) => self.field(around, name, *id, depth),
                        _ => true,
                    })
                }
                Form::First { key: None, .. } | Form::Switch { .. } | Form::Merge(_) => {
                    self.inside(around, row, depth, |role| {
                        matches!(
                            role,
                            Role::Alternative(_) | Role::Case(_) | Role::Otherwise | Role::MergePart(_)
                        )
                    })
                }
                Form::Value(value) => is_plain(value),
                Form::Source(source) => self.read(around, &source.value, depth),
                Form::First { key: Some(_), .. }
                | Form::Template(_)
                | Form::Written { .. }
                | Form::Join { .. }
                | Form::Concat(_)
                | Form::RestOf { .. }
                | Form::Computed { .. }
                | Form::List(_)
                | Form::Each { .. } => false,
            }
    }

    fn inside(
        &mut self,
        around: RowScope<'v, 'c>,
        row: &'v RowView<'c>,
        depth: usize,
        is: impl Fn(&Role<'_>) -> bool,
    ) -> bool {
        row.inside.iter().all(|id| match around.rows.row(*id).and_then(|row| row.parent) {
            Some((_, role)) if is(&role) => self.members(around, *id, depth + 1),
            _ => true,
        })
    }

    /// Adds the members of what is read, if that is a named value, or a field of the payload.
    fn read(&mut self, around: RowScope<'v, 'c>, source: &Source, depth: usize) -> bool {
        let root = match source {
            Source::Named(named) if named.steps.is_empty() => around.value_root(&named.name),
            Source::Path(path) if path.root == Root::Payload && path.rest.is_none() => {
                match path.steps.as_slice() {
                    [PathStep::Key(part), PathStep::Key(field)] if !around.has_spread(part) => {
                        around.field_root(part, field)
                    }
                    _ => None,
                }
            }
            Source::Named(_) | Source::Path(_) => None,
        };
        let root = root.and_then(|root| around.rows.root(root));
        root.is_some_and(|root| self.members(around, RowId(root.rows.start), depth + 1))
    }
}
