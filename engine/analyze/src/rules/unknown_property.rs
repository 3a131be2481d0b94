//! Fields inside of a body, at any depth, that no schema of it allows. Those of the body itself are known when names are resolved.

use mapwright_findings::Reports;
use mapwright_findings::rules::unknown_property::report;

use crate::facts::Facts;

pub(super) fn check(facts: &Facts<'_, '_>, reports: &mut Reports) {
    for field in facts.bodies().flatten() {
        if field.sent.iter().all(|sent| sent.spot.is_closed() && !sent.listed.is_empty()) {
            let known = field.sent.iter().flat_map(|sent| sent.listed.iter().copied());
            report(reports, field.name.span, &field.name.value, &field.operations(), known);
        }
    }
}
