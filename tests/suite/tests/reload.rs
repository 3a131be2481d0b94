//! Mappings that are read again after some files have changed are what a first reading makes of them.
#![allow(clippy::unwrap_used, reason = "tests")]

use mapwright::{Plans, Schemas, Sources, Spec, TestRun};
use mapwright_tests::sources;

const IDENTIFY: &str = "message: identify\nsteps: { send: { operation: send, body: { id: userId } } }";
const TESTS: &str = "
settings: { apiKey: test-key }
tests:
  - { name: an id, event: { type: identify, userId: u1 }, expect: { requests: [{ body: { id: u1 } }] } }
";

fn before() -> (Sources, Plans) {
    let mut files = sources(IDENTIFY);
    files.insert("mappings/acme/1.0/identify.test.yaml", TESTS);
    let plans = Spec::load(&files).check().unwrap().compile();
    assert_eq!(told(&plans, &files), "1 tests: ");
    (files, plans)
}

fn told(plans: &Plans, files: &Sources) -> String {
    let run = TestRun::new(plans, &Schemas::new(plans), files);
    let findings: Vec<String> = run.findings.iter().map(ToString::to_string).collect();
    format!("{} tests: {}", run.tests, findings.join("\n"))
}

/// Reads changed files again, and compares the findings with those of a first reading.
fn again(files: &Sources, plans: &Plans) -> String {
    let first = Spec::load(files).check().unwrap().compile();
    let again = plans.reload(files).check().unwrap().compile();
    let told = told(&again, files);
    assert_eq!(told, self::told(&first, files));
    told
}

#[test]
fn a_changed_mapping_fails_the_same_tests() {
    let (mut files, plans) = before();
    files.insert("mappings/acme/1.0/identify.yaml", IDENTIFY.replace("userId", "anonymousId"));
    assert!(again(&files, &plans).contains("identify.test.yaml:4:"));
}

#[test]
fn a_changed_test_is_read() {
    let (mut files, plans) = before();
    files.insert("mappings/acme/1.0/identify.test.yaml", TESTS.replace("{ id: u1 }", "{ id: u2 }"));
    assert!(again(&files, &plans).contains("identify.test.yaml:4:"));
}

#[test]
fn tests_behind_new_files_keep_their_places() {
    let (mut files, plans) = before();
    files.insert("mappings/acme/1.0/alias.yaml", IDENTIFY.replace("identify", "alias"));
    files.insert("mappings/acme/1.0/identify.yaml", IDENTIFY.replace("userId", "anonymousId"));
    assert!(again(&files, &plans).contains("identify.test.yaml:4:"));
}

#[test]
fn what_is_wrong_with_a_test_file_is_told_again() {
    let (mut files, plans) = before();
    files.insert("mappings/acme/1.0/identify.test.yaml", format!("{TESTS}tests: []\n"));
    let told = |spec: Spec| spec.check().unwrap_err().to_string();
    let wrong = told(plans.reload(&files));
    assert_eq!(wrong, told(Spec::load(&files)));
    let partial = plans.reload(&files).check().unwrap_err().partial.compile();
    assert_eq!(told(partial.reload(&files)), wrong);
}
