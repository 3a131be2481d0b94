//! The command `validate-mappings` as a process: where its reports go, and the paths in them.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

#[path = "common/acme.rs"]
mod acme;

use std::fs;
use std::path::Path;

use acme::{CLEAN, IDENTIFY, TESTS, VERSION, folder, rules, run, typo, write};
use serde_json::Value;

#[test]
fn a_report_takes_the_place_of_no_file_that_is_checked() {
    let config = "[[tracking_plans]]\nfiles = [\"plan.json\"]\nmessages = [\"identify\"]\n";
    let folder = folder(&[
        ("mapwright.toml", config),
        ("plan.json", r#"{ "properties": { "traits": { "properties": { "email": {} } } } }"#),
        ("schemas/acme/1/person.json", "{}"),
    ]);
    for file in [
        "mappings/acme/1/identify.yaml",
        "mappings/acme/1/identify.test.yaml",
        "schemas/acme/1/person.json",
        "mapwright.toml",
        "plan.json",
    ] {
        let before = fs::read(folder.path().join(file)).unwrap();
        for option in [format!("--output=json={file}"), format!("--write-baseline={file}")] {
            let (code, output, error) = run(folder.path(), &[&option]);
            assert_eq!((code, output.as_str()), (2, ""), "{option}");
            assert!(error.ends_with(&format!("{file}`; write to another file\n")), "{error}");
        }
        assert_eq!(fs::read(folder.path().join(file)).unwrap(), before);
    }
}

#[test]
fn a_report_is_no_new_file_among_those_that_are_checked() {
    let folder = folder(&[("schemas/acme/1/person.json", "{}")]);
    for (option, file) in [
        ("--output=json=", "mappings/acme/1/report.json"),
        ("--output=sarif=", "schemas/acme/report.json"),
        ("--write-baseline=", "mappings/baseline.json"),
    ] {
        let (code, output, error) = run(folder.path(), &[&format!("{option}{file}")]);
        assert_eq!((code, output.as_str()), (2, ""), "{file}");
        assert!(error.contains("would be read by the next check"), "{error}");
        assert!(!folder.path().join(file).exists());
    }
    assert_eq!(run(folder.path(), &["--output=json=report.json", "--output=text=mappings/report.txt"]).0, 0);
    let (code, output, error) = run(folder.path(), &["--output=json=-"]);
    assert_eq!((code, output.as_str()), (2, ""));
    assert!(error.contains("expected a file; `--format` says what standard output gets"), "{error}");
}

#[test]
fn what_repositories_show_has_paths_from_their_root() {
    let folder = typo();
    let here = folder.path().join("mappings/acme");
    let paths = |folder: &Path, args: &[&str]| {
        let of = |format: &str| run(folder, &[args, &["--format", format]].concat()).1;
        let sarif: Value = serde_json::from_str(&of("sarif")).unwrap();
        let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
        assert_eq!(place["uriBaseId"], "%SRCROOT%");
        let gitlab: Value = serde_json::from_str(&of("gitlab")).unwrap();
        let github = of("github");
        let github = github.strip_prefix("::error file=").unwrap().split(',').next().unwrap().to_owned();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        [text(&place["uri"]), text(&gitlab[0]["location"]["path"]), github]
    };
    // without a repository, from where the command runs
    assert_eq!(paths(&here, &["1"]), ["1/identify.yaml"; 3].map(str::to_owned));
    fs::create_dir(folder.path().join(".git")).unwrap();
    assert_eq!(paths(&here, &["1"]), ["mappings/acme/1/identify.yaml"; 3].map(str::to_owned));
    let absolute = folder.path().canonicalize().unwrap().join("mappings");
    assert_eq!(
        paths(&here, &[absolute.to_str().unwrap()]),
        ["mappings/acme/1/identify.yaml"; 3].map(str::to_owned)
    );
    // people and editors continue from where they are
    assert!(run(&here, &["--format", "concise", "1"]).1.starts_with("1/identify.yaml:5:22: "));
}

#[test]
fn what_is_here_is_nearer_than_what_a_configuration_above_names() {
    let folder = typo();
    for (path, text) in [
        ("destination.yaml", acme::DESTINATION),
        ("1/version.yaml", VERSION),
        ("1/identify.yaml", IDENTIFY),
        ("1/identify.test.yaml", TESTS),
    ] {
        write(folder.path(), &format!("inner/mappings/acme/{path}"), text.as_bytes());
    }
    write(folder.path(), "mapwright.toml", b"folders = [\"mappings\"]\n");
    assert_eq!(rules(folder.path(), &[]).0, 1);
    assert_eq!(run(&folder.path().join("inner"), &[]), (0, CLEAN.to_owned(), String::new()));
    // one that is here says what is meant
    write(folder.path(), "inner/mapwright.toml", b"folders = [\"../mappings\"]\n");
    assert_eq!(rules(&folder.path().join("inner"), &[]).0, 1);
}

#[test]
fn a_baseline_is_of_all_rules() {
    let version = format!("{VERSION}conversions:\n  one: trim\n");
    let folder = folder(&[
        ("mappings/acme/1/version.yaml", &version),
        ("mappings/acme/1/track.yaml", "message: track\nsteps: { send: { operation: send } }\n"),
    ]);
    assert_eq!(rules(folder.path(), &["--write-baseline=known.json"]).0, 0);
    let (code, output, error) =
        run(folder.path(), &["--baseline=known.json", "--select=unused", "--deny-warnings"]);
    assert_eq!((code, error.as_str()), (0, ""), "{output}");
    assert!(output.starts_with("no findings (1 suppressed) in "), "{output}");
    for option in ["--select=unused", "--ignore=unused"] {
        let (code, _, error) = run(folder.path(), &["--write-baseline=known.json", option]);
        assert!(code == 2 && error.contains("cannot be used with"), "{error}");
    }
}

#[test]
fn statistics_are_text_or_json() {
    let version = format!("{VERSION}conversions:\n  one: trim\n  two: trim\n");
    let folder = folder(&[("mappings/acme/1/version.yaml", &version)]);
    let (_, output, _) = run(folder.path(), &["--statistics", "--format=json"]);
    let counted: Value = serde_json::from_str(&output).unwrap();
    let line = &counted[0];
    assert_eq!((&line["rule"], &line["count"]), (&"unused-definition".into(), &2.into()), "{output}");
    assert_eq!(line["severity"], "warning");
    let (code, _, error) = run(folder.path(), &["--statistics", "--format=sarif"]);
    assert_eq!(
        (code, error.as_str()),
        (2, "error: statistics are printed as `text` or `json`; select one with `--format`\n")
    );
}

#[test]
fn mutants_take_no_options_that_are_about_findings() {
    let folder = folder(&[]);
    for option in ["--select=unused", "--ignore=unused", "--baseline=a", "--statistics"] {
        let (code, _, error) = run(folder.path(), &["--mutate", option]);
        assert!(code == 2 && error.contains("cannot be used with"), "{error}");
    }
    let (_, quiet, _) = run(folder.path(), &["--mutate", "-q"]);
    let (_, output, _) = run(folder.path(), &["--mutate"]);
    assert!(output.starts_with(&quiet) && output.lines().count() == quiet.lines().count() + 1, "{output}");
}

#[test]
fn a_report_is_no_file_that_the_next_check_would_read() {
    let folder = folder(&[
        ("mapwright.toml", "folders = [\"mappings\"]\nfixtures = [\"events\"]\nschemas = [\"more\"]\n"),
        ("events/one.json", "{}"),
        ("more/acme/1/person.json", "{}"),
    ]);
    for file in ["events/two.json", "more/acme/1/two.json", "mappings/mapwright.toml", "schemas/two.json"] {
        fs::create_dir_all(folder.path().join("schemas")).unwrap();
        let (code, _, error) = run(folder.path(), &[&format!("--output=json={file}")]);
        assert!(code == 2 && error.contains("would be read by the next check"), "{file}: {error}");
        assert!(!folder.path().join(file).exists());
    }
    // schemas beside a folder of any name are read
    fs::rename(folder.path().join("mappings"), folder.path().join("destinations")).unwrap();
    write(folder.path(), "schemas/acme/1/person.json", b"{}");
    let (code, _, error) = run(folder.path(), &["destinations", "--output=json=schemas/acme/1/person.json"]);
    assert!(code == 2 && error.ends_with("write to another file\n"), "{error}");
    assert_eq!(fs::read(folder.path().join("schemas/acme/1/person.json")).unwrap(), b"{}");
}

#[test]
fn a_configuration_denies_warnings_and_knows_a_baseline() {
    let version = format!("{VERSION}conversions:\n  one: trim\n");
    let folder = folder(&[
        ("mappings/acme/1/version.yaml", &version),
        ("mapwright.toml", "deny_warnings = true\nbaseline = \"known.json\"\n"),
    ]);
    // it is about to be written
    assert_eq!(run(folder.path(), &["--write-baseline=known.json"]).0, 0);
    assert_eq!(rules(folder.path(), &[]), (0, String::new()));
    let known = fs::read(folder.path().join("known.json")).unwrap();
    let (code, _, error) = run(folder.path(), &["--output=json=known.json"]);
    assert!(code == 2 && error.contains("is also the baseline"), "{error}");
    assert_eq!(fs::read(folder.path().join("known.json")).unwrap(), known);
    // the command line wins
    assert_eq!(rules(folder.path(), &["--no-baseline"]), (1, "unused-definition".to_owned()));
    assert_eq!(rules(folder.path(), &["--no-baseline", "--deny-warnings=false"]).0, 0);
    assert_eq!(rules(folder.path(), &["--no-baseline", "--exit-zero"]).0, 0);
    write(folder.path(), "other.json", b"{ \"version\": 1, \"findings\": [] }");
    assert_eq!(rules(folder.path(), &["--baseline=other.json"]), (1, "unused-definition".to_owned()));
    fs::remove_file(folder.path().join("known.json")).unwrap();
    let (code, _, error) = run(folder.path(), &[]);
    assert!(code == 2 && error.contains("cannot read the baseline"), "{error}");
    write(folder.path(), "mapwright.toml", b"deny_warnings = 1\nbaseline = \"../known.json\"\n");
    let (_, output, _) = run(folder.path(), &["--select=invalid-config"]);
    insta::assert_snapshot!(output);
}

#[test]
fn a_configuration_above_the_repository_is_not_of_it() {
    let folder = typo();
    write(folder.path(), "mapwright.toml", b"[rules]\nunknown = \"allow\"\n");
    assert_eq!(rules(folder.path(), &["--select=unknown"]), (0, String::new()));
    // a file is what a worktree has
    for is_file in [false, true] {
        let git = folder.path().join("mappings/.git");
        if is_file {
            fs::remove_dir(&git).unwrap();
            fs::write(&git, "gitdir: elsewhere\n").unwrap();
        } else {
            fs::create_dir(&git).unwrap();
        }
        assert_eq!(rules(folder.path(), &["--select=unknown"]), (1, "unknown-operation".to_owned()));
    }
    write(folder.path(), "mappings/mapwright.toml", b"[rules]\nunknown = \"allow\"\n");
    assert_eq!(rules(folder.path(), &["--select=unknown"]), (0, String::new()));
}

#[test]
fn files_with_other_endings_of_yaml_are_told() {
    for name in ["track.yml", "track.YAML", "track.Yml", "TRACK.YML"] {
        let folder = folder(&[(&format!("mappings/acme/1/{name}"), "message: track\n")]);
        assert_eq!(rules(folder.path(), &[]), (0, "stray-file".to_owned()), "{name}");
        let program = env!("CARGO_BIN_EXE_mapwright");
        let args = ["list", "--no-builtin", "--mappings", "mappings"];
        let output =
            std::process::Command::new(program).args(args).current_dir(folder.path()).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        let said = format!(
            "error: `mappings/acme/1/{name}` would be ignored, since mapping files end in `.yaml`; rename it\n"
        );
        assert_eq!((output.status.code(), error), (Some(2), said));
    }
}

#[cfg(unix)]
#[test]
fn a_file_whose_name_is_no_text_is_told() {
    use std::os::unix::ffi::OsStrExt;
    let folder = folder(&[]);
    let name = std::ffi::OsStr::from_bytes(b"tr\xe4ck.yaml");
    fs::write(folder.path().join("mappings/acme/1").join(name), "message: track\n").unwrap();
    let program = env!("CARGO_BIN_EXE_validate-mappings");
    let output = std::process::Command::new(program).current_dir(folder.path()).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    let said = "error: `mappings/acme/1/tr\u{fffd}ck.yaml` has a name that is not UTF-8; rename it\n";
    assert!(output.status.code() == Some(2) && error == said, "{error}");
}

const FAILING: &str = "tests:
  - name: an email
    event: { type: identify, traits: { email: alex@example.com } }
    expect:
      requests: [{ url: https://api.acme.example.com/other, body: { email: kim@example.com, name: Kim } }]
";

#[test]
fn annotations_say_what_a_test_expected_and_what_was_found() {
    let folder = folder(&[("mappings/acme/1/identify.test.yaml", FAILING)]);
    insta::assert_snapshot!("github_failing_test", run(folder.path(), &["--format=github"]).1);
    insta::assert_snapshot!("junit_failing_test", run(folder.path(), &["--format=junit"]).1);
    let gitlab: Value = serde_json::from_str(&run(folder.path(), &["--format=gitlab"]).1).unwrap();
    insta::assert_snapshot!("gitlab_failing_test", gitlab[0]["description"].as_str().unwrap());
}

#[test]
fn the_summary_of_a_step_says_what_the_tests_reach_too_little_of() {
    let identify = IDENTIFY.replace("email: traits.email", "email: [traits.email, userId]");
    let folder = folder(&[("mappings/acme/1/identify.yaml", &identify)]);
    let program = env!("CARGO_BIN_EXE_validate-mappings");
    let args = [
        "--coverage",
        "--min-coverage=90",
        "--min-coverage=fallbacks=80",
        "--min-coverage=rows=50",
        "--format=github",
    ];
    let mut command = std::process::Command::new(program);
    command.args(args).current_dir(folder.path()).env("GITHUB_STEP_SUMMARY", "summary.md");
    assert_eq!(command.output().unwrap().status.code(), Some(1));
    insta::assert_snapshot!(fs::read_to_string(folder.path().join("summary.md")).unwrap());
}

#[test]
fn tests_of_versions_with_errors_are_skipped_in_junit() {
    let next =
        "version: \"2\"\nextends: \"1\"\noperations:\n  send: { method: POST, path: /send, rate: none }\n";
    let broken = folder(&[
        ("mappings/acme/2/version.yaml", next),
        ("mappings/acme/2/track.yaml", "message: track\nsteps: [\n"),
        (
            "mappings/acme/2/track.test.yaml",
            "tests:\n  - { name: unread, event: { type: track }, expect: { requests: [] } }\n",
        ),
    ]);
    insta::assert_snapshot!(run(broken.path(), &["--format=junit"]).1);
}

#[test]
fn tests_of_a_destination_that_cannot_be_read_are_skipped_in_junit() {
    let broken = folder(&[("mappings/acme/destination.yaml", "title: Acme\nnames: [\n")]);
    let junit = run(broken.path(), &["--format=junit"]).1;
    assert!(junit.contains("<skipped"), "{junit}");
    insta::assert_snapshot!(junit);
}
