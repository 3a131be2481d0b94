//! Values of types that the schemas of all bodies that have them do not allow, or their encodings.

mod encoded;
mod indexed;

use mapwright_convert::{PathStep, Root, Source};
use mapwright_findings::rules::type_mismatch::{
    Mistyped, report, report_id, report_key, report_looped, report_next, report_said, report_secret,
    report_spread, report_text, report_wait,
};
use mapwright_findings::{At, Reports, Span};
use mapwright_language::spec::{DefaultSpec, FIELD_SPREAD, Form, Role};
use serde_json::Value;

use crate::facts::{Facts, FlowFacts, Format, Kinds, Mismatch, Reason, Spans, Type, Typing};
use crate::known::scope_of;
use crate::view::{Place, RowId, RowView, Rows, StepId};

pub(super) fn check(facts: &Facts<'_, '_>, reports: &mut Reports) {
    for (rows, mismatch) in facts.mismatches() {
        let Reason::Kind { given, allowed } = mismatch.reason else { continue };
        let Spans { at, made_at, row } = mismatch.spans(rows);
        let mistyped = Mistyped {
            field: &mismatch.path.join("."),
            given: &given.to_string(),
            allowed: &allowed.to_string(),
            operations: &mismatch.operations,
            advice: &advice(rows, mismatch, given, allowed),
            made_at,
            row,
        };
        report(reports, at, &mistyped);
    }
    encoded::check(facts, reports);
    let (version, types) = (&facts.view.rows, Typing::of_batches(facts.view));
    secrets(facts, &types, reports);
    waits(version, &types, reports);
    said(version, &types, reports);
    members(version, &types, reports);
    loops(version, &types, reports);
    indexed::check(scope_of(facts.view, None), version, reports);
    for flow in &facts.flows {
        waits(&flow.view.rows, &flow.types, reports);
        members(&flow.view.rows, &flow.types, reports);
        loops(&flow.view.rows, &flow.types, reports);
        spreads(&flow.view.rows, &flow.types, reports);
        texts(&flow.view.rows, &flow.types, reports);
        parameters(flow, reports);
        repeats(flow, reports);
        indexed::check(scope_of(facts.view, Some(flow.view)), &flow.view.rows, reports);
    }
    spreads(version, &types, reports);
    texts(version, &types, reports);
    ids(facts, reports);
}

/// Looks at what is spread in an object: only objects have members.
fn spreads(rows: &Rows<'_>, types: &Typing<'_, '_>, reports: &mut Reports) {
    for (at, row) in rows.rows.iter().enumerate() {
        let name = match row.parent {
            Some((_, Role::Field(name))) => Some(name),
            Some(_) => None,
            None => match rows.root(row.root).map(|root| root.place) {
                Some(
                    Place::Part(_, name)
                    | Place::Body(_, name)
                    | Place::Header(_, name)
                    | Place::Query(_, name),
                ) => Some(name),
                _ => None,
            },
        };
        if !rows.is_reached(RowId(at)) || name.is_none_or(|name| name.value != FIELD_SPREAD) {
            continue;
        }
        let given = types.of(RowId(at)).kinds.without(Kinds::NULL);
        if given.is_within(Kinds::ALL.without(Kinds::OBJECT)) {
            report_spread(reports, row.spec.span, &given.to_string());
        }
    }
}

/// Looks at headers and parameters of paths, which are single texts.
fn texts(rows: &Rows<'_>, types: &Typing<'_, '_>, reports: &mut Reports) {
    for root in &rows.roots {
        let (what, name) = match root.place {
            Place::Header(_, name) | Place::OperationHeader(_, name) | Place::VersionHeader(name) => {
                ("header", name)
            }
            Place::Param(_, name) => ("path parameter", name),
            _ => continue,
        };
        let row = RowId(root.rows.start);
        let given = types.of(row).kinds.without(Kinds::NULL);
        // of what the row makes itself, names are resolved with a finding
        let is_read = |view: &&RowView<'_>| view.spec.form.source().is_some() && view.calls.is_empty();
        let view = rows.row(row).filter(is_read).filter(|_| name.value != FIELD_SPREAD);
        if let Some(view) = view.filter(|_| given.is_within(Kinds::LIST.or(Kinds::OBJECT))) {
            report_text(reports, view.spec.span, (what, &name.value), &given.to_string());
        }
    }
}

/// Looks at captures that are path parameters by their names.
fn parameters(flow: &FlowFacts<'_, '_>, reports: &mut Reports) {
    for step in &flow.view.steps {
        let Some((name, operation)) = step.operation else { continue };
        let path = operation.path_text();
        let parameters = path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
        for parameter in parameters.filter(|parameter| operation.param_for(step.spec, parameter).is_none()) {
            let given = flow.types.captured(parameter).kinds.without(Kinds::NULL);
            if given.is_within(Kinds::LIST.or(Kinds::OBJECT)) {
                let span = step.spec.operation.as_ref().map_or(name.span, |called| called.span);
                report_text(reports, span, ("path parameter", parameter), &given.to_string());
            }
        }
    }
}

