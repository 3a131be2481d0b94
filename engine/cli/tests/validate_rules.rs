//! The command `validate-mappings` as a process: which findings count, by the configuration, comments, options and baselines.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

#[path = "common/acme.rs"]
mod acme;

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use acme::{CLEAN, IDENTIFY, TESTS, VERSION, folder, rules, run, typo, write};
use tempfile::TempDir;

/// A version with two conversions that nothing uses.
fn unused() -> String {
    format!("{VERSION}conversions:\n  one: trim\n  two: trim\n")
}

fn with_unused(others: &[(&str, &str)]) -> TempDir {
    let folder = folder(&[("mappings/acme/1/version.yaml", &unused())]);
    others.iter().for_each(|(path, text)| write(folder.path(), path, text.as_bytes()));
    folder
}

#[test]
fn the_configuration_gives_rules_other_levels() {
    let folder = with_unused(&[]);
    let both = "unused-definition unused-definition".to_owned();
    assert_eq!(rules(folder.path(), &[]), (0, both.clone()));
    for (config, expected) in [
        ("[rules]\nunused-definition = \"deny\"\n", (1, both.clone())),
        ("[rules]\nunused = \"deny\"\n", (1, both.clone())),
        ("[rules]\nall = \"deny\"\nunused-definition = \"hint\"\n", (0, both.clone())),
        ("[rules]\nunused = \"allow\"\n", (0, String::new())),
        (
            "[[paths]]\nfiles = [\"mappings/acme/1/*.yaml\"]\nrules = { all = \"allow\" }\n",
            (0, String::new()),
        ),
        (
            "[[paths]]\nfiles = [\"mappings/acme/2/**\"]\nrules = { all = \"allow\" }\n",
            (1, format!("{both} invalid-config")),
        ),
        (
            "[rules]\nunused = \"allow\"\n[[paths]]\nfiles = [\"mappings/**\"]\nrules = { unused = \"deny\" }\n",
            (1, both.clone()),
        ),
    ] {
        write(folder.path(), "mapwright.toml", config.as_bytes());
        assert_eq!(rules(folder.path(), &[]), expected, "{config}");
        // the path of the configuration is another one, and its place among the findings too
        let (code, found) = rules(&folder.path().join("mappings/acme"), &["1"]);
        let sorted = |rules: &str| -> Vec<String> {
            let mut rules: Vec<String> = rules.split(' ').map(str::to_owned).collect();
            rules.sort();
            rules
        };
        assert_eq!((code, sorted(&found)), (expected.0, sorted(&expected.1)), "{config}");
    }
    // hints never fail
    write(folder.path(), "mapwright.toml", b"[rules]\nunused = \"hint\"\n");
    let (code, output, _) = run(folder.path(), &["--deny-warnings"]);
    assert_eq!(code, 0, "{output}");
    assert!(output.starts_with("hint[unused-definition]: "), "{output}");
    assert!(output.contains("\n2 hints in 4 files"), "{output}");
}

#[test]
fn mistakes_in_the_configuration_are_findings() {
    let folder = folder(&[("mapwright.toml", "[rules]\nunused-defintion = \"deny\"\n")]);
    let (code, output, _) = run(&folder.path().join("mappings/acme"), &["1"]);
    let expected = "\
error[invalid-config]: unknown rule `unused-defintion`
 --> ../../mapwright.toml:2:1
  |
2 | unused-defintion = \"deny\"
  | ^^^^^^^^^^^^^^^^
  |
  = help: did you mean `unused-definition`?
";
    assert_eq!(code, 1);
    assert!(output.starts_with(expected), "{output}");
    for (config, line) in [
        (
            "rules = 1",
            "mapwright.toml:1:9: error: expected a table of rules and levels, found an integer [invalid-config]",
        ),
        ("[rules\n", "mapwright.toml:1:7: error: this is not TOML: "),
        (
            "[rule]\n",
            "mapwright.toml:1:2: error: unknown key `rule` [invalid-config] (did you mean `rules`?)",
        ),
    ] {
        write(folder.path(), "mapwright.toml", config.as_bytes());
        let (code, output, _) = run(folder.path(), &["--format", "concise"]);
        assert_eq!(code, 1);
        assert!(output.starts_with(line), "{output}");
    }
}

