//! Paths into responses that the schemas of responses do not have.

use std::collections::{BTreeMap, BTreeSet};

use mapwright_check::names::{What, condition_reads};
use mapwright_convert::{PathStep, Root};
use mapwright_findings::rules::unknown_answer_field::report;
use mapwright_findings::{Reports, Span};
use mapwright_language::decode::by_name;
use mapwright_language::spec::OperationSpec;
use serde_json::Value;

use crate::facts::{
    AnswerLack, AnswerPath, Facts, Standpoint, answered_step, captured, is_of_success, looped, stated_list,
};
use crate::near::misspelt;
use crate::schema::Spot;
use crate::view::{FlowView, Place, ReadView, Reading, Rows, Site, StepId, VersionView};

/// A path that some responses do not have.
struct Missing<'v> {
    path: String,
    meant: Option<String>,
    operations: BTreeSet<&'v str>,
}

pub(super) fn check(facts: &Facts<'_, '_>, reports: &mut Reports) {
    // what several operations share has to be right for one of them
    let mut found: BTreeMap<Span, Option<Missing<'_>>> = BTreeMap::new();
    for flow in &facts.flows {
        for read in &flow.view.rows.reads {
            let direct =
                step_of(flow.view, read).and_then(|step| Some((step, path_of(&flow.view.rows, read)?)));
            let elsewhere =
                || looped_path(flow.view, read).or_else(|| captured(flow.view, &read.reading, false));
            let Some((step, path)) = direct.or_else(elsewhere) else { continue };
            let operation = flow.view.step(step).and_then(|step| step.operation);
            if let Some((name, operation)) = operation {
                note(facts.view, (&name.value, operation), (read.span, &path), &mut found);
            }
        }
    }
    for read in &facts.view.rows.reads {
        let Some(Place::Failed(name, ..)) = place_of(&facts.view.rows, read.site) else { continue };
        let operation = by_name(&facts.view.version.spec.operations, name);
        if let (Some(operation), Some(path)) = (operation, path_of(&facts.view.rows, read)) {
            note(facts.view, (name, operation), (read.span, &path), &mut found);
        }
    }
    for (name, operation) in &facts.view.version.spec.operations {
        for failed in operation.responses.iter().flat_map(|rule| &rule.failed) {
            let Some(filter) = &failed.filter else { continue };
            condition_reads(filter, &mut |read| {
                let What::Path(root, steps) = read.what else { return };
                let path = match root {
                    Root::Item => stated_list(&failed.each).map(|list| AnswerPath::whole(list).item(steps)),
                    _ => AnswerPath::read(root, steps),
                };
                if let Some(path) = path {
                    note(facts.view, (&name.value, operation), (read.span, &path), &mut found);
                }
            });
        }
    }
    for (span, missing) in found {
        let Some(Missing { path, meant, operations }) = missing else { continue };
        let operations: Vec<&str> = operations.into_iter().collect();
        report(reports, span, &path, meant.as_deref(), &operations);
    }
}

fn place_of<'c>(rows: &Rows<'c>, site: Site) -> Option<Place<'c>> {
    match site {
        Site::Row(row) => rows.place_of(row),
        _ => None,
    }
}

/// The step whose successful responses are read.
fn step_of(flow: &FlowView<'_>, read: &ReadView) -> Option<StepId> {
    match read.site {
        Site::Rule(step, at) => {
            let rule = flow.step(step)?.rules.get(at)?;
            is_of_success(rule.spec).then_some(step)
        }
        site => answered_step(flow, &place_of(&flow.rows, site)?),
    }
}

/// Returns what of a response is read: by its path, or as an item of one of its lists.
fn path_of(rows: &Rows<'_>, read: &ReadView) -> Option<AnswerPath> {
    let Reading::Path(root, steps) = &read.reading else { return None };
    match read.site {
        Site::Row(row) => AnswerPath::of_row(rows, row, (*root, steps), read.in_each),
        _ => AnswerPath::read(*root, steps),
    }
}

/// The response, and the path in it, that leads to what is read of the item of a step.
fn looped_path(flow: &FlowView<'_>, read: &ReadView) -> Option<(StepId, AnswerPath)> {
    let Reading::Path(root, steps) = &read.reading else { return None };
    looped(flow, Standpoint::of(read.site).filter(|_| !read.in_each)?, (*root, steps))
}

fn note<'v>(
    view: &VersionView<'v>,
    (name, operation): (&'v str, &'v OperationSpec),
    (span, path): (Span, &AnswerPath),
    found: &mut BTreeMap<Span, Option<Missing<'v>>>,
) {
    let Some(file) = &operation.answer_schema else { return };
    let missing = missing(view, &file.value, path);
    match (found.get_mut(&span), missing) {
        (Some(None), _) => {}
        (_, None) => drop(found.insert(span, None)),
        (Some(Some(known)), Some(_)) => drop(known.operations.insert(name)),
        (None, Some((path, meant))) => {
            let operations = BTreeSet::from([name]);
            found.insert(span, Some(Missing { path, meant, operations }));
        }
    }
}

/// The path to the first name that a schema does not have, and what is probably meant.
fn missing(view: &VersionView<'_>, file: &str, path: &AnswerPath) -> Option<(String, Option<String>)> {
    let Err(AnswerLack { at, spot }) = path.follow(view.schemas.get(view.version, file)?)? else {
        return None;
    };
    // what is wrong with a list is said where it is stated
    if at < path.item {
        return None;
    }
    let Some(PathStep::Key(name)) = path.step(at) else { return Some((path.written(at + 1), None)) };
    let near = misspelt(name, spot.properties());
    if near.is_none() && allows_others(&spot) {
        return None;
    }
    let object = path.written(at);
    Some((format!("{object}.{name}"), near.map(|near| format!("{object}.{near}"))))
}

/// Whether an object is said to have members that are not listed.
fn allows_others(spot: &Spot<'_>) -> bool {
    let says = |schema: &serde_json::Map<String, Value>| {
        schema.get("additionalProperties").is_some_and(|others| *others != Value::Bool(false))
    };
    spot.alternatives.iter().flatten().any(|schema| says(schema))
}
