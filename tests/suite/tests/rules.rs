//! Every rule has a folder `tests/data/rules/<id>` with files that it finds fault with and files that are right.

use std::collections::BTreeSet;
use std::path::PathBuf;

use mapwright::Sources;
use mapwright_report::{Format, Look, render};
use mapwright_tests::{files, workspace};
use mapwright_validate::{Options, Report, breaking_changes, validate};

fn fixtures() -> PathBuf {
    workspace().join("tests/data/rules")
}

/// What is found in one of the two sides of a rule, also what has changed from what the mappings were, if its folder says that.
fn report_of(rule: &str, sources: &Sources) -> Report {
    let mut report = validate(sources, &Options::default());
    let before = fixtures().join(rule).join("before");
    if before.is_dir() {
        report.add(breaking_changes(&files(&before), sources).findings);
    }
    report
}

fn rendered(rule: &str, sources: &Sources) -> String {
    render(&report_of(rule, sources), sources, Format::Text(Look::PLAIN))
}

#[test]
fn every_rule_has_a_folder_and_every_folder_a_rule() {
    let folders: BTreeSet<String> = std::fs::read_dir(fixtures())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    let rules: BTreeSet<String> = mapwright::rules().iter().map(|rule| rule.id.to_owned()).collect();
    assert_eq!(folders, rules);
}

#[test]
fn what_fails_has_findings_of_its_rule_and_no_others() {
    let mut others = String::new();
    for rule in mapwright::rules() {
        let sources = files(&fixtures().join(rule.id).join("fail"));
        let report = report_of(rule.id, &sources);
        let found: BTreeSet<&str> = report.findings.iter().map(|finding| finding.rule.id).collect();
        if found != BTreeSet::from([rule.id]) {
            others += &format!("{}: {found:?}\n{}", rule.id, rendered(rule.id, &sources));
        }
        insta::with_settings!({
            snapshot_path => fixtures().join(rule.id),
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, { insta::assert_snapshot!("fail", rendered(rule.id, &sources)) });
    }
    assert!(others.is_empty(), "{others}");
}

#[test]
fn what_passes_has_no_findings() {
    let mut found = String::new();
    for rule in mapwright::rules() {
        let sources = files(&fixtures().join(rule.id).join("pass"));
        assert!(sources.iter().count() > 0, "{}", rule.id);
        if !report_of(rule.id, &sources).findings.is_empty() {
            found += &format!("{}\n{}", rule.id, rendered(rule.id, &sources));
        }
    }
    assert!(found.is_empty(), "{found}");
}

#[test]
fn reports_for_machines_are_as_their_schema_says() {
    let schema = jsonschema::validator_for(&mapwright_report::json_schema()).unwrap();
    for rule in mapwright::rules() {
        let sources = files(&fixtures().join(rule.id).join("fail"));
        let text = render(&report_of(rule.id, &sources), &sources, Format::Json);
        let report: serde_json::Value = serde_json::from_str(&text).unwrap();
        let problems: Vec<String> = schema.iter_errors(&report).map(|error| error.to_string()).collect();
        assert!(problems.is_empty(), "{}: {problems:?}", rule.id);
        if rule.id == "failing-test" {
            insta::assert_snapshot!(text);
        }
    }
}

#[test]
fn reports_are_the_same_every_time() {
    for rule in mapwright::rules() {
        let sources = files(&fixtures().join(rule.id).join("fail"));
        assert_eq!(rendered(rule.id, &sources), rendered(rule.id, &sources), "{}", rule.id);
    }
}