/// Looks at keys and passwords, which are texts.
fn secrets(facts: &Facts<'_, '_>, types: &Typing<'_, '_>, reports: &mut Reports) {
    let (spec, rows) = (&facts.view.version.spec, &facts.view.rows);
    let operations = spec.operations.iter().filter_map(|(_, operation)| operation.auth.as_ref());
    let secrets: Vec<Span> =
        spec.auth.iter().chain(operations).flat_map(|auth| auth.secrets()).map(|row| row.span).collect();
    for root in rows.roots.iter().filter(|root| matches!(root.place, Place::Auth)) {
        let row = RowId(root.rows.start);
        let given = types.of(row).kinds.without(Kinds::NULL);
        let view = rows.row(row).filter(|view| secrets.contains(&view.spec.span));
        if let Some(view) =
            view.filter(|_| given.is_within(Kinds::SINGLE.without(Kinds::TEXT.or(Kinds::NUMBER))))
        {
            report_secret(reports, view.spec.span, &given.to_string());
        }
    }
}

/// Looks at what `each` goes through.
fn loops(rows: &Rows<'_>, types: &Typing<'_, '_>, reports: &mut Reports) {
    for (at, row) in rows.rows.iter().enumerate() {
        if matches!(row.parent, Some((_, Role::EachList))) && rows.is_reached(RowId(at)) {
            let given = types.of(RowId(at)).kinds.without(Kinds::NULL);
            if given.is_within(Kinds::SINGLE) {
                report_looped(reports, row.spec.span, "each", &given.to_string());
            }
        }
    }
}

/// Looks at what makes a step again: for the items of a list, or for the next page.
fn repeats(flow: &FlowFacts<'_, '_>, reports: &mut Reports) {
    let is_next = |step, name: &At<String>| {
        let page = flow.view.step(step).and_then(|step| step.spec.page.as_ref());
        page.is_some_and(|page| page.next.name.span == name.span)
    };
    for root in &flow.view.rows.roots {
        let (never, report): (_, fn(&mut Reports, Span, &str)) = match root.place {
            Place::ForEach(_) => {
                (Kinds::SINGLE, |reports, span, given| report_looped(reports, span, "for_each", given))
            }
            Place::Capture(step, name) if is_next(step, name) => {
                (Kinds::LIST.or(Kinds::OBJECT).or(Kinds::BOOLEAN), report_next)
            }
            _ => continue,
        };
        let row = RowId(root.rows.start);
        let given = flow.types.of(row).kinds.without(Kinds::NULL);
        if let Some(view) = flow.view.rows.row(row).filter(|_| given.is_within(never)) {
            report(reports, view.spec.span, &given.to_string());
        }
    }
}

/// Looks at what identifies the items of batches: a member of the bodies of steps.
fn ids(facts: &Facts<'_, '_>, reports: &mut Reports) {
    for (name, operation) in &facts.view.version.spec.operations {
        let Some(id) = operation.batch.as_ref().and_then(|batch| batch.id.as_ref()) else { continue };
        let Some(Source::Path(path)) = id.form.source().map(|source| &source.value) else { continue };
        let (Root::Item, [PathStep::Key(member)], true) = (path.root, path.steps.as_slice(), id.is_plain())
        else {
            continue;
        };
        let mut given = Kinds::NONE;
        for flow in &facts.flows {
            let view = flow.view;
            let steps = view.steps.iter().enumerate();
            let calls =
                steps.filter(|(_, step)| step.operation.is_some_and(|(of, _)| of.value == name.value));
            for root in calls.flat_map(|(at, _)| view.body_roots(StepId(at))) {
                let Some(row) = view.rows.root(root).map(|root| RowId(root.rows.start)) else { continue };
                if view.rows.field_name(row).is_some_and(|field| field.value == *member) {
                    given = given.or(flow.types.of(row).kinds);
                }
            }
        }
        let given = given.without(Kinds::NULL);
        if given.is_within(Kinds::LIST.or(Kinds::OBJECT)) {
            report_id(reports, id.span, &given.to_string());
        }
    }
}

/// Looks at what names items of a batch and failures: neither a list nor an object is a string.
fn said(rows: &Rows<'_>, types: &Typing<'_, '_>, reports: &mut Reports) {
    for root in &rows.roots {
        let (row, never) = (RowId(root.rows.start), Kinds::LIST.or(Kinds::OBJECT));
        let (key, never) = match root.place {
            Place::Failed(_, _, "each") => continue,
            Place::Failed(_, _, "index") => ("index", never.or(Kinds::BOOLEAN)),
            Place::Failed(_, _, key) => (key, never),
            _ => continue,
        };
        let given = types.of(row).kinds.without(Kinds::NULL);
        if let Some(view) = rows.row(row).filter(|_| given.is_within(never)) {
            report_said(reports, view.spec.span, key, &given.to_string());
        }
    }
}

