//! Names in `omit` that the rest would not have anyway, since other rows read them.

use std::collections::{HashMap, HashSet};

use mapwright_convert::{PathStep, Root, Source, parse_path};
use mapwright_findings::At;
use mapwright_findings::rules::useless_omit::{RULE, report};
use mapwright_language::spec::Form;

use crate::everywhere::{Everywhere, Tell};
use crate::view::{FlowView, Place, RootId, RowId, VersionView};

/// What rows read whole.
type Reads<'f> = HashSet<&'f [PathStep]>;

/// Rows of which `rest_of` leaves out what the others read: those of a payload part, or of one row elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Group<'f> {
    Part(&'f str),
    Root(usize),
}

pub(super) fn check(version: &VersionView<'_>, everywhere: &mut Everywhere) {
    for flow in &version.flows {
        let mut rows: HashMap<Group<'_>, Vec<RowId>> = HashMap::new();
        for (at, row) in flow.rows.rows.iter().enumerate() {
            rows.entry(group(flow, row.root)).or_default().push(RowId(at));
        }
        let mut known: HashMap<Group<'_>, Reads<'_>> = HashMap::new();
        for row in &flow.rows.rows {
            let Form::RestOf { sources, omit } = &row.spec.form else { continue };
            let objects: Option<Vec<&[PathStep]>> = sources.iter().map(object).collect();
            let group = group(flow, row.root);
            let rows = rows.get(&group).map(Vec::as_slice).unwrap_or_default();
            let reads = known.entry(group).or_insert_with(|| reads(flow, rows));
            for entry in omit.iter().filter(|entry| is_name(&entry.value)) {
                let step = PathStep::Key(entry.value.clone());
                let is_read = |object: &&[PathStep]| {
                    let path = [*object, std::slice::from_ref(&step)].concat();
                    reads.contains(path.as_slice())
                };
                let all = objects.as_ref().is_some_and(|objects| objects.iter().all(is_read));
                let (span, name) = (entry.span, entry.value.clone());
                let tell = all.then(|| -> Tell { Box::new(move |reports| report(reports, span, &name)) });
                everywhere.look(&RULE, span, "omit", tell);
            }
        }
    }
}

fn group<'f>(flow: &'f FlowView<'_>, root: RootId) -> Group<'f> {
    match flow.rows.root(root).map(|root| &root.place) {
        Some(Place::Part(part, _)) => Group::Part(part),
        _ => Group::Root(root.0),
    }
}

/// The place of the event that a source of `rest_of` is.
fn object(source: &At<Source>) -> Option<&[PathStep]> {
    match &source.value {
        Source::Path(path) if path.root == Root::Event && path.rest.is_none() => Some(&path.steps),
        _ => None,
    }
}

/// Whether an entry is a name, and neither a set nor a source of names.
fn is_name(entry: &str) -> bool {
    !entry.starts_with('$') && parse_path(entry).map_or(true, |path| path.root == Root::Event)
}

/// What rows read, also through named values.
fn reads<'f>(flow: &'f FlowView<'_>, rows: &[RowId]) -> Reads<'f> {
    let (mut reads, mut seen, mut open) = (Reads::new(), HashSet::new(), rows.to_vec());
    while let Some(id) = open.pop() {
        let Some(row) = flow.rows.row(id).filter(|_| seen.insert(id.0)) else { continue };
        let Form::Source(source) = &row.spec.form else { continue };
        match &source.value {
            Source::Path(path) if path.root == Root::Event && path.rest.is_none() => {
                reads.insert(&path.steps);
            }
            Source::Path(_) => {}
            Source::Named(named) => {
                let root = flow.value_root(&named.name).and_then(|root| flow.rows.root(root));
                open.extend(root.into_iter().flat_map(|root| root.rows.clone()).map(RowId));
            }
        }
    }
    reads
}
