//! Members of captures that no step captures.

use mapwright_findings::Reports;
use mapwright_findings::rules::unknown_capture::report_member;

use crate::facts::{Facts, MadeBy};

pub(super) fn check(facts: &Facts<'_, '_>, reports: &mut Reports) {
    for lack in facts.no_members.iter().filter(|lack| lack.of == MadeBy::Capture) {
        report_member(reports, lack.span, &lack.owner, &lack.name, &lack.known);
    }
}