/// Looks at what members are found in: only objects have some.
fn members(rows: &Rows<'_>, types: &Typing<'_, '_>, reports: &mut Reports) {
    for row in &rows.rows {
        if !matches!(row.spec.form, Form::First { key: Some(_), .. }) {
            continue;
        }
        for id in &row.inside {
            let Some((view, (_, Role::Alternative(_)))) =
                rows.row(*id).and_then(|view| Some((view, view.parent?)))
            else {
                continue;
            };
            let given = types.of(*id).kinds.without(Kinds::NULL);
            if given.is_within(Kinds::ALL.without(Kinds::OBJECT)) {
                report_key(reports, view.spec.span, &given.to_string());
            }
        }
    }
}

/// Looks at what rules wait for: a value that is neither a number nor a string is not a time.
fn waits(rows: &Rows<'_>, types: &Typing<'_, '_>, reports: &mut Reports) {
    let is_wait = |place: &Place<'_>| matches!(place, Place::RuleAfter(..) | Place::VersionAfter);
    for root in rows.roots.iter().filter(|root| is_wait(&root.place)) {
        let row = RowId(root.rows.start);
        let Some(view) = rows.row(row) else { continue };
        let given = types.of(row).kinds.without(Kinds::NULL);
        // constants have a finding of their own
        let is_constant = matches!(view.spec.form, Form::Value(_)) && view.calls.is_empty();
        if !is_constant && given.is_within(Kinds::BOOLEAN.or(Kinds::LIST).or(Kinds::OBJECT)) {
            report_wait(reports, view.spec.span, &given.to_string());
        }
    }
}

/// How to make the value what is allowed.
fn advice(rows: &Rows<'_>, mismatch: &Mismatch, given: Kinds, allowed: Kinds) -> String {
    let row = rows.row(mismatch.row);
    if let Some(value) = row.and_then(|row| constant(row, mismatch)) {
        return match as_allowed(value, allowed) {
            Some(right) => format!("write the constant as {allowed}: `{right}`"),
            None => format!("write a constant that is {allowed}, or correct the schema"),
        };
    }
    let Some(conversion) = conversion(&mismatch.given, given, allowed) else {
        return "change the row so that it gives what the API takes, or correct the schema".to_owned();
    };
    match row.and_then(|row| row.calls.last()) {
        Some(last) => format!("use `{conversion}` instead of `{}`, or after it", last.definition.name),
        None => format!("convert the value: `as: {conversion}`"),
    }
}

/// The constant that is refused, if the row states it and does not convert it.
fn constant<'m>(row: &RowView<'_>, mismatch: &'m Mismatch) -> Option<&'m Value> {
    let [value] = mismatch.given.literals.as_deref()? else { return None };
    let is_form = matches!(&row.spec.form, Form::Value(stated) if stated == value) && row.calls.is_empty();
    // a default is not converted
    let is_default = matches!(&row.spec.default, Some(DefaultSpec::Value(stated)) if stated == value);
    (is_form || is_default).then_some(value)
}

/// The same constant as what is allowed.
fn as_allowed(value: &Value, allowed: Kinds) -> Option<Value> {
    let other = match value {
        Value::Number(_) | Value::Bool(_) => Value::String(value.to_string()),
        // a string that is a number, `true` or `false` without its quotes
        Value::String(text) => serde_json::from_str(text.trim()).ok()?,
        _ => return None,
    };
    Kinds::of(&other).is_within(allowed).then_some(other)
}

/// A conversion from one kind to another.
fn conversion(value: &Type, given: Kinds, allowed: Kinds) -> Option<&'static str> {
    let allows = |kinds: Kinds| !allowed.and(kinds).is_empty();
    let is_date = matches!(value.format, Some(Format::DateTime | Format::OtherDate));
    let single = Kinds::TEXT.or(Kinds::NUMBER).or(Kinds::BOOLEAN);
    Some(match given {
        _ if given.is_within(Kinds::TEXT.or(Kinds::NUMBER)) && allows(Kinds::INTEGER) => match is_date {
            true => "unix_seconds",
            false if allows(Kinds::FRACTION) => "number",
            false => "integer",
        },
        _ if given.is_within(single) && allows(Kinds::NUMBER) => "number",
        _ if given.is_within(single) && allows(Kinds::TEXT) => "string",
        _ if given.is_within(single) && allows(Kinds::BOOLEAN) => "boolean",
        _ if given == Kinds::LIST && allows(Kinds::TEXT) => "join",
        _ if given == Kinds::OBJECT && allows(Kinds::TEXT) => "json_text",
        _ if allows(Kinds::LIST) => "list",
        _ => return None,
    })
}