#[test]
fn the_configuration_says_which_folders_are_checked() {
    let folder = typo();
    for (path, text) in [
        ("destination.yaml", acme::DESTINATION),
        ("1/version.yaml", VERSION),
        ("1/identify.yaml", IDENTIFY),
        ("1/identify.test.yaml", TESTS),
    ] {
        write(folder.path(), &format!("other/mappings/acme/{path}"), text.as_bytes());
    }
    write(folder.path(), "mapwright.toml", b"folders = [\"other/mappings\"]\n");
    assert_eq!(run(folder.path(), &[]), (0, CLEAN.to_owned(), String::new()));
    assert_eq!(run(&folder.path().join("other/mappings/acme"), &[]), (0, CLEAN.to_owned(), String::new()));
    assert_eq!(rules(folder.path(), &["mappings"]), (1, "unknown-operation".to_owned()));
    // a mistake in it is reported once
    write(folder.path(), "mapwright.toml", b"folders = [\"other/mappings\", \"mappings\"]\nx = 1\n");
    assert_eq!(rules(folder.path(), &[]), (1, "invalid-config unknown-operation".to_owned()));
}

#[test]
fn the_configuration_names_schemas_and_tracking_plans_in_its_folder() {
    let config = "schemas = [\"api\"]\n[[tracking_plans]]\nfiles = [\"tracking/\"]\nmessages = [\"identify\"]\ndescribes = \"traits\"\n";
    let plan = r#"{ "properties": { "mail": { "type": "integer" } } }"#;
    let version = VERSION.replace("path: /send", "path: /send, schema: person.json");
    let folder = folder(&[
        ("mapwright.toml", config),
        ("tracking/user.json", plan),
        ("tracking/README.md", "# Plans\n"),
        ("api/acme/1/person.json", r#"{ "properties": { "email": { "type": "string" } } }"#),
        ("mappings/acme/1/version.yaml", &version),
    ]);
    for path in [folder.path().to_owned(), folder.path().join("mappings/acme")] {
        assert_eq!(rules(&path, &["--deny-warnings", "."]), (1, "unplanned-field".to_owned()));
    }
    let identify = IDENTIFY.replace("traits.email", "traits.mail");
    write(folder.path(), "mappings/acme/1/identify.yaml", identify.as_bytes());
    assert_eq!(rules(folder.path(), &["--no-tests"]), (1, "type-mismatch".to_owned()));
    write(folder.path(), "mapwright.toml", config.replace("api", "apis").as_bytes());
    let (code, _, error) = run(folder.path(), &[]);
    assert_eq!(code, 2);
    assert!(error.contains("`mapwright.toml` names the folder of schemas `"), "{error}");
    #[cfg(unix)]
    {
        let outside = TempDir::new().unwrap();
        write(outside.path(), "plan.json", b"{}");
        std::os::unix::fs::symlink(
            outside.path().join("plan.json"),
            folder.path().join("tracking/link.json"),
        )
        .unwrap();
        write(folder.path(), "mapwright.toml", config.as_bytes());
        let (code, _, error) = run(folder.path(), &[]);
        assert_eq!(code, 2);
        assert!(error.contains("is a link that leads out of its folder"), "{error}");
    }
}

#[test]
fn the_configuration_names_fixtures_that_tests_read() {
    let tests = r#"
tests:
  - name: an event of the fixtures
    event_file: events/alex.json
    responses: [{ status: 200, body_file: ok.json }]
    expect: { requests: [{ step: send, body: { email: alex@example.com } }] }
"#;
    let event = r#"{ "type": "identify", "userId": "u1", "traits": { "email": "alex@example.com" } }"#;
    let folder = folder(&[
        ("mapwright.toml", "fixtures = [\"shared/fixtures/\", \"more\"]\n"),
        ("shared/fixtures/events/alex.json", event),
        ("shared/fixtures/README.md", "# Fixtures\n"),
        ("more/ok.json", "{}"),
        ("mappings/acme/1/identify.test.yaml", tests),
    ]);
    let top = folder.path();
    for path in [top.to_owned(), top.join("mappings/acme")] {
        assert_eq!(rules(&path, &["--deny-warnings", "."]), (0, String::new()));
    }
    assert_eq!(rules(top, &["--deny-warnings", "--no-tests"]), (0, String::new()));
    // one beside the test is nearer
    write(top, "mappings/acme/1/ok.json", b"[");
    let (_, output, _) = run(top, &[]);
    assert!(output.contains("`ok.json` is not valid JSON"), "{output}");
    fs::remove_file(top.join("mappings/acme/1/ok.json")).unwrap();
    // of what no test reads, it is said where it is named
    write(top, "more/a.json", b"{}");
    write(top, "more/b.json", b"{}");
    let (code, output, _) = run(top, &["--deny-warnings", "--format", "concise"]);
    let expected = "mapwright.toml:1:33: warning: no test reads `a.json`, `b.json` [unused-definition]";
    assert!(code == 1 && output.starts_with(expected), "{output}");
    let config =
        "fixtures = [\"shared/fixtures\", \"more\", \"none\", \"../up\"]\n[rules]\nunused = \"allow\"\n";
    write(top, "mapwright.toml", config.as_bytes());
    let (_, output, _) = run(top, &["--format", "concise"]);
    let lines: Vec<&str> = output.lines().take(2).map(|line| line.split(" (").next().unwrap_or("")).collect();
    assert_eq!(
        lines,
        [
            "mapwright.toml:1:40: error: there is no folder `none` with JSON files [invalid-config]",
            "mapwright.toml:1:48: error: there is no folder `../up` with JSON files [invalid-config]"
        ],
        "{output}"
    );
    write(top, "mappings/acme/1/identify.test.yaml", tests.replace("ok.json", "no.json").as_bytes());
    assert_eq!(rules(top, &["--select", "missing-file"]), (1, "missing-file".to_owned()));
}

#[test]
fn comments_allow_findings() {
    let folder = with_unused(&[]);
    let allowed = |one: &str, two: &str, top: &str| {
        format!("{top}{VERSION}conversions:\n  one: trim {one}\n  {two}\n  two: trim\n")
    };
    let comment = "# mapwright: allow(unused-definition) of the next version";
    for (text, found) in [
        (allowed(comment, comment, ""), ""),
        (allowed(comment, "", ""), "unused-definition"),
        (allowed("", comment, ""), "unused-definition"),
        (allowed("", "# mapwright: allow(unused-definition) as it\n  # is to come", ""), "unused-definition"),
        (allowed("", "", "# A version.\n\n# mapwright: allow(unused) to come\n"), ""),
        (allowed(comment, comment, "# mapwright: allow(unused) to come\n"), ""),
        (
            allowed(comment, "# mapwright: allow(unused-definition, unknown-key) to come", ""),
            "unused-suppression",
        ),
        (
            allowed("", "", "# mapwright: alow(unused)\n"),
            "invalid-suppression unused-definition unused-definition",
        ),
    ] {
        write(folder.path(), "mappings/acme/1/version.yaml", text.as_bytes());
        assert_eq!(rules(folder.path(), &[]), (0, found.to_owned()), "{text}");
    }
    write(folder.path(), "mappings/acme/1/version.yaml", allowed(comment, comment, "").as_bytes());
    let (_, output, _) = run(folder.path(), &[]);
    assert!(output.starts_with("no findings (2 suppressed) in 4 files"), "{output}");
    let (_, output, _) = run(folder.path(), &["--format", "sarif"]);
    assert_eq!(output.matches("\"justification\": \"of the next version\"").count(), 2, "{output}");
}

#[test]
fn what_was_not_checked_leaves_no_comment_unused() {
    let folder = folder(&[(
        "mappings/acme/1/identify.test.yaml",
        &format!(
            "# mapwright: allow(failing-test) until it works\n{}",
            TESTS.replace("alex@example.com } }]", "other@example.com } }]")
        ),
    )]);
    assert_eq!(rules(folder.path(), &["--deny-warnings"]), (0, String::new()));
    assert_eq!(rules(folder.path(), &["--deny-warnings", "--no-tests"]), (0, String::new()));
    write(
        folder.path(),
        "mappings/acme/1/identify.yaml",
        IDENTIFY.replace("operation: send", "operation: sned").as_bytes(),
    );
    assert_eq!(rules(folder.path(), &[]), (1, "unknown-operation".to_owned()));
}

#[test]
fn rules_are_selected_and_ignored() {
    let folder =
        folder(&[("mappings/acme/1/track.yaml", "message: track\nsteps: { send: { operation: sned } }\n")]);
    let all = rules(folder.path(), &[]).1;
    assert!(all.contains("untested-mapping") && all.contains("unknown-operation"), "{all}");
    assert_eq!(rules(folder.path(), &["--select", "unknown-operation"]), (1, "unknown-operation".to_owned()));
    let untested = ["--select", "unknown,untested", "--ignore", "unknown-operation"];
    assert_eq!(rules(folder.path(), &untested).1, "untested-mapping");
    assert!(!rules(folder.path(), &["--ignore", "untested"]).1.contains("untested"));
    let (code, output, error) = run(folder.path(), &["--select", "unknwon"]);
    assert_eq!((code, output.as_str()), (2, ""));
    assert!(error.starts_with("error: unknown rule `unknwon`: "), "{error}");
    let (code, output, _) = run(folder.path(), &["--exit-zero"]);
    assert!(code == 0 && output.contains("unknown-operation"), "{output}");
}

#[test]
fn findings_are_counted_by_rule() {
    let (code, output, _) = run(with_unused(&[]).path(), &["--statistics", "--deny-warnings"]);
    assert_eq!(
        (code, output.as_str()),
        (1, "2  warning  unused-definition  something that is defined and that nothing uses\n")
    );
}

#[test]
fn rules_are_listed() {
    let (code, output, _) = run(Path::new("/"), &["--list-rules"]);
    assert_eq!(code, 0);
    assert!(
        output.lines().any(|line| line.starts_with("unknown-key ") && line.contains("  error    ")),
        "{output}"
    );
    let (code, output, _) = run(Path::new("/"), &["--list-rules", "--format", "json"]);
    assert_eq!(code, 0);
    let listed: serde_json::Value = serde_json::from_str(&output).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), mapwright::rules().len());
    let of = |id: &str| listed.as_array().unwrap().iter().find(|rule| rule["rule"] == id).unwrap().clone();
    assert_eq!(of("unknown-key")["severity"], "error");
}

