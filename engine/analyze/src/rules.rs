//! The rules: one file each, which finds; what it says is in the file of its name in the crate of findings.

mod deprecated_property;
mod foreign_event_field;
mod impossible_conversion;
mod loose_limit;
mod missing_property;
mod read_only_property;
mod type_mismatch;
mod uncertain_property;
mod unknown_event_field;
mod unknown_property;
mod unlisted_property;
mod value_mismatch;

use mapwright_findings::Reports;

use crate::facts::Facts;

/// Looks for what each rule finds in a version.
const RULES: &[fn(&Facts<'_, '_>, &mut Reports)] = &[
    deprecated_property::check,
    foreign_event_field::check,
    impossible_conversion::check,
    loose_limit::check,
    missing_property::check,
    read_only_property::check,
    type_mismatch::check,
    uncertain_property::check,
    unknown_event_field::check,
    unknown_property::check,
    unlisted_property::check,
    value_mismatch::check,
];

/// Runs all rules over a version.
pub(crate) fn run(facts: &Facts<'_, '_>, reports: &mut Reports) {
    RULES.iter().for_each(|rule| rule(facts, reports));
}
