//! The rules: one file each, which finds; what it says is in the file of its name in the crate of findings.

mod read_only_property;

use mapwright_findings::Reports;

use crate::facts::Facts;

/// Looks for what each rule finds in a version.
const RULES: &[fn(&Facts<'_, '_>, &mut Reports)] = &[read_only_property::check];

/// Runs all rules over a version.
pub(crate) fn run(facts: &Facts<'_, '_>, reports: &mut Reports) {
    RULES.iter().for_each(|rule| rule(facts, reports));
}
