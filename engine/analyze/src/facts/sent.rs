//! Which rows go into which bodies, and what the schemas of these bodies say there.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashSet};
use std::rc::Rc;

use mapwright_convert::{PathStep, Root, Source};
use mapwright_findings::At;
use mapwright_language::decode::by_name;
use mapwright_language::spec::{FIELD_SPREAD, Form, Role, RowSpec};

use crate::facts::items::Wanted;
use crate::schema::{PointerStep, Schema, Spot};
use crate::view::{FlowView, Place, RootId, RowId, RowScope, StepId, StepView, VersionView, is_property};

/// A body that has a schema.
#[derive(Debug)]
pub struct Target<'v> {
    /// The step that sends it; none sends the body of a batch alone.
    pub step: Option<StepId>,
    /// The operation that the step calls.
    pub operation: &'v str,
    /// The file of the schema.
    pub file: &'v str,
    /// The schema.
    pub schema: &'v Schema,
    /// The part of the schema for the body, or for the item that the body is.
    pub whole: Spot<'v>,
    /// The members of the item that required fields of a shared body are made of.
    pub shared: BTreeSet<&'v str>,
    /// Whether the body is a list of arguments, none of which is omitted.
    pub keeps_places: bool,
}

/// A row in such a body.
#[derive(Debug)]
pub struct Sent<'v> {
    /// The row.
    pub row: RowId,
    /// The body.
    pub target: Rc<Target<'v>>,
    /// What the schema says where the value goes; without alternatives, if it allows nothing there.
    pub spot: Spot<'v>,
    /// Whether the value is of the row itself, and not of the rows inside of it or of a named value.
    pub is_leaf: bool,
    /// The row of the body that reads it, if it is in a named value or in another field.
    pub read_by: Option<RowId>,
    /// The names that the schema lists around it, where it is a field that no alternative lists.
    pub listed: Rc<[&'v str]>,
    /// The names on the way to it, from the body.
    pub path: Rc<[String]>,
}

/// All bodies that have a schema.
pub(crate) fn targets<'v>(version: &'v VersionView<'_>, flow: &'v FlowView<'_>) -> Vec<Rc<Target<'v>>> {
    let target = |(at, step): (usize, &'v StepView<'_>)| {
        let (name, operation) = step.operation?;
        let keeps_places = operation.call.is_some();
        if step.spec.body.is_none() && !keeps_places {
            return None;
        }
        let own = operation.step_schema().and_then(|file| {
            let schema = version.schemas.get(version.version, &file.value)?;
            Some((file.value.as_str(), schema, schema.whole()?))
        });
        let wanted = Wanted::of(operation, version.version, &version.schemas);
        let (shared, item) = match wanted {
            Some(Wanted { file, schema, item, members }) => (members, Some((file, schema, item))),
            None => (BTreeSet::new(), None),
        };
        let (file, schema, whole) = own.or(item)?;
        let step = Some(StepId(at));
        Some(Rc::new(Target { step, operation: &name.value, file, schema, whole, shared, keeps_places }))
    };
    flow.steps.iter().enumerate().filter_map(target).collect()
}

/// All rows whose values go into bodies as they are; those inside of a row that converts them do not.
pub(crate) fn sent<'v>(flow: &'v FlowView<'_>, targets: &[Rc<Target<'v>>]) -> Vec<Sent<'v>> {
    let mut all = Vec::new();
    for target in targets {
        let roots = target.step.map(|step| flow.body_roots(step)).unwrap_or_default();
        descend(RowScope::of_flow(flow), target, &roots, &mut all);
    }
    all
}

