//! The rules, one file per rule: its findings, messages and documentation.

pub mod ambiguous_name;
pub mod answer_violation;
pub mod breaking_change;
pub mod capture_before_set;
pub mod conflicting_keys;
pub mod constant_condition;
pub mod deprecated_property;
pub mod duplicate_key;
pub mod endless_recovery;
pub mod extends_cycle;
pub mod failing_test;
pub mod foreign_event_field;
pub mod host_not_allowed;
pub mod idempotence;
pub mod impossible_comparison;
pub mod impossible_conversion;
pub mod inherited_body;
pub mod invalid_argument;
pub mod invalid_condition;
pub mod invalid_config;
pub mod invalid_path;
pub mod invalid_schema;
pub mod invalid_suppression;
pub mod invalid_template;
pub mod invalid_value;
pub mod listed_twice;
pub mod loose_limit;
pub mod lost_items;
pub mod misplaced_name;
pub mod misread_yaml;
pub mod missing_body;
pub mod missing_case;
pub mod missing_file;
pub mod missing_key;
pub mod missing_parameter;
pub mod missing_property;
pub mod open_host;
pub mod override_nothing;
pub mod payload_cycle;
pub mod plural_path;
pub mod read_only_property;
pub mod same_as_inherited;
pub mod schema_violation;
pub mod secret_leak;
pub mod shadowed_alternative;
pub mod stale_setting;
pub mod stray_file;
pub mod todo;
pub mod type_mismatch;
pub mod uncertain_capture;
pub mod uncertain_property;
pub mod unexplained_suppression;
pub mod unknown_answer_field;
pub mod unknown_capture;
pub mod unknown_column;
pub mod unknown_conversion;
pub mod unknown_event_field;
pub mod unknown_key;
pub mod unknown_keyword;
pub mod unknown_mapping;
pub mod unknown_name;
pub mod unknown_operation;
pub mod unknown_payload;
pub mod unknown_property;
pub mod unknown_rate;
pub mod unknown_requirement;
pub mod unknown_set;
pub mod unknown_setting;
pub mod unknown_step;
pub mod unknown_table;
pub mod unknown_value;
pub mod unknown_version;
pub mod unlisted_property;
pub mod unmapped_message;
pub mod unmarked_secret;
pub mod unplanned_field;
pub mod unquoted_version;
pub mod unreachable;
pub mod untested_mapping;
pub mod unusable_version;
pub mod unused_definition;
pub mod unused_suppression;
pub mod useless_modifier;
pub mod useless_omit;
pub mod value_mismatch;
pub mod wrong_type;
pub mod wrong_word;
pub mod yaml_syntax;

use crate::finding::Rule;

/// Returns all rules, ordered by id.
///
/// ```
/// let rule = mapwright_findings::rules::all().iter().find(|rule| rule.id == "unknown-key");
/// assert!(rule.is_some());
/// ```
pub fn all() -> &'static [&'static Rule] {
    ALL
}

static ALL: &[&Rule] = &[
    &ambiguous_name::RULE,
    &answer_violation::RULE,
    &breaking_change::RULE,
    &capture_before_set::RULE,
    &conflicting_keys::RULE,
    &constant_condition::RULE,
    &deprecated_property::RULE,
    &duplicate_key::RULE,
    &endless_recovery::RULE,
    &extends_cycle::RULE,
    &failing_test::RULE,
    &foreign_event_field::RULE,
    &host_not_allowed::RULE,
    &idempotence::RULE,
    &impossible_comparison::RULE,
    &impossible_conversion::RULE,
    &inherited_body::RULE,
    &invalid_argument::RULE,
    &invalid_condition::RULE,
    &invalid_config::RULE,
    &invalid_path::RULE,
    &invalid_schema::RULE,
    &invalid_suppression::RULE,
    &invalid_template::RULE,
    &invalid_value::RULE,
    &listed_twice::RULE,
    &loose_limit::RULE,
    &lost_items::RULE,
    &misplaced_name::RULE,
    &misread_yaml::RULE,
    &missing_body::RULE,
    &missing_case::RULE,
    &missing_file::RULE,
    &missing_key::RULE,
    &missing_parameter::RULE,
    &missing_property::RULE,
    &open_host::RULE,
    &override_nothing::RULE,
    &payload_cycle::RULE,
    &plural_path::RULE,
    &read_only_property::RULE,
    &same_as_inherited::RULE,
    &schema_violation::RULE,
    &secret_leak::RULE,
    &shadowed_alternative::RULE,
    &stale_setting::RULE,
    &stray_file::RULE,
    &todo::RULE,
    &type_mismatch::RULE,
    &uncertain_capture::RULE,
    &uncertain_property::RULE,
    &unexplained_suppression::RULE,
    &unknown_answer_field::RULE,
    &unknown_capture::RULE,
    &unknown_column::RULE,
    &unknown_conversion::RULE,
    &unknown_event_field::RULE,
    &unknown_key::RULE,
    &unknown_keyword::RULE,
    &unknown_mapping::RULE,
    &unknown_name::RULE,
    &unknown_operation::RULE,
    &unknown_payload::RULE,
    &unknown_property::RULE,
    &unknown_rate::RULE,
    &unknown_requirement::RULE,
    &unknown_set::RULE,
    &unknown_setting::RULE,
    &unknown_step::RULE,
    &unknown_table::RULE,
    &unknown_value::RULE,
    &unknown_version::RULE,
    &unlisted_property::RULE,
    &unmapped_message::RULE,
    &unmarked_secret::RULE,
    &unplanned_field::RULE,
    &unquoted_version::RULE,
    &unreachable::RULE,
    &untested_mapping::RULE,
    &unusable_version::RULE,
    &unused_definition::RULE,
    &unused_suppression::RULE,
    &useless_modifier::RULE,
    &useless_omit::RULE,
    &value_mismatch::RULE,
    &wrong_type::RULE,
    &wrong_word::RULE,
    &yaml_syntax::RULE,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_sorted_and_unique() {
        let ids: Vec<&str> = all().iter().map(|rule| rule.id).collect();
        assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
    }

    #[test]
    fn every_file_of_a_rule_is_listed() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/rules");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
            .map(|path| path.file_stem().unwrap().to_string_lossy().replace('_', "-"))
            .collect();
        files.sort();
        assert_eq!(files, all().iter().map(|rule| rule.id).collect::<Vec<_>>());
    }

    #[test]
    fn texts_are_written_in_one_style() {
        for rule in all() {
            assert!(
                !rule.summary.ends_with('.') && !rule.summary.starts_with(char::is_uppercase),
                "{}",
                rule.id
            );
            assert!(rule.doc.contains("```"), "{} has no example", rule.id);
        }
    }
}
