//! Paths into answers that the schemas of answers do not have.

use std::collections::{BTreeMap, BTreeSet};

use mapwright_check::names::{What, condition_reads};
use mapwright_convert::{PathStep, Root, Source};
use mapwright_findings::rules::unknown_answer_field::report;
use mapwright_findings::{Reports, Span};
use mapwright_language::decode::by_name;
use mapwright_language::spec::{Class, Form, OperationSpec, ResponseRuleSpec, Role, RowSpec};
use serde_json::Value;

use crate::facts::Facts;
use crate::near::misspelt;
use crate::schema::{PointerStep, Spot};
use crate::view::{FlowView, Place, ReadView, Reading, RowId, Rows, Site, StepId, VersionView, written};

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
            if let (Some((name, operation)), Some(path)) = (operation, path_of(&flow.view.rows, read)) {
                note(facts.view, (&name.value, operation), (read.span, &path), &mut found);
            }
        }
    }
    for read in &facts.view.rows.reads {
        let Some(Place::Failed(name, _)) = place_of(&facts.view.rows, read.site) else { continue };
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

/// A path into an answer.
struct AnswerPath {
    steps: Vec<PathStep>,
    /// How many of the steps lead to the item of a loop, if it is written as a path into that.
    item: usize,
}

impl AnswerPath {
    fn whole(steps: &[PathStep]) -> Self {
        Self { steps: steps.to_vec(), item: 0 }
    }

    /// One that is written as it is.
    fn read(root: Root, steps: &[PathStep]) -> Option<Self> {
        (root == Root::Response).then(|| Self::whole(steps))
    }

    /// The path into an item of the list to which this one leads.
    fn item(mut self, steps: &[PathStep]) -> Self {
        self.steps.push(PathStep::Index(0));
        self.item = self.steps.len();
        self.steps.extend_from_slice(steps);
        self
    }

    /// As it is written, up to a step.
    fn written(&self, count: usize) -> String {
        let own = self.steps.get(self.item..count).unwrap_or_default();
        let path = written(own, own.len());
        match self.item {
            0 => format!("response.{path}"),
            _ if path.is_empty() || path.starts_with('[') => format!("item{path}"),
            _ => format!("item.{path}"),
        }
    }
}

/// Returns what of an answer is read: by its path, or as an item of one of its lists.
fn path_of(rows: &Rows<'_>, read: &ReadView) -> Option<AnswerPath> {
    let Reading::Path(root, steps) = &read.reading else { return None };
    match (root, read.site) {
        (Root::Item, Site::Row(row)) => Some(list_of(rows, row, read.in_each)?.item(steps)),
        _ => AnswerPath::read(*root, steps),
    }
}

/// The list of an answer whose items a row reads. `own`: by the condition of its own loop.
fn list_of(rows: &Rows<'_>, id: RowId, own: bool) -> Option<AnswerPath> {
    let is_named = |form: &Form| matches!(form, Form::Each { name: Some(_), .. });
    let mut at = rows.row(id)?;
    // with names of their own, several loops have items
    if is_named(&at.spec.form) || own && !matches!(at.spec.form, Form::Each { .. }) {
        return None;
    }
    let mut looping = own.then_some(at);
    while let Some((parent, role)) = at.parent {
        at = rows.row(parent)?;
        if is_named(&at.spec.form) {
            return None;
        }
        if matches!(at.spec.form, Form::Each { .. }) && matches!(role, Role::EachTo | Role::Key) {
            looping = looping.or(Some(at));
        }
    }
    let Some(looping) = looping else {
        let Place::Failed(_, each) = rows.place_of(id)? else { return None };
        return stated_list(each).map(AnswerPath::whole);
    };
    let Form::Each { list, .. } = &looping.spec.form else { return None };
    let (root, steps) = plain_path(list)?;
    match root {
        Root::Item => {
            let is_list = |id: &&RowId| {
                rows.row(**id).is_some_and(|row| matches!(row.parent, Some((_, Role::EachList))))
            };
            Some(list_of(rows, *looping.inside.iter().find(is_list)?, false)?.item(steps))
        }
        root => AnswerPath::read(root, steps),
    }
}

/// The list of a response that a row is.
fn stated_list(each: &RowSpec) -> Option<&[PathStep]> {
    plain_path(each).filter(|(root, _)| *root == Root::Response).map(|(_, steps)| steps)
}

/// The path that a row reads and gives as it is.
fn plain_path(row: &RowSpec) -> Option<(Root, &[PathStep])> {
    let Form::Source(source) = &row.form else { return None };
    let Source::Path(path) = &source.value else { return None };
    let is_plain = row.conversions.is_empty() && row.default.is_none() && path.rest.is_none();
    is_plain.then_some((path.root, path.steps.as_slice()))
}

fn note<'v>(
    view: &VersionView<'v>,
    (name, operation): (&'v str, &'v OperationSpec),
    (span, path): (Span, &AnswerPath),
    found: &mut BTreeMap<Span, Option<Missing<'v>>>,
) {
    let (Some(PathStep::Key(part)), Some(file)) = (path.steps.first(), &operation.answer_schema) else {
        return;
    };
    if part != "body" {
        return;
    }
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
    let schema = view.schemas.get(view.version, file)?;
    let mut spot = schema.whole()?;
    for (at, step) in path.steps.iter().enumerate().skip(1) {
        let PathStep::Key(name) = step else {
            spot = schema.child(&spot, PointerStep::EachItem)?;
            continue;
        };
        let listed = spot.properties();
        if !spot.lists(name) && !listed.is_empty() {
            let near = misspelt(name, listed.iter().copied());
            // what is wrong with a list is said where it is stated
            if at < path.item || near.is_none() && allows_others(&spot) {
                return None;
            }
            let object = path.written(at);
            return Some((format!("{object}.{name}"), near.map(|near| format!("{object}.{near}"))));
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
