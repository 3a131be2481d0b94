//! Fields that the schema of every body that has them calls deprecated.

use mapwright_findings::Reports;
use mapwright_findings::rules::deprecated_property::report;

use crate::facts::Facts;

pub(super) fn check(facts: &Facts<'_, '_>, reports: &mut Reports) {
    for field in facts.bodies().flatten() {
        if field.sent.iter().all(|sent| sent.spot.says("deprecated")) {
            report(reports, field.name.span, &field.name.value, &field.operations());
        }
    }
}
