//! Values of types that the schemas of all bodies that have them do not allow, or their encodings.

mod encoded;

use mapwright_findings::Reports;
use mapwright_findings::rules::type_mismatch::{Mistyped, report, report_key, report_said, report_wait};
use mapwright_language::spec::{DefaultSpec, Form, Role};
use serde_json::Value;

use crate::facts::{Facts, Format, Kinds, Mismatch, Reason, Spans, Type, Typing};
use crate::view::{Place, RowId, RowView, Rows};

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
    waits(version, &types, reports);
    said(version, &types, reports);
    members(version, &types, reports);
    for flow in &facts.flows {
        waits(&flow.view.rows, &flow.types, reports);
        members(&flow.view.rows, &flow.types, reports);
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