#[test]
fn a_baseline_survives_moved_lines() {
    let folder = with_unused(&[]);
    let (code, _, _) = run(folder.path(), &["--deny-warnings", "--write-baseline", "known.json"]);
    assert_eq!(code, 0);
    let again = ["--deny-warnings", "--baseline", "known.json"];
    assert_eq!(rules(folder.path(), &again), (0, String::new()));
    // from elsewhere, and with other lines before them
    let moved = unused().replace("conversions:\n", "\n# moved\nconversions:\n");
    write(folder.path(), "mappings/acme/1/version.yaml", moved.as_bytes());
    assert_eq!(
        rules(&folder.path().join("mappings"), &["--deny-warnings", "--baseline", "../known.json", "acme"]).0,
        0
    );
    // one more is new
    write(folder.path(), "mappings/acme/1/version.yaml", format!("{moved}  three: trim\n").as_bytes());
    assert_eq!(rules(folder.path(), &again), (1, "unused-definition".to_owned()));
    // one that is gone is reported
    write(folder.path(), "mappings/acme/1/version.yaml", moved.replace("  one: trim\n", "").as_bytes());
    let (code, output, error) = run(folder.path(), &again);
    assert_eq!(code, 0);
    assert!(output.starts_with("no findings (1 suppressed) in "), "{output}");
    assert!(error.starts_with("note: 1 finding of the baseline is gone"), "{error}");
    for (text, reason) in [
        ("{", "EOF while parsing"),
        ("{\"version\": 2, \"findings\": []}", "it has the version 2, expected 1; write it again"),
    ] {
        write(folder.path(), "known.json", text.as_bytes());
        let (code, _, error) = run(folder.path(), &again);
        assert_eq!(code, 2);
        assert!(
            error.starts_with("error: cannot read the baseline `known.json`: ") && error.contains(reason),
            "{error}"
        );
    }
}

