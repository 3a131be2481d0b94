//! Pages of which nothing is captured, and responses and batches that are for events that there are not.

use mapwright_check::names::{What, each_read, name_read};
use mapwright_convert::{PathStep, Root, Source};
use mapwright_findings::Span;
use mapwright_findings::rules::useless_modifier::Because;
use mapwright_language::spec::{Expr, Form, Method, Role, RowSpec, StepSpec, TemplatePart};

use crate::everywhere::Everywhere;
use crate::view::{FlowView, Place, RootId, RowId, RowScope, RowView, StepId, VersionView};

/// Conversions of times that keep distinct times distinct.
const OF_TIMES: [&str; 4] = ["iso8601", "unix_seconds", "unix_millis", "unix_micros"];

/// Named values and parts that are looked into, inside of each other.
const DEEPEST: usize = 8;

/// Looks at a modifier at a place.
type Look = fn(Span, &'static str, Option<Because>, &mut Everywhere);

pub(super) fn check(version: &VersionView<'_>, everywhere: &mut Everywhere, look: Look) {
    for flow in &version.flows {
        captures(flow, look, everywhere);
        for (at, step) in flow.steps.iter().enumerate() {
            let Some((called, operation)) = step.operation else { continue };
            if let Some(batch) = &operation.batch {
                let unique = unique_of(flow, sent_beside(flow, StepId(at)));
                let unique = unique.or_else(|| unique_of_all(version, &called.value));
                let many = batch.operation.as_ref();
                let unique = unique.or_else(|| unique_of_all(version, &many?.value));
                // of the time, events that come together have the same
                let is_apart = |unique: Option<&str>| unique.is_some_and(|name| name != "now");
                let because = is_apart(unique).then_some(Because::NotTogether);
                let by = batch.by.iter().any(|by| is_apart(unique_of_item(flow, StepId(at), by)));
                look(batch.span, "batch", because.or(by.then_some(Because::OwnGroup)), everywhere);
            }
            if let Some(page) = &step.spec.page {
                let rules = step.rules.iter().map(|rule| rule.spec);
                let captures =
                    !step.spec.capture.is_empty() || rules.clone().any(|rule| !rule.capture.is_empty());
                // what is not only read may be wanted page by page
                let is_bare = operation.method == Some(Method::Get) && !captures && step.spec.warn.is_empty();
                look(page.span, "page", is_bare.then_some(Because::NoCapture), everywhere);
            }
            if let Some(cache) = &step.spec.cache {
                let sent = sent_beside(flow, StepId(at)).into_iter().chain(flow.body_roots(StepId(at)));
                let own = unique_of(flow, sent.collect());
                let unique = own.or_else(|| unique_of_all(version, &called.value));
                look(cache.span, "cache", unique.map(Because::NotShared), everywhere);
            }
        }
    }
}

/// Looks at what is captured of no response. A step that is not made for every event captures that it was made, and so does one that others lead back to.
fn captures(flow: &FlowView<'_>, look: Look, everywhere: &mut Everywhere) {
    if flow.steps.iter().flat_map(|step| &step.rules).any(|rule| rule.then.is_some()) {
        return;
    }
    for step in &flow.steps {
        let StepSpec { when, unless, for_each, on, capture, cache, .. } = step.spec;
        let is_made = when.is_none() && unless.is_none() && for_each.is_none() && step.group.is_none();
        if !is_made || !on.is_empty() || cache.is_some() {
            continue;
        }
        for (name, row) in capture {
            let mut is_read = row.flawed;
            each_read(row, &mut |read| {
                is_read |= !matches!(read.what, What::Path(Root::Event | Root::Settings | Root::Version, _));
            });
            look(name.span, "capture", (!is_read).then_some(Because::NoAnswer), everywhere);
        }
    }
}

/// The rows of what a step sends beside the body.
fn sent_beside(flow: &FlowView<'_>, step: StepId) -> Vec<RootId> {
    let of_step = |place: &Place<'_>| matches!(place, Place::Param(at, _) | Place::Query(at, _) | Place::Header(at, _) if *at == step);
    let roots = flow.rows.roots.iter().enumerate().filter(|(_, root)| of_step(&root.place));
    roots.map(|(at, _)| RootId(at)).collect()
}

/// Returns the source in a row over the body of a step, which is an item, that is unique to the event.
fn unique_of_item(flow: &FlowView<'_>, step: StepId, row: &RowSpec) -> Option<&'static str> {
    let Source::Path(path) = &row.form.source().filter(|_| row.is_plain())?.value else { return None };
    let (Root::Item, [PathStep::Key(member)], None) = (path.root, path.steps.as_slice(), &path.rest) else {
        return None;
    };
    let is_member = |root: &RootId| {
        let name = flow.rows.root(*root).and_then(|root| flow.rows.field_name(RowId(root.rows.start)));
        name.is_some_and(|name| name.value == *member)
    };
    let root = flow.body_roots(step).into_iter().find(is_member)?;
    unique_root(RowScope::of_flow(flow), root, DEEPEST)
}

/// Returns the source in rows of a step that is unique to the event.
fn unique_of(flow: &FlowView<'_>, roots: Vec<RootId>) -> Option<&'static str> {
    let around = RowScope::of_flow(flow);
    roots.into_iter().find_map(|root| unique_root(around, root, DEEPEST))
}

/// Returns the source in all requests of an operation that is unique to the event.
fn unique_of_all(version: &VersionView<'_>, operation: &str) -> Option<&'static str> {
    let is_sent = |place: &Place<'_>| match place {
        Place::VersionHeader(_) | Place::VersionQuery(_) => true,
        Place::OperationHeader(name, _) | Place::OperationQuery(name, _) => *name == operation,
        _ => false,
    };
    let around = RowScope::shared(&version.rows);
    let roots = version.rows.roots.iter().enumerate().filter(|(_, root)| is_sent(&root.place));
    roots.map(|(at, _)| RootId(at)).find_map(|root| unique_root(around, root, DEEPEST))
}

fn unique_root(around: RowScope<'_, '_>, root: RootId, depth: usize) -> Option<&'static str> {
    let rows = around.rows.root(root)?.rows.clone();
    rows.filter_map(|at| around.rows.row(RowId(at))).find_map(|row| unique_row(around, row, depth))
}

/// Returns the source of a row whose values are always distinct.
fn unique_row(around: RowScope<'_, '_>, row: &RowView<'_>, depth: usize) -> Option<&'static str> {
    if !is_sent(around, row) {
        return None;
    }
    match &row.spec.form {
        Form::Source(source) => match &source.value {
            Source::Path(path) if path.rest.is_some() => None,
            Source::Path(path) => unique_path(around, path.root, &path.steps, depth),
            Source::Named(value) if value.steps.is_empty() => unique_value(around, &value.name, depth),
            Source::Named(_) => None,
        },
        Form::Template(template) => template.parts.iter().find_map(|part| {
            let TemplatePart::Print(Expr::Name(at)) = part else { return None };
            match template.names.get(*at).and_then(name_read)? {
                What::Path(root, steps) => unique_path(around, root, steps, depth),
                What::Value(name, []) => unique_value(around, name, depth),
                What::Value(..) => None,
            }
        }),
        Form::Value(_)
        | Form::First { .. }
        | Form::Written { .. }
        | Form::Join { .. }
        | Form::Concat(_)
        | Form::Merge(_)
        | Form::RestOf { .. }
        | Form::Object(_)
        | Form::Computed { .. }
        | Form::List(_)
        | Form::Each { .. }
        | Form::Switch { .. } => None,
    }
}

/// Whether the value of a row is certainly part of that of its outermost row, as it is.
fn is_sent(around: RowScope<'_, '_>, row: &RowView<'_>) -> bool {
    let mut at = row;
    loop {
        let keeps = at.calls.iter().all(|call| OF_TIMES.contains(&call.definition.name));
        if !keeps || at.spec.when.is_some() || at.spec.unless.is_some() {
            return false;
        }
        match at.parent {
            None => return true,
            Some((parent, role)) => {
                let keeps = matches!(
                    role,
                    Role::Field(_) | Role::Item(_) | Role::JoinPart(_) | Role::Alternative(0) | Role::With(_)
                );
                match around.rows.row(parent).filter(|_| keeps) {
                    Some(parent) => at = parent,
                    None => return false,
                }
            }
        }
    }
}

fn unique_value(around: RowScope<'_, '_>, name: &str, depth: usize) -> Option<&'static str> {
    unique_outer(around, around.value_root(name)?, depth)
}

fn unique_path(
    around: RowScope<'_, '_>,
    root: Root,
    steps: &[PathStep],
    depth: usize,
) -> Option<&'static str> {
    match (root, steps) {
        (Root::Now, []) => Some("now"),
        (Root::Event, [PathStep::Key(name)]) if name == "messageId" => Some("messageId"),
        (Root::Payload, [PathStep::Key(part), PathStep::Key(field)]) => {
            unique_outer(around, around.field_root(part, field)?, depth)
        }
        _ => None,
    }
}

fn unique_outer(around: RowScope<'_, '_>, root: RootId, depth: usize) -> Option<&'static str> {
    unique_root(around, root, depth.checked_sub(1)?)
}
