//! The rules: one file each, which finds; what it says is in the file of its name in the crate of findings.

pub(crate) mod ambiguous_name;
mod conflicting_keys;
mod constant_condition;
mod deprecated_property;
mod endless_recovery;
mod foreign_event_field;
mod idempotence;
mod impossible_comparison;
mod impossible_conversion;
mod listed_twice;
mod loose_limit;
mod lost_items;
mod missing_case;
mod missing_property;
mod open_host;
mod read_only_property;
mod same_as_inherited;
mod secret_leak;
mod shadowed_alternative;
mod stale_setting;
mod type_mismatch;
mod uncertain_capture;
mod uncertain_property;
mod unknown_answer_field;
mod unknown_capture;
mod unknown_event_field;
mod unknown_keyword;
mod unknown_name;
mod unknown_payload;
mod unknown_property;
mod unknown_value;
mod unlisted_property;
mod unmapped_message;
mod unmarked_secret;
mod unplanned_field;
mod unreachable;
mod unused_definition;
mod useless_modifier;
mod useless_omit;
mod value_mismatch;

use mapwright_findings::Reports;
use mapwright_language::catalog::Catalog;

use crate::everywhere::Everywhere;
use crate::facts::Facts;
use crate::view::VersionView;

/// Looks for what each rule finds in a version.
const RULES: &[fn(&Facts<'_, '_>, &mut Reports)] = &[
    conflicting_keys::check,
    deprecated_property::check,
    foreign_event_field::check,
    idempotence::check,
    impossible_conversion::check,
    loose_limit::check,
    missing_property::check,
    open_host::check,
    read_only_property::check,
    stale_setting::check,
    type_mismatch::check,
    uncertain_property::check,
    unknown_answer_field::check,
    unknown_capture::check,
    unknown_event_field::check,
    unknown_keyword::check,
    unknown_name::check,
    unknown_payload::check,
    unknown_property::check,
    unknown_value::check,
    unlisted_property::check,
    unmarked_secret::check,
    unplanned_field::check,
    value_mismatch::check,
];

/// Looks for what each rule finds in places that other versions, mappings and variants may share.
const SHARED: &[fn(&VersionView<'_>, &mut Everywhere)] = &[
    constant_condition::check,
    endless_recovery::check,
    impossible_comparison::check,
    listed_twice::check,
    lost_items::check,
    missing_case::check,
    same_as_inherited::check,
    secret_leak::check,
    shadowed_alternative::check,
    uncertain_capture::check,
    unreachable::check,
    useless_modifier::check,
    useless_omit::check,
];

/// Runs all rules over a version.
pub(crate) fn run(facts: &Facts<'_, '_>, reports: &mut Reports) {
    RULES.iter().for_each(|rule| rule(facts, reports));
}

/// Runs the rules that look at shared places over a version.
pub(crate) fn look(version: &VersionView<'_>, everywhere: &mut Everywhere) {
    SHARED.iter().for_each(|rule| rule(version, everywhere));
}

/// What rules gather of all versions before they can report.
#[derive(Default)]
pub(crate) struct Across {
    definitions: unused_definition::Definitions,
}

impl Across {
    /// Gathers it of a version.
    pub(crate) fn add(&mut self, version: &VersionView<'_>) {
        self.definitions.add(version);
    }

    /// Adds what is found.
    pub(crate) fn report(self, catalog: &Catalog, reports: &mut Reports) {
        self.definitions.report(catalog, reports);
        ambiguous_name::check(catalog, reports);
        unmapped_message::check(catalog, reports);
    }
}

/// Runs the rules that look at destinations that are laid over others.
pub(crate) fn look_at_destinations(catalog: &Catalog, everywhere: &mut Everywhere) {
    for destination in &catalog.destinations {
        let base = destination.spec.extends.as_ref();
        if let Some(base) =
            base.and_then(|base| catalog.destinations.iter().find(|other| other.name == base.value))
        {
            same_as_inherited::of_destination(&destination.node, &base.node, everywhere);
        }
    }
}
