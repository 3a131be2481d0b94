//! Conversions that refuse whatever they are given.

use mapwright_convert::Type as Signature;
use mapwright_findings::Reports;
use mapwright_findings::rules::impossible_conversion::{report, report_items};

use crate::facts::{Facts, Kinds, Typing, accepted};
use crate::view::{Call, RowId, Rows};

pub(super) fn check(facts: &Facts<'_, '_>, reports: &mut Reports) {
    of_rows(&facts.view.rows, &Typing::of_batches(facts.view), reports);
    for flow in &facts.flows {
        of_rows(&flow.view.rows, &flow.types, reports);
    }
}

fn of_rows(rows: &Rows<'_>, types: &Typing<'_, '_>, reports: &mut Reports) {
    let with_calls = rows.rows.iter().enumerate().filter(|(_, row)| !row.calls.is_empty());
    for (at, _) in with_calls.filter(|(at, _)| rows.is_reached(RowId(*at))) {
        types.of(RowId(at));
    }
    for refusal in types.refusals() {
        let Some(row) = rows.row(refusal.row).filter(|_| rows.is_reached(refusal.row)) else { continue };
        let Some(call) = row.calls.get(refusal.call) else { continue };
        let before = refusal.call.checked_sub(1).and_then(|before| row.calls.get(before));
        let takes = accepted(call.definition.takes);
        let input = &refusal.input;
        if let Some(items) = input.items.as_ref().filter(|_| input.kinds.is_within(takes)) {
            report_items(
                reports,
                call.span,
                call.definition.name,
                &items.kinds.without(Kinds::NULL).to_string(),
            );
            continue;
        }
        // the one before takes what this one refuses, unless both take the same
        let changes = |before: &&Call<'_>| {
            let taken = before.definition.takes;
            taken != Signature::List && !accepted(taken).and(takes).is_empty()
        };
        let before = before.filter(changes).map(|call| call.definition.name);
        let given = input.kinds.to_string();
        report(reports, call.span, call.definition.name, &takes.to_string(), &given, before);
    }
}
