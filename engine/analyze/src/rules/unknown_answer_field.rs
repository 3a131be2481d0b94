//! Paths into answers that the schemas of answers do not have.

use std::collections::{BTreeMap, BTreeSet};

use mapwright_convert::{PathStep, Root};
use mapwright_findings::rules::unknown_answer_field::report;
use mapwright_findings::{Reports, Span};
use mapwright_language::decode::by_name;
use mapwright_language::spec::{Class, OperationSpec, ResponseRuleSpec};
use serde_json::Value;

use crate::facts::Facts;
use crate::near::misspelt;
use crate::schema::{PointerStep, Spot};
use crate::view::{FlowView, Place, ReadView, Reading, Rows, Site, StepId, VersionView, written};

/// A path that some answers do not have.
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
            let Some(step) = step_of(flow.view, read) else { continue };
            let operation = flow.view.step(step).and_then(|step| step.operation);
            if let Some((name, operation)) = operation {
                note(facts.view, &name.value, operation, read, &mut found);
            }
        }
    }
    for read in &facts.view.rows.reads {
        let Some(Place::Failed(name)) = place_of(&facts.view.rows, read.site) else { continue };
        if let Some(operation) = by_name(&facts.view.version.spec.operations, name) {
            note(facts.view, name, operation, read, &mut found);
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

/// The step whose successful answers are read.
fn step_of(flow: &FlowView<'_>, read: &ReadView) -> Option<StepId> {
    let of_rule = |step: StepId, at: usize| {
        let rule = flow.step(step)?.rules.get(at)?;
        is_of_success(rule.spec).then_some(step)
    };
    match read.site {
        Site::Rule(step, at) => of_rule(step, at),
        site => match place_of(&flow.rows, site)? {
            Place::Capture(step, _) => Some(step),
            Place::RuleCapture(step, at, _) => of_rule(step, at),
            _ => None,
        },
    }
}

/// Whether a rule is for nothing but answers that say that the operation has succeeded.
fn is_of_success(rule: &ResponseRuleSpec) -> bool {
    let is_2xx = !rule.status.is_empty() && rule.status.iter().all(|of| of.first >= 200 && of.last < 300);
    is_2xx || rule.status.is_empty() && rule.class == Some(Class::Done)
}

fn note<'v>(
    view: &VersionView<'v>,
    name: &'v str,
    operation: &'v OperationSpec,
    read: &ReadView,
    found: &mut BTreeMap<Span, Option<Missing<'v>>>,
) {
    let Reading::Path(Root::Response, steps) = &read.reading else { return };
    let (Some(PathStep::Key(part)), Some(file)) = (steps.first(), &operation.answer_schema) else { return };
    if part != "body" {
        return;
    }
    let missing = missing(view, &file.value, steps);
    match (found.get_mut(&read.span), missing) {
        (Some(None), _) => {}
        (_, None) => drop(found.insert(read.span, None)),
        (Some(Some(known)), Some(_)) => drop(known.operations.insert(name)),
        (None, Some((path, meant))) => {
            let operations = BTreeSet::from([name]);
            found.insert(read.span, Some(Missing { path, meant, operations }));
        }
    }
}

/// The path to the first name that a schema does not have, and what is probably meant.
fn missing(view: &VersionView<'_>, file: &str, steps: &[PathStep]) -> Option<(String, Option<String>)> {
    let schema = view.schemas.get(view.version, file)?;
    let mut spot = schema.whole()?;
    for (at, step) in steps.iter().enumerate().skip(1) {
        let PathStep::Key(name) = step else {
            spot = schema.child(&spot, PointerStep::EachItem)?;
            continue;
        };
        let listed = spot.properties();
        if !spot.lists(name) && !listed.is_empty() {
            let near = misspelt(name, listed.iter().copied());
            let object = format!("response.{}", written(steps, at));
            return match (near, allows_others(&spot)) {
                (None, true) => None,
                (near, _) => Some((format!("{object}.{name}"), near.map(|near| format!("{object}.{near}")))),
            };
        }
        spot = schema.child(&spot, PointerStep::Field(name))?;
    }
    None
}

/// Whether an object is said to have members that are not listed.
fn allows_others(spot: &Spot<'_>) -> bool {
    let says = |schema: &serde_json::Map<String, Value>| {
        schema.get("additionalProperties").is_some_and(|others| *others != Value::Bool(false))
    };
    spot.alternatives.iter().flatten().any(|schema| says(schema))
}
