//! Fields that the schema of every body that has them calls read-only.

use mapwright_findings::Reports;
use mapwright_findings::rules::read_only_property::report;

use crate::facts::Facts;

pub(super) fn check(facts: &Facts<'_, '_>, reports: &mut Reports) {
    for field in facts.bodies().flatten() {
        if field.sent.iter().all(|sent| sent.spot.says("readOnly")) {
            report(reports, field.name.span, &field.name.value, &field.operations());
        }
    }
}