/// All rows whose values go into the bodies of batches.
pub(crate) fn sent_together<'v>(version: &'v VersionView<'_>) -> Vec<Sent<'v>> {
    let mut all = Vec::new();
    for (at, root) in version.rows.roots.iter().enumerate() {
        let Place::BatchBody(name) = root.place else { continue };
        let operations = &version.version.spec.operations;
        let Some(own) = by_name(operations, name) else { continue };
        let many = own.batch.as_ref().and_then(|batch| batch.operation.as_ref());
        let (operation, sent) = match many {
            None => (name, Some(own)),
            Some(many) => (many.value.as_str(), by_name(operations, &many.value)),
        };
        let Some(file) = sent.and_then(|sent| sent.schema.as_ref()) else { continue };
        let Some(schema) = version.schemas.get(version.version, &file.value) else { continue };
        let Some(whole) = schema.whole() else { continue };
        let (file, shared) = (file.value.as_str(), BTreeSet::new());
        let target = Target { step: None, operation, file, schema, whole, shared, keeps_places: false };
        let target = Rc::new(target);
        descend(RowScope::shared(&version.rows), &target, &[RootId(at)], &mut all);
    }
    all
}

/// Adds the rows of a body.
fn descend<'v>(around: RowScope<'v, '_>, target: &Rc<Target<'v>>, roots: &[RootId], all: &mut Vec<Sent<'v>>) {
    let listed = Listed::new();
    for root in roots {
        let mut descent = Descent {
            around,
            target,
            all,
            seen: HashSet::new(),
            read_by: None,
            listed: Rc::from([]),
            path: Vec::new(),
        };
        descent.root(*root, (&target.whole, &listed));
    }
}

/// The maximum number of rows of the bodies of a mapping that are analyzed; those of values count once for each place that reads them.
const MOST_SENT: usize = 100_000;

/// So many names that a schema lists are compared.
const MOST_LISTED: usize = 1_000;

/// Values that read values are followed so far.
const MOST_READ: usize = 8;

/// The names that the schema of an object lists, once they are needed.
type Listed<'v> = OnceCell<Rc<[&'v str]>>;

fn all_listed<'v>(spot: &Spot<'v>) -> Rc<[&'v str]> {
    let mut names = spot.properties();
    names.truncate(MOST_LISTED);
    names.into()
}

struct Descent<'d, 'v, 'c> {
    around: RowScope<'v, 'c>,
    target: &'d Rc<Target<'v>>,
    all: &'d mut Vec<Sent<'v>>,
    /// The rows of other fields and values that have been gone into.
    seen: HashSet<RootId>,
    read_by: Option<RowId>,
    listed: Rc<[&'v str]>,
    path: Vec<String>,
}

impl<'v> Descent<'_, 'v, '_> {
    fn root(&mut self, root: RootId, whole: (&Spot<'v>, &Listed<'v>)) {
        let Some(root) = self.around.rows.root(root) else { return };
        let row = RowId(root.rows.start);
        match root.place {
            Place::Part(_, name) | Place::Body(_, name) if is_property(name) => {
                self.step(row, whole, PointerStep::Field(&name.value));
            }
            // its members or items are those of the body
            _ => self.row(row, whole.0.clone()),
        }
    }

    fn step(&mut self, row: RowId, outer: (&Spot<'v>, &Listed<'v>), step: PointerStep<'_>) {
        let (outer, listed) = outer;
        if let Some(spot) = self.target.schema.child(outer, step) {
            self.path.push(match step {
                PointerStep::Field(name) => name.to_owned(),
                PointerStep::Item(at) => at.to_string(),
                PointerStep::EachItem | PointerStep::EachMember => "*".to_owned(),
            });
            self.listed = match step {
                PointerStep::Field(name) if !outer.lists(name) => {
                    listed.get_or_init(|| all_listed(outer)).clone()
                }
                _ => Rc::from([]),
            };
            self.row(row, spot);
            self.path.pop();
        }
    }

    /// The fields of the part that a row reads, if it reads all of it.
    fn read_part(&self, spec: &RowSpec) -> Vec<RootId> {
        let Form::Source(At { value: Source::Path(path), .. }) = &spec.form else { return Vec::new() };
        match (path.root, path.steps.as_slice()) {
            (Root::Payload, [PathStep::Key(part)]) if path.rest.is_none() => self.around.part_roots(part),
            _ => Vec::new(),
        }
    }

