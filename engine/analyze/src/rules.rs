//! The rules: one file each, which finds; what it says is in the file of its name in the crate of findings.

mod impossible_conversion;
mod read_only_property;
mod type_mismatch;
mod value_mismatch;

use mapwright_findings::Reports;

use crate::facts::Facts;

/// Looks for what each rule finds in a version.
const RULES: &[fn(&Facts<'_, '_>, &mut Reports)] =
    &[impossible_conversion::check, read_only_property::check, type_mismatch::check, value_mismatch::check];

/// Runs all rules over a version.
pub(crate) fn run(facts: &Facts<'_, '_>, reports: &mut Reports) {
    RULES.iter().for_each(|rule| rule(facts, reports));
}
