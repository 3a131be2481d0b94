//! Conversions that refuse whatever they are given.

use mapwright_convert::Type as Signature;
use mapwright_findings::Reports;
use mapwright_findings::rules::impossible_conversion::report;

use crate::facts::{Facts, accepted};
use crate::view::{Call, RowId};

pub(super) fn check(facts: &Facts<'_, '_>, reports: &mut Reports) {
    for flow in &facts.flows {
        let rows = &flow.view.rows;
        let with_calls = rows.rows.iter().enumerate().filter(|(_, row)| !row.calls.is_empty());
        for (at, _) in with_calls.filter(|(at, _)| rows.is_reached(RowId(*at))) {
            flow.types.of(RowId(at));
        }
        for refusal in flow.types.refusals() {
            let Some(row) = rows.row(refusal.row).filter(|_| rows.is_reached(refusal.row)) else { continue };
            let Some(call) = row.calls.get(refusal.call) else { continue };
            let before = refusal.call.checked_sub(1).and_then(|before| row.calls.get(before));
            let takes = accepted(call.definition.takes);
            let given = refusal.input.kinds.to_string();
            // the one before takes what this one refuses, unless both take the same
            let changes = |before: &&Call<'_>| {
                let taken = before.definition.takes;
                taken != Signature::List && !accepted(taken).and(takes).is_empty()
            };
            let before = before.filter(changes).map(|call| call.definition.name);
            report(reports, call.span, call.definition.name, &takes.to_string(), &given, before);
        }
    }
}
