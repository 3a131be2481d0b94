//! Fields that no schema of their bodies lists, though it allows others, and whose names are nearly those of fields that it lists.

use std::collections::HashSet;

use mapwright_findings::Reports;
use mapwright_findings::rules::unlisted_property::report;

use crate::facts::Facts;
use crate::near::misspelt;

pub(super) fn check(facts: &Facts<'_, '_>, reports: &mut Reports) {
    for fields in facts.bodies() {
        let stated: HashSet<&str> = fields.iter().map(|field| field.name.value.as_str()).collect();
        for field in &fields {
            let name = field.name.value.as_str();
            if !field.sent.iter().all(|sent| !sent.spot.is_closed() && !sent.listed.is_empty()) {
                continue;
            }
            let listed = field.sent.iter().flat_map(|sent| sent.listed.iter().copied());
            // a field that is sent as well is not the one that is meant
            if let Some(meant) = misspelt(name, listed.filter(|listed| !stated.contains(listed))) {
                report(reports, field.name.span, name, meant, &field.operations());
            }
        }
    }
}