#[test]
fn the_text_of_one_file_comes_from_standard_input() {
    let folder = typo();
    let piped = |text: &str, args: &[&str]| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_validate-mappings"))
            .args(args)
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // the command may end without reading
        let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
        let output = child.wait_with_output().unwrap();
        (
            output.status.code().unwrap(),
            String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap(),
        )
    };
    let name = ["-", "--stdin-filename", "mappings/acme/1/identify.yaml"];
    assert_eq!(piped(IDENTIFY, &name), (0, CLEAN.to_owned()));
    let (code, output) = piped(&IDENTIFY.replace("body: person", "body: persno"), &name);
    assert_eq!(code, 1);
    assert!(output.contains("--> mappings/acme/1/identify.yaml:5:34"), "{output}");
    // a file that does not exist yet
    let (code, output) = piped("message: track\n", &["-", "--stdin-filename", "mappings/acme/1/track.yaml"]);
    assert!(code == 1 && output.contains("mappings/acme/1/track.yaml"), "{output}");
    let (code, output) = piped("", &["-"]);
    assert_eq!(
        (code, output.as_str()),
        (2, "error: `-` stands for the text of one file: state its path with `--stdin-filename`\n")
    );
    assert_eq!(piped("", &["mappings", "--stdin-filename", "x"]).0, 2);
}

