//! Fields that a schema requires, and that a body may lack.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use mapwright_findings::{At, Span};
use mapwright_language::spec::{FIELD_ITEMS, FIELD_SPREAD, Form, OnMissing, Role, RowSpec};

use crate::facts::meet::required;
use crate::facts::model::{Fields, MadeOf, Model, PathKey, SOMEBODY, Tri};
use crate::facts::sent::{Sent, Target};
use crate::schema::{Spot, takes};
use crate::view::{FlowView, Place, RowId, RowScope, RowView, Rows, VersionView, is_items};

/// Fields that a body lacks, or may lack.
#[derive(Debug)]
pub struct Lack {
    /// Their names, as paths in the body.
    pub names: Vec<String>,
    /// Whether one of them is enough.
    pub any: bool,
    /// The operation.
    pub operation: String,
    /// Where to report: a field that may be missing, or what is around those that are.
    pub span: Span,
    /// Whether the body never has them.
    pub always: bool,
    /// The settings that are not given, if that is why.
    pub unset: Vec<String>,
    /// Whether the body is that of a batch.
    pub together: bool,
}

/// The maximum number of rows of a mapping that are analyzed for missing fields.
const MOST_LOOKED_AT: usize = 300_000;

/// The maximum number of required fields that are checked one by one.
const MOST_REQUIRED: usize = 12;

/// So many of the other fields of an object are there.
const MOST_OTHERS: usize = 20;

/// An object of a body: its fields with their rows, and where it is reported.
struct Object<'o, 'v> {
    target: &'o Target<'v>,
    spot: &'o Spot<'v>,
    /// Fields and their rows.
    fields: BTreeMap<&'o str, (RowId, Span)>,
    /// Whether other members may come from somewhere.
    spread: Vec<RowId>,
    span: Span,
    path: &'o [String],
    /// The row of the object itself, if it is not the body.
    row: Option<RowId>,
}

/// All fields that are missing, or may be.
pub(crate) fn lacks(
    version: &VersionView<'_>,
    flow: &FlowView<'_>,
    targets: &[Rc<Target<'_>>],
    sent: &[Sent<'_>],
) -> Vec<Lack> {
    let (mut found, left) = (Vec::new(), Cell::new(MOST_LOOKED_AT));
    let rejects = |row: &RowView<'_>| row.spec.on_missing == OnMissing::Reject;
    let rows = flow.rows.rows.iter().enumerate().filter(|(_, row)| rejects(row)).map(|(at, _)| RowId(at));
    let rejecting: Vec<RowId> = rows.filter(|row| flow.rows.is_reached(*row)).collect();
    for target in targets {
        let Some(step) = target.step else { continue };
        let (step, spot) = (&step, &target.whole);
        let Some(view) = flow.step(*step) else { continue };
        let (mut fields, mut spread) = (BTreeMap::new(), Vec::new());
        for root in flow.body_roots(*step) {
            let Some(row) = flow.rows.root(root).map(|root| RowId(root.rows.start)) else { continue };
            match flow.rows.field_name(row) {
                Some(name) => drop(fields.insert(name.value.as_str(), (row, name.span))),
                None => spread.push(row),
            }
        }
        let mut roots = flow.body_roots(*step).into_iter().filter_map(|root| flow.rows.root(root));
        if roots.any(|root| matches!(root.place, Place::Part(_, name) | Place::Body(_, name) if name.value == FIELD_ITEMS)) {
            continue;
        }
        let object = Object { target, spot, fields, spread, span: view.name.span, path: &[], row: None };
        look(version, flow, &object, (&rejecting, &left), &mut found);
    }
    for object in objects(&flow.rows, sent) {
        look(version, flow, &object, (&rejecting, &left), &mut found);
    }
    found
}

/// Fields that the schemas of the bodies of batches require, and that bodies lack or may lack.
pub(crate) fn lacks_together(version: &VersionView<'_>, sent: &[Sent<'_>]) -> Vec<Lack> {
    let (around, left) = (RowScope::shared(&version.rows), Cell::new(MOST_LOOKED_AT));
    let lack = |object: Object<'_, '_>| {
        let groups = object.groups()?;
        if let Some(never) = object.never(&groups) {
            return Some(never);
        }
        let model = |unset| {
            let fields = Fields { all: true, but: BTreeSet::new(), unset };
            Model { version, around, fields, rejecting: &[], left: &left }
        };
        let names: BTreeSet<&str> = groups.iter().flatten().copied().take(MOST_REQUIRED).collect();
        let made_of = |name: &&str| {
            let row = object.fields.get(*name)?.0;
            Some(Model::made_of(version, around, row).settings).filter(|settings| !settings.is_empty())
        };
        let each: Vec<BTreeSet<String>> = names.iter().filter_map(made_of).collect();
        let all: BTreeSet<String> = each.iter().flatten().cloned().collect();
        for unset in each.into_iter().chain([all]) {
            let model = model(unset);
            let is_there = object.row.is_none_or(|row| model.row(row, 0) == Tri::Yes);
            if let Some(lacked) = object.lacked(&groups, &model).filter(|_| is_there) {
                return Some(object.uncertain(lacked, &model));
            }
        }
        // no item of a batch may be one of those that a list is of
        let is_filtered = |name: &&str| {
            let row = object.fields.get(*name).and_then(|(row, _)| around.rows.row(*row));
            row.is_some_and(|row| is_some_items(row.spec))
        };
        let model = model(BTreeSet::new());
        let name = names.iter().copied().filter(is_filtered);
        let mut name = name.filter(|name| groups.iter().all(|group| group.contains(name)));
        Some(object.uncertain(vec![vec![name.next()?]], &model))
    };
    objects(&version.rows, sent).filter_map(lack).collect()
}

/// Whether a row is a list of those items of a batch for which a condition holds.
fn is_some_items(row: &RowSpec) -> bool {
    let is_filtered =
        matches!(&row.form, Form::Each { list, filter: Some(_), key: None, .. } if is_items(list));
    is_filtered && row.default.is_none() && row.on_missing == OnMissing::Omit && row.keep.is_empty()
}

/// The objects that rows of bodies make, each as a whole.
fn objects<'o, 'v>(rows: &'o Rows<'_>, sent: &'o [Sent<'v>]) -> impl Iterator<Item = Object<'o, 'v>> {
    let of = |sent: &'o Sent<'v>| {
        let row = rows.row(sent.row)?;
        let is_whole = !is_part_of_another(rows, sent.row);
        if !matches!(row.spec.form, Form::Object(_)) || !row.calls.is_empty() || !is_whole {
            return None;
        }
        let (mut fields, mut spread) = (BTreeMap::new(), Vec::new());
        for inner in &row.inside {
            match rows.row(*inner).and_then(|row| row.parent) {
                Some((_, Role::Field(At { value, span }))) if value != FIELD_SPREAD => {
                    fields.insert(value.as_str(), (*inner, *span));
                }
                Some((_, Role::Field(_))) => spread.push(*inner),
                _ => {}
            }
        }
        let span = rows.field_name(sent.row).map_or(row.spec.span, |name| name.span);
        let (target, spot, path) = (&*sent.target, &sent.spot, &*sent.path);
        Some(Object { target, spot, fields, spread, span, path, row: Some(sent.row) })
    };
    sent.iter().filter(|sent| sent.read_by.is_none() && !sent.spot.is_closed()).filter_map(of)
}

