//! Members of named values that their rows do not make.

use mapwright_findings::Reports;
use mapwright_findings::rules::unknown_value::report_member;

use crate::facts::{Facts, MadeBy};

pub(super) fn check(facts: &Facts<'_, '_>, reports: &mut Reports) {
    for lack in facts.no_members.iter().filter(|lack| lack.of == MadeBy::Value) {
        report_member(reports, lack.span, &lack.owner, &lack.name, &lack.known);
    }
}