#[test]
fn a_watched_folder_is_checked_again() {
    let folder = typo();
    let mut child = Command::new(env!("CARGO_BIN_EXE_validate-mappings"))
        .args(["--watch", "--format", "concise"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut until = |text: &str| lines.by_ref().find(|line| line.starts_with(text)).unwrap();
    until("1 error in 4 files");
    write(folder.path(), "mappings/acme/1/identify.yaml", IDENTIFY.as_bytes());
    until("no findings in 4 files");
    // as long as before, and in the same moment
    let identify = "mappings/acme/1/identify.yaml";
    write(folder.path(), identify, IDENTIFY.replace("body: person", "body: persno").as_bytes());
    write(folder.path(), identify, IDENTIFY.replace("body: person", "body: persoo").as_bytes());
    until("mappings/acme/1/identify.yaml:5:34: error: the payload has no `persoo`");
    // a folder that goes and comes back, as with another branch
    fs::rename(folder.path().join("mappings"), folder.path().join("gone")).unwrap();
    fs::rename(folder.path().join("gone"), folder.path().join("mappings")).unwrap();
    write(folder.path(), "mappings/acme/1/more/events.json", b"{}");
    write(folder.path(), identify, IDENTIFY.as_bytes());
    until("no findings in 4 files");
    write(folder.path(), "mapwright.toml", b"x = 1");
    until("1 error in 4 files");
    // nobody reads what it says
    drop(lines);
    write(folder.path(), "mapwright.toml", b"");
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_configuration_that_cannot_be_read_is_not_passed_over() {
    let folder = with_unused(&[]);
    let path = folder.path().join("mapwright.toml");
    fs::write(&path, b"[rules]\nunused = \"allow\" # caf\xe9\n").unwrap();
    let (code, output, _) = run(folder.path(), &["--format", "concise"]);
    assert_eq!(code, 1, "{output}");
    assert!(output.contains("mapwright.toml:2:23: error: this is not TOML: a byte is not UTF-8"), "{output}");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let (code, _, error) = run(folder.path(), &[]);
    assert_eq!(code, 2, "{error}");
}