/// Whether the members of an object are some of those of an object around it, which has others from elsewhere.
fn is_part_of_another(rows: &Rows<'_>, row: RowId) -> bool {
    let mut at = row;
    while let Some((parent, role)) = rows.row(at).and_then(|row| row.parent) {
        match role {
            Role::MergePart(_) => return true,
            Role::Field(name) => return name.value == FIELD_SPREAD,
            Role::Item(_) | Role::EachTo | Role::ComputedTo => return false,
            _ => at = parent,
        }
    }
    false
}

impl Object<'_, '_> {
    /// What each alternative of the schema requires; nothing, if one requires nothing.
    fn groups(&self) -> Option<Vec<BTreeSet<&str>>> {
        // a value that is not an object has no members to lack
        let is_object = |schemas: &&Vec<&serde_json::Map<String, serde_json::Value>>| {
            schemas.iter().all(|schema| takes(schema, "object"))
        };
        // a body that several share wants it of the whole item
        let shared =
            self.target.shared.iter().copied().filter(|_| self.path.is_empty() && self.row.is_none());
        let shared: BTreeSet<&str> = shared.collect();
        let groups: Vec<BTreeSet<&str>> = self
            .spot
            .alternatives
            .iter()
            .filter(is_object)
            .map(|schemas| {
                schemas.iter().flat_map(|schema| required(schema)).chain(shared.iter().copied()).collect()
            })
            .collect();
        (!groups.is_empty() && !groups.iter().any(BTreeSet::is_empty)).then_some(groups)
    }

    /// Returns the members that the body never has, if it lacks some in each alternative.
    fn never(&self, groups: &[BTreeSet<&str>]) -> Option<Lack> {
        // a row that never gives a value has a finding of its own
        let never = |name: &&&str| !self.fields.contains_key(**name) && self.spread.is_empty();
        let missing = groups.iter().map(|group| group.iter().filter(never).copied().collect::<Vec<&str>>());
        let missing: Vec<Vec<&str>> = missing.collect();
        missing.iter().all(|names| !names.is_empty()).then(|| self.lack(shown(missing), self.span, true))
    }

