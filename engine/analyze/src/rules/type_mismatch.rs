//! Values of types that the schemas of all bodies that have them do not allow.

use mapwright_findings::Reports;
use mapwright_findings::rules::type_mismatch::{Mistyped, report};

use crate::facts::{Facts, Format, Kinds, Mismatch, Reason, Type};
use crate::view::Rows;

pub(super) fn check(facts: &Facts<'_, '_>, reports: &mut Reports) {
    for flow in &facts.flows {
        for mismatch in &flow.mismatches {
            let Reason::Kind { given, allowed } = mismatch.reason else { continue };
            let (span, made_at) = mismatch.spans(&flow.view.rows);
            let mistyped = Mistyped {
                field: &mismatch.path.join("."),
                given: &given.to_string(),
                allowed: &allowed.to_string(),
                operations: &mismatch.operations,
                advice: &advice(&flow.view.rows, mismatch, given, allowed),
                made_at,
            };
            report(reports, span, &mistyped);
        }
    }
}

/// How to make the value what is allowed.
fn advice(rows: &Rows<'_>, mismatch: &Mismatch, given: Kinds, allowed: Kinds) -> String {
    let Some(conversion) = conversion(&mismatch.given, given, allowed) else {
        return "change the row so that it gives what the API takes, or correct the schema".to_owned();
    };
    let row = rows.row(mismatch.row);
    match row.and_then(|row| row.calls.last()) {
        Some(last) => format!("use `{conversion}` instead of `{}`, or after it", last.definition.name),
        None => format!("convert the value: `as: {conversion}`"),
    }
}

/// A conversion from one kind to another.
fn conversion(value: &Type, given: Kinds, allowed: Kinds) -> Option<&'static str> {
    let allows = |kinds: Kinds| !allowed.and(kinds).is_empty();
    let is_date = matches!(value.format, Some(Format::DateTime | Format::OtherDate));
    let single = Kinds::TEXT.or(Kinds::NUMBER).or(Kinds::BOOLEAN);
    Some(match given {
        _ if given.is_within(Kinds::TEXT.or(Kinds::NUMBER)) && allows(Kinds::INTEGER) => match is_date {
            true => "unix_seconds",
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
