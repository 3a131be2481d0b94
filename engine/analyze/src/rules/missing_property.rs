//! Fields that the schema of a body requires, and that no row fills.

use mapwright_findings::Reports;
use mapwright_findings::rules::missing_property::report;

use crate::facts::Facts;

pub(super) fn check(facts: &Facts<'_, '_>, reports: &mut Reports) {
    let all = facts.flows.iter().flat_map(|flow| &flow.lacks).chain(&facts.lacks);
    for lack in all.filter(|lack| lack.always) {
        report(reports, lack.span, (&lack.names, lack.any), &lack.operation);
    }
}