    /// Returns the required members that the body lacks, by alternative, if it lacks some in all of them.
    fn lacked<'g>(&self, groups: &[BTreeSet<&'g str>], model: &Model<'_, '_>) -> Option<Vec<Vec<&'g str>>> {
        let spread = self.spread.iter().map(|row| model.row(*row, 0).min(Tri::Maybe)).max();
        let has = |name: &str| {
            let own = self.fields.get(name).map(|(row, _)| model.row(*row, 0));
            own.into_iter().chain(spread).max().unwrap_or(Tri::No)
        };
        let lacked =
            groups.iter().map(|group| group.iter().copied().filter(|name| has(name) == Tri::No).collect());
        let lacked: Vec<Vec<&str>> = lacked.collect();
        lacked.iter().all(|names| !names.is_empty()).then_some(lacked)
    }

    /// Returns the required members that some bodies lack.
    fn uncertain(&self, lacked: Vec<Vec<&str>>, model: &Model<'_, '_>) -> Lack {
        let least = shown(lacked);
        let first = least.0.iter().find_map(|name| self.fields.get(*name)).map(|(_, span)| *span);
        let unset = model.fields.unset.iter().cloned().collect();
        Lack { unset, ..self.lack(least, first.unwrap_or(self.span), false) }
    }

    fn lack(&self, (names, any): (Vec<&str>, bool), span: Span, always: bool) -> Lack {
        let path =
            |name: &str| self.path.iter().map(String::as_str).chain([name]).collect::<Vec<_>>().join(".");
        let operation = self.target.operation.to_owned();
        let (names, together) = (names.into_iter().map(path).collect(), self.target.step.is_none());
        Lack { names, any, operation, span, always, unset: Vec::new(), together }
    }
}

fn look(
    version: &VersionView<'_>,
    flow: &FlowView<'_>,
    object: &Object<'_, '_>,
    (rejecting, left): (&[RowId], &Cell<usize>),
    found: &mut Vec<Lack>,
) {
    let Some(groups) = object.groups() else { return };
    if let Some(never) = object.never(&groups) {
        found.push(never);
        return;
    }
    let names: BTreeSet<&str> = groups.iter().flatten().copied().collect();
    if names.len() > MOST_REQUIRED || left.get() == 0 {
        return;
    }
    let around = RowScope::of_flow(flow);
    let models = models(version, around, object, &names);
    let model = |fields| Model { version, around, fields, rejecting, left };
    // what an event without any field has, others have too
    let nothing = models.iter().flat_map(|fields| fields.unset.iter().cloned()).collect();
    if object.lacked(&groups, &model(Fields { all: false, but: BTreeSet::new(), unset: nothing })).is_none() {
        return;
    }
    for fields in models {
        let model = model(fields);
        let Some(lacked) = object.lacked(&groups, &model) else { continue };
        let is_there = object.row.is_none_or(|row| model.row(row, 0) == Tri::Yes);
        if is_there && object.target.step.is_some_and(|step| model.is_made(step)) && model.is_mapped() {
            found.push(object.uncertain(lacked, &model));
            return;
        }
    }
}

/// What to report of what each alternative lacks: the names, one of which is enough if each lacks a single one; else those of the alternative that lacks least.
fn shown(lacked: Vec<Vec<&str>>) -> (Vec<&str>, bool) {
    let singles: BTreeSet<&str> = lacked.iter().flatten().copied().collect();
    if singles.len() > 1 && lacked.iter().all(|names| names.len() == 1) {
        return (singles.into_iter().collect(), true);
    }
    (lacked.into_iter().min_by_key(Vec::len).unwrap_or_default(), false)
}

/// Events that may lack what is required: with no field; without those that the required ones are made of, one by one and all together, with all others
/// or with only those that are asked for; and then the same where the settings are not given that the required ones are made of.
fn models(
    version: &VersionView<'_>,
    around: RowScope<'_, '_>,
    object: &Object<'_, '_>,
    names: &BTreeSet<&str>,
) -> Vec<Fields> {
    let of_field = |name: &str| match object.fields.get(name) {
        Some((row, _)) => Model::made_of(version, around, *row),
        None => MadeOf::default(),
    };
    let made_of: Vec<MadeOf> = names.iter().map(|name| of_field(name)).collect();
    let together: BTreeSet<PathKey> = made_of.iter().flat_map(|made| &made.paths).cloned().collect();
    let unset: BTreeSet<String> = made_of.iter().flat_map(|made| &made.settings).cloned().collect();
    let given = |all, but| Fields { all, but, unset: BTreeSet::new() };
    let without = |paths: &BTreeSet<PathKey>| given(true, paths.clone());
    // another field of the object is there
    let others = object.fields.keys().filter(|name| !names.contains(*name)).take(MOST_OTHERS);
    let others: BTreeSet<PathKey> = others.flat_map(|name| of_field(name).paths).collect();
    let somebody = SOMEBODY.map(|name| vec![name.to_owned()]);
    let only = |paths: &BTreeSet<PathKey>| {
        let asked_for = together.iter().chain(&others).chain(&somebody);
        given(false, asked_for.filter(|path| !paths.contains(*path)).cloned().collect())
    };
    let mut all = vec![only(&BTreeSet::new()), given(false, somebody.iter().take(1).cloned().collect())];
    for paths in made_of.iter().map(|made| &made.paths).chain([&together]) {
        all.extend([without(paths), only(paths)]);
    }
    if !unset.is_empty() {
        all.push(without(&BTreeSet::new()));
        let bare = all.iter().map(|fields| Fields { unset: unset.clone(), ..fields.clone() });
        let bare: Vec<Fields> = bare.collect();
        all.extend(bare);
    }
    all
}