    /// The named value or the field that a row reads, if it reads all of it.
    fn read_whole(&self, spec: &RowSpec) -> Option<RootId> {
        let Form::Source(source) = &spec.form else { return None };
        match &source.value {
            Source::Named(named) if named.steps.is_empty() => self.around.value_root(&named.name),
            Source::Path(path) if path.root == Root::Payload && path.rest.is_none() => {
                match path.steps.as_slice() {
                    [PathStep::Key(part), PathStep::Key(field)] if !self.around.has_spread(part) => {
                        self.around.field_root(part, field)
                    }
                    _ => None,
                }
            }
            Source::Named(_) | Source::Path(_) => None,
        }
    }

    fn row(&mut self, id: RowId, spot: Spot<'v>) {
        let Some(row) = self.around.rows.row(id).filter(|_| self.all.len() < MOST_SENT) else { return };
        let elsewhere = self.read_whole(row.spec).filter(|_| row.calls.is_empty());
        let part = if row.calls.is_empty() { self.read_part(row.spec) } else { Vec::new() };
        let is_list_of_rows =
            matches!(row.spec.form, Form::First { key: None, .. } | Form::Switch { .. } | Form::Merge(_));
        self.all.push(Sent {
            row: id,
            target: self.target.clone(),
            spot: spot.clone(),
            is_leaf: elsewhere.is_none() && part.is_empty() && !(row.calls.is_empty() && is_list_of_rows),
            read_by: self.read_by,
            listed: std::mem::replace(&mut self.listed, Rc::from([])),
            path: self.path.as_slice().into(),
        });
        if spot.is_closed() {
            return;
        }
        if let Some(root) = elsewhere
            && self.seen.len() < MOST_READ
            && self.seen.insert(root)
            && let Some(start) = self.around.rows.root(root).map(|root| RowId(root.rows.start))
        {
            let outer = self.read_by;
            self.read_by = outer.or(Some(id));
            self.row(start, spot.clone());
            self.read_by = outer;
            self.seen.remove(&root);
        }
        let listed = Listed::new();
        let here = (&spot, &listed);
        for root in part {
            if self.seen.len() < MOST_READ && self.seen.insert(root) {
                self.root(root, here);
                self.seen.remove(&root);
            }
        }
        for inner in &row.inside {
            let Some((_, role)) = self.around.rows.row(*inner).and_then(|row| row.parent) else { continue };
            // a default is not converted
            if !row.calls.is_empty() && !matches!(role, Role::Default) {
                continue;
            }
            match role {
                Role::Alternative(_) if matches!(row.spec.form, Form::First { key: Some(_), .. }) => {}
                Role::Alternative(_)
                | Role::Case(_)
                | Role::Otherwise
                | Role::MergePart(_)
                | Role::Default => {
                    self.row(*inner, spot.clone());
                }
                Role::Field(name) if name.value == FIELD_SPREAD => self.row(*inner, spot.clone()),
                Role::Field(name) => self.step(*inner, here, PointerStep::Field(&name.value)),
                Role::Item(at) if self.target.keeps_places && self.path.is_empty() => {
                    self.step(*inner, here, PointerStep::Item(at));
                }
                // an omitted item moves the others
                Role::Item(_) => self.step(*inner, here, PointerStep::EachItem),
                Role::EachTo => {
                    let of_object = matches!(&row.spec.form, Form::Each { key: Some(_), .. });
                    self.step(*inner, here, PointerStep::each(of_object));
                }
                Role::ComputedTo => self.step(*inner, here, PointerStep::EachMember),
                Role::Key
                | Role::JoinPart(_)
                | Role::ConcatPart(_)
                | Role::EachList
                | Role::Template
                | Role::With(_)
                | Role::SwitchOn
                | Role::Operand(_) => {}
            }
        }
    }
}
