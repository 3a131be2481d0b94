//! The names that rows, conditions and templates use, as the version sees them.

use std::collections::BTreeSet;

use mapwright_convert::{Definition, ParamType, PathStep, Root, find};
use mapwright_findings::Span;
use mapwright_findings::rules::unused_definition::Kind;
use mapwright_language::decode::by_name;
use mapwright_language::spec::{ArgsSpec, ConversionSpec};
use serde_json::Value;

use crate::index::places::{VersionPlaces, of};
use crate::view::{FlowView, Place, ReadView, Reading, Rows, Site, VersionView, Whether};

/// Adds everything that a version reads.
pub(super) fn collect(view: &VersionView<'_>, seen: &mut VersionPlaces<'_, '_>) {
    let flows: Vec<(&FlowView<'_>, BTreeSet<&str>)> =
        view.flows.iter().map(|flow| (flow, captures(flow))).collect();
    for read in &view.rows.reads {
        if let Reading::Path(Root::Captures, steps) = &read.reading
            && let Some(PathStep::Key(name)) = steps.first()
        {
            // whichever mapping sends it
            for (flow, _) in flows.iter().filter(|(_, captures)| captures.contains(name.as_str())) {
                let of = Some(flow.mapping.message.clone());
                seen.add((Kind::Capture, of, name.clone()), "captures.", read.span, false);
            }
            continue;
        }
        read_of(view, None, read, seen);
    }
    calls(view, &view.rows, seen);
    for (_, chain) in &view.version.spec.conversions {
        chain.iter().for_each(|call| of_call(view, call, seen));
    }
    for (flow, captures) in &flows {
        of_flow(view, flow, captures, seen);
    }
}

/// The captures of a mapping.
fn captures<'v>(flow: &'v FlowView<'_>) -> BTreeSet<&'v str> {
    let names = flow.rows.roots.iter().filter_map(|root| match root.place {
        Place::Capture(_, name) | Place::RuleCapture(_, _, name) => Some(name.value.as_str()),
        _ => None,
    });
    names.collect()
}

fn of_flow(
    view: &VersionView<'_>,
    flow: &FlowView<'_>,
    captures: &BTreeSet<&str>,
    seen: &mut VersionPlaces<'_, '_>,
) {
    let message = || Some(flow.mapping.message.clone());
    for root in &flow.rows.roots {
        if let Place::Capture(_, name) | Place::RuleCapture(_, _, name) = root.place {
            seen.add((Kind::Capture, message(), name.value.clone()), "", name.span, true);
        }
    }
    flow.rows.reads.iter().for_each(|read| read_of(view, Some(flow), read, seen));
    calls(view, &flow.rows, seen);
    of_properties(view, flow, seen);
    for step in &flow.steps {
        let Some((_, operation)) = step.operation else { continue };
        let Some(path) = &operation.path else { continue };
        for name in path.value.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
            // a parameter that is not stated is the capture of its name
            if operation.param_for(step.spec, name).is_none() && captures.contains(name) {
                seen.add((Kind::Capture, message(), name.to_owned()), "{", path.span, false);
            }
        }
    }
}

/// What the properties beside a mapping say of its events.
fn of_properties(view: &VersionView<'_>, flow: &FlowView<'_>, seen: &mut VersionPlaces<'_, '_>) {
    let mut rows = Rows::default();
    let tests = flow.mapping.tests.iter().chain(&flow.mapping.inherited_tests);
    for property in tests.flat_map(|file| &file.spec.properties) {
        for condition in property.when.iter().chain(&property.must) {
            rows.add_condition(Site::Version, Whether::When, Some(condition));
        }
    }
    rows.reads.iter().for_each(|read| read_of(view, Some(flow), read, seen));
}

