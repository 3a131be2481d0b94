//! Fields that the schema of a body requires, and that some events do not fill.

use mapwright_findings::Reports;
use mapwright_findings::rules::uncertain_property::report;

use crate::facts::Facts;

pub(super) fn check(facts: &Facts<'_, '_>, reports: &mut Reports) {
    for lack in facts.flows.iter().flat_map(|flow| &flow.lacks).filter(|lack| !lack.always) {
        report(reports, lack.span, (&lack.names, lack.any), &lack.operation);
    }
}
