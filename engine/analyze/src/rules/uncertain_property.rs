//! Fields that the schema of a body requires, and that some events, settings or batches do not fill.

use mapwright_findings::Reports;
use mapwright_findings::rules::uncertain_property::{Cause, report};

use crate::facts::Facts;

pub(super) fn check(facts: &Facts<'_, '_>, reports: &mut Reports) {
    let all = facts.flows.iter().flat_map(|flow| &flow.lacks).chain(&facts.lacks);
    for lack in all.filter(|lack| !lack.always) {
        let cause = match lack.unset.as_slice() {
            [] if lack.together => Cause::NoItems,
            [] => Cause::Event,
            settings => Cause::Settings(settings),
        };
        report(reports, lack.span, (&lack.names, lack.any), &lack.operation, cause);
    }
}