fn read_of(
    view: &VersionView<'_>,
    flow: Option<&FlowView<'_>>,
    read: &ReadView,
    seen: &mut VersionPlaces<'_, '_>,
) {
    let (spec, message) = (&view.version.spec, flow.map(|flow| flow.mapping.message.as_str()));
    let of = |kind, name: &str| message.and_then(|message| of(view.version, kind, name, message));
    let mut add =
        |kind, of, name: &str, before| seen.add((kind, of, name.to_owned()), before, read.span, false);
    match &read.reading {
        Reading::Value(name, _) => {
            let is_value = match flow {
                Some(flow) => flow.values.find(name).is_some(),
                None => by_name(&spec.values, name).is_some(),
            };
            match is_value {
                true => add(Kind::Value, of(Kind::Value, name), name, "$"),
                false if by_name(&spec.sets, name).is_some() => add(Kind::Set, None, name, "$"),
                false => {}
            }
        }
        Reading::Path(root, steps) => {
            let Some(PathStep::Key(name)) = steps.first() else { return };
            match root {
                Root::Settings => add(Kind::Setting, None, name, "settings."),
                Root::Captures => add(Kind::Capture, message.map(str::to_owned), name, "captures."),
                Root::Payload => add(Kind::Part, of(Kind::Part, name), name, "payload."),
                _ => {}
            }
        }
    }
}

fn calls(view: &VersionView<'_>, rows: &Rows<'_>, seen: &mut VersionPlaces<'_, '_>) {
    for call in rows.rows.iter().flat_map(|row| &row.spec.conversions) {
        of_call(view, call, seen);
    }
}

fn of_call(view: &VersionView<'_>, call: &ConversionSpec, seen: &mut VersionPlaces<'_, '_>) {
    let name = call.name.value.as_str();
    let Some(definition) = find(name) else {
        if by_name(&view.version.spec.conversions, name).is_some() {
            seen.add((Kind::Conversion, None, name.to_owned()), "", call.name.span, false);
        }
        return;
    };
    let takes = |at: usize| definition.params.get(at).map(|param| param.takes);
    match &call.args {
        ArgsSpec::None | ArgsSpec::Operand(_) => {}
        ArgsSpec::First(value) => argument(view, takes(0), &value.value, value.span, seen),
        ArgsSpec::Named(values) => {
            for (name, value) in values {
                argument(view, param(definition, &name.value), &value.value, value.span, seen);
            }
        }
    }
}

fn param(definition: &Definition, name: &str) -> Option<ParamType> {
    definition.params.iter().find(|param| param.name == name).map(|param| param.takes)
}

fn argument(
    view: &VersionView<'_>,
    takes: Option<ParamType>,
    value: &Value,
    span: Span,
    seen: &mut VersionPlaces<'_, '_>,
) {
    let spec = &view.version.spec;
    match (takes, value) {
        (Some(ParamType::Conversions), Value::Array(items)) => {
            items.iter().for_each(|item| argument(view, takes, item, span, seen));
        }
        (Some(ParamType::Conversions), Value::String(name))
            if find(name).is_none() && by_name(&spec.conversions, name).is_some() =>
        {
            seen.add((Kind::Conversion, None, name.clone()), "", span, false);
        }
        (Some(ParamType::Conversions), Value::String(_)) => {}
        (Some(ParamType::Conversions), Value::Object(calls)) => {
            for (name, inner) in calls {
                let Some(definition) = find(name) else { continue };
                match inner {
                    Value::Object(named) if named.keys().any(|key| param(definition, key).is_some()) => {
                        for (key, value) in named {
                            argument(view, param(definition, key), value, span, seen);
                        }
                    }
                    value => {
                        argument(view, definition.params.first().map(|param| param.takes), value, span, seen)
                    }
                }
            }
        }
        (Some(ParamType::Table), Value::String(name)) if by_name(&spec.tables, name).is_some() => {
            seen.add((Kind::Table, None, name.clone()), "", span, false);
        }
        (_, Value::Array(items)) => items.iter().for_each(|item| argument(view, takes, item, span, seen)),
        (_, Value::String(text)) => {
            if let Some(name) = text.strip_prefix('$').filter(|name| by_name(&spec.sets, name).is_some()) {
                seen.add((Kind::Set, None, name.to_owned()), "$", span, false);
            } else if let Some(name) =
                text.strip_prefix("settings.").and_then(|rest| rest.split(['.', '[']).next())
            {
                seen.add((Kind::Setting, None, name.to_owned()), "settings.", span, false);
            }
        }
        _ => {}
    }
}
