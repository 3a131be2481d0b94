//! `validate-mappings --mutate` as a process: which changes of mappings no test notices.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

const DESTINATION: &str =
    "title: Acme\nnames: [Acme]\nversions: { default: \"1\" }\nhosts: [api.acme.example.com]\n";
const VERSION: &str = "\
version: \"1\"
server: { value: https://api.acme.example.com }
operations:
  send: { method: POST, path: /send, idempotent: true }
";
const IDENTIFY: &str = "\
message: identify
payload:
  person:
    email: [traits.email, context.traits.email]
    age: { from: traits.age, as: [integer, { multiply: 150 }], on_error: omit }
    kind: { value: user, unless: traits.lead }
steps:
  send: { operation: send, body: person }
";
const TESTS: &str = "\
tests:
  - name: an email and an age
    event: { type: identify, traits: { email: alex@example.com, age: 7 } }
    expect:
      requests:
        - { method: POST, url: https://api.acme.example.com/send, body: { email: alex@example.com, age: 1050, kind: user } }
";

fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    let files = [
        ("destination.yaml", DESTINATION),
        ("1/version.yaml", VERSION),
        ("1/identify.yaml", IDENTIFY),
        ("1/identify.test.yaml", TESTS),
    ];
    for (path, text) in files {
        let path = folder.path().join("mappings/acme").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// Returns the exit code, standard output and standard error.
fn mutate(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let program = env!("CARGO_BIN_EXE_validate-mappings");
    let output = Command::new(program).arg("--mutate").args(args).current_dir(folder).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn changes_that_no_test_notices_are_listed() {
    let folder = folder();
    let (code, out, err) = mutate(folder.path(), &[]);
    insta::assert_snapshot!(out);
    assert_eq!((code, err.as_str()), (0, ""));
    let (_, one, _) = mutate(folder.path(), &["mappings/acme/1/version.yaml"]);
    let of_file = out.lines().filter(|line| line.starts_with("mappings/acme/1/version.yaml"));
    assert_eq!(
        one.lines().filter(|line| line.starts_with("mappings")).collect::<Vec<_>>(),
        of_file.collect::<Vec<_>>()
    );
}

#[test]
fn a_score_that_is_too_low_fails() {
    let folder = folder();
    assert_eq!(mutate(folder.path(), &["--min-score", "100"]).0, 1);
    assert_eq!(mutate(folder.path(), &["--min-score", "10"]).0, 0);
    assert_eq!(mutate(folder.path(), &["--min-score", "100", "--exit-zero"]).0, 0);
    let (code, _, err) = mutate(folder.path(), &["--min-score", "x"]);
    assert_eq!(code, 2);
    assert!(err.contains("expected a number from 0 to 100, found `x`"), "{err}");
}

#[test]
fn warnings_can_fail_beside_the_score() {
    let folder = folder();
    let (code, out, err) = mutate(folder.path(), &["--deny-warnings"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let version = folder.path().join("mappings/acme/1/version.yaml");
    fs::write(&version, VERSION.to_owned() + "sets: { unused: [a] }\n").unwrap();
    let (code, with_warning, err) = mutate(folder.path(), &["--deny-warnings"]);
    assert_eq!(code, 1);
    assert!(err.contains("warning[unused-definition]"), "{err}");
    // the findings are beside what is printed of the mutants
    assert_eq!(with_warning.lines().last().map(|line| line.contains("mutants are noticed")), Some(true));
    assert!(
        out.lines().all(|line| line.contains("mutants") || with_warning.contains(line)),
        "{with_warning}"
    );
    assert_eq!(mutate(folder.path(), &["--deny-warnings=false"]).0, 0);
    let (code, out, err) = mutate(folder.path(), &["--deny-warnings", "--format", "json"]);
    assert_eq!(code, 1);
    assert!(serde_json::from_str::<serde_json::Value>(&out).is_ok(), "{out}");
    assert!(err.contains("warning[unused-definition]"), "{err}");
    // the score counts as well
    fs::write(&version, VERSION).unwrap();
    assert_eq!(mutate(folder.path(), &["--deny-warnings", "--min-score", "100"]).0, 1);
}

#[test]
fn a_change_that_denied_warnings_find_needs_no_test() {
    let folder = folder();
    // without `plan`, nothing reads the table
    let mapping =
        IDENTIFY.replace("    age:", "    plan: { from: traits.plan, as: { lookup: plans } }\n    age:");
    fs::write(folder.path().join("mappings/acme/1/identify.yaml"), mapping).unwrap();
    let version = VERSION.to_owned() + "tables: { plans: { a: b } }\n";
    fs::write(folder.path().join("mappings/acme/1/version.yaml"), version).unwrap();
    let gone = "no test notices: without `plan`\n";
    let (_, out, _) = mutate(folder.path(), &[]);
    assert!(out.contains(gone), "{out}");
    let (code, denied, err) = mutate(folder.path(), &["--deny-warnings"]);
    assert!(!denied.contains(gone), "{denied}");
    assert_eq!((code, err.as_str()), (0, ""));
    // a change without a finding still needs one
    let other = "no test notices: without `context.traits.email`\n";
    assert!(out.contains(other) && denied.contains(other), "{out}{denied}");
}

#[test]
fn programs_read_json() {
    let folder = folder();
    let (_, out, _) = mutate(folder.path(), &["--format", "json", "--sample", "10"]);
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    let count = |key: &str| report.get(key).and_then(serde_json::Value::as_u64).unwrap();
    assert_eq!(count("noticed") + count("survived") + count("invalid"), 10);
    let (code, _, err) = mutate(folder.path(), &["--format", "sarif"]);
    assert_eq!(code, 2);
    assert!(err.contains("mutants are printed as `text`, `json` or `github`"), "{err}");
}

#[test]
fn only_lines_that_differ_from_a_revision_are_changed() {
    let folder = folder();
    let git = |args: &[&str]| {
        let name = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
        let done = Command::new("git").args(name).args(args).current_dir(folder.path()).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    git(&["init", "--quiet"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "--message", "first"]);
    assert_eq!(mutate(folder.path(), &["--since", "HEAD"]).1, "there is nothing to change\n");
    let path = folder.path().join("mappings/acme/1/identify.yaml");
    fs::write(&path, IDENTIFY.replace("steps:", "    plan: traits.plan\nsteps:")).unwrap();
    let (_, out, _) = mutate(folder.path(), &["--since", "HEAD"]);
    // whatever the user has set for git
    git(&["config", "diff.noprefix", "true"]);
    assert_eq!(mutate(folder.path(), &["--since", "HEAD"]).1, out);
    insta::assert_snapshot!(out);
    let (code, _, err) = mutate(folder.path(), &["--since", "nowhere"]);
    assert_eq!(code, 2);
    assert!(err.contains("fails: fatal: bad revision 'nowhere'"), "{err}");
    let (code, _, err) = mutate(folder.path(), &["--since=--output=x"]);
    assert_eq!(code, 2);
    assert!(err.contains("expected a revision"), "{err}");
}

#[test]
fn mappings_whose_tests_fail_are_not_changed() {
    let folder = folder();
    let path = folder.path().join("mappings/acme/1/identify.test.yaml");
    fs::write(&path, TESTS.replace("kind: user", "kind: lead")).unwrap();
    let (code, out, err) = mutate(folder.path(), &[]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("failing-test"), "{err}");
    assert!(err.contains("so that changes would say nothing about the tests"), "{err}");
}

#[test]
fn sources_that_say_which_events_are_theirs_are_changed() {
    let folder = folder();
    let sources = "\
sources:
  web: { when: channel == 'web', cloud: [identify, track], device: [page] }
  cloud: { cloud: [identify] }
";
    fs::write(folder.path().join("mappings/acme/destination.yaml"), DESTINATION.to_owned() + sources)
        .unwrap();
    let survivors = || {
        let (_, out, _) = mutate(folder.path(), &["mappings/acme/destination.yaml"]);
        let changes = out.lines().filter(|line| line.starts_with("mappings/acme/destination.yaml:"));
        let changes = changes.filter_map(|line| line.split("no test notices: ").nth(1)).map(str::to_owned);
        changes.collect::<Vec<String>>()
    };
    let lists =
        ["without `cloud`", "without `identify`", "without `track`", "without `device`", "without `page`"];
    let all = survivors();
    for change in ["without `sources`", "without `web`", "without `when`", "`not (channel == 'web')`"]
        .iter()
        .chain(&lists)
    {
        assert!(all.iter().any(|survivor| survivor == change), "{change}: {all:?}");
    }
    // one of the source whose events only a caller knows would be another
    assert_eq!(all.iter().filter(|change| *change == "without `cloud`").count(), 1, "{all:?}");
    let of_web = "\
tests:
  - name: of the web
    event: { type: identify, channel: web, traits: { email: alex@example.com } }
    expect: { requests: [{ step: send }] }
  - name: of a server
    event: { type: identify, channel: server, traits: { email: alex@example.com } }
    expect: { requests: [{ step: send }] }
";
    fs::write(folder.path().join("mappings/acme/1/identify.web.test.yaml"), of_web).unwrap();
    let left = survivors();
    assert!(!left.iter().any(|change| change == "without `identify`"), "{left:?}");
}

#[test]
fn schemas_are_left_alone() {
    let folder = folder();
    let with = VERSION
        .replace("idempotent: true", "idempotent: true, schema: person.json, answer_schema: answer.json");
    fs::write(folder.path().join("mappings/acme/1/version.yaml"), with).unwrap();
    fs::create_dir_all(folder.path().join("schemas/acme/1")).unwrap();
    for name in ["person.json", "answer.json"] {
        fs::write(folder.path().join("schemas/acme/1").join(name), "{ \"type\": \"object\" }").unwrap();
    }
    let (_, out, err) = mutate(folder.path(), &[]);
    assert!(out.contains("mutants are noticed") && !out.contains("schema"), "{out}{err}");
}
