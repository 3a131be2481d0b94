//! The command `validate-mappings` as a process: what it prints, and its exit codes.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

#[path = "common/acme.rs"]
mod acme;

use std::fs;
use std::path::Path;
use std::process::Command;

use acme::{CLEAN, DESTINATION, IDENTIFY, TESTS, TYPO, VERSION, folder, rules, run, typo, write};
use tempfile::TempDir;

#[test]
fn mappings_without_mistakes() {
    let folder = folder(&[]);
    for args in [&[][..], &["mappings"], &["."], &["mappings/acme/1/identify.yaml", "--deny-warnings"]] {
        assert_eq!(run(folder.path(), args), (0, CLEAN.to_owned(), String::new()), "{args:?}");
    }
}

#[test]
fn a_mistake_is_shown_with_its_line() {
    assert_eq!(run(typo().path(), &[]), (1, TYPO.to_owned(), String::new()));
}

#[test]
fn paths_are_shown_from_the_current_folder() {
    let folder = typo();
    let (code, output, _) = run(&folder.path().join("mappings/acme"), &["1"]);
    assert_eq!((code, output.as_str()), (1, TYPO.replace("mappings/acme/1", "1").as_str()));
    // a folder with a `version.yaml` would make the one around it, which other tests share, a destination
    let (version, kept) =
        (folder.path().join("mappings/acme/1/version.yaml"), folder.path().join("kept.yaml"));
    fs::rename(&version, &kept).unwrap();
    let (code, output, _) = run(&folder.path().join("mappings/acme"), &["1"]);
    assert_eq!(code, 1);
    assert!(output.starts_with("error[missing-file]: missing file `1/version.yaml`\n"), "{output}");
    fs::rename(&kept, &version).unwrap();
    let (code, output, _) = run(&folder.path().join("mappings/acme/1"), &["."]);
    assert_eq!((code, output.as_str()), (1, TYPO.replace("mappings/acme/1/", "").as_str()));
    write(folder.path(), "elsewhere/file", b"");
    let (code, output, _) = run(&folder.path().join("elsewhere"), &["../mappings"]);
    assert_eq!((code, output.as_str()), (1, TYPO.replace("mappings", "../mappings").as_str()));
    let absolute = fs::canonicalize(folder.path().join("mappings")).unwrap();
    let (code, output, _) = run(Path::new("/"), &[absolute.to_str().unwrap()]);
    assert_eq!((code, output), (1, TYPO.replace("mappings", absolute.to_str().unwrap())));
}

#[test]
fn a_path_stands_for_the_folder_of_mappings_that_it_belongs_to() {
    let folder = folder(&[
        ("mappings/README.txt", "# Ours"),
        ("mappings/acme/1/version.yaml", &VERSION.replace("/send }", "/send, schema: send.json }")),
        ("mappings/acme/1/track.yaml", "message: track\nsteps: { send: { operation: sned } }\n"),
        ("mappings/acme/1/track.test.yaml", "tests: [{ name: x, evnt: {}, expect: { requests: [] } }]\n"),
        ("mappings/other/1/version.yaml", "version: \"1\"\n"),
        ("schemas/acme/1/send.json", "{"),
        ("elsewhere/README.txt", "# Others"),
    ]);
    let all = (1, "unknown-key unknown-operation missing-file invalid-schema".to_owned());
    for args in [
        &[][..],
        &["."],
        &["mappings/acme"],
        &["mappings/README.txt"],
        &["mappings/other/1/version.yaml"],
        &["mappings/acme/destination.yaml", "mappings/acme/1/identify.yaml", "schemas"],
        &["schemas/acme/1"],
        &["schemas/acme/1/send.json"],
    ] {
        assert_eq!(rules(folder.path(), args), all, "{args:?}");
    }
    let no_root = |path: &str| {
        let error = format!(
            "error: `{path}` belongs to no mapping folder; expected a folder that is named `mappings`, or that contains \
             `<destination>/destination.yaml` or `<destination>/<version>/version.yaml`\n"
        );
        (2, error)
    };
    assert_eq!(rules(folder.path(), &["mappings", "elsewhere/README.txt"]), no_root("elsewhere/README.txt"));
    assert_eq!(rules(folder.path(), &["elsewhere"]), no_root("elsewhere"));
    fs::rename(folder.path().join("mappings"), folder.path().join("maps")).unwrap();
    assert_eq!(rules(folder.path(), &["schemas/acme/1"]), no_root("schemas/acme/1"));
    assert_eq!(rules(folder.path(), &["maps/other/1"]), all);
}

#[test]
fn what_a_file_breaks_elsewhere_is_reported_with_it() {
    let folder = folder(&[(
        "mappings/acme/1/identify.yaml",
        &IDENTIFY.replace("traits.email", "context.traits.email"),
    )]);
    for path in ["mappings/acme/1/identify.yaml", "mappings/acme/1/version.yaml"] {
        assert_eq!(rules(folder.path(), &[path]), (1, "failing-test".to_owned()));
    }
    let (code, output, _) = run(folder.path(), &["mappings/acme/1/identify.yaml", "--no-tests"]);
    assert_eq!((code, output.as_str()), (0, "no findings in 4 files: 1 mapping, 0 tests with 0 events\n"));
}

#[test]
fn what_a_file_breaks_in_the_built_in_ones_is_reported_with_it() {
    let folder = TempDir::new().unwrap();
    let extending = "version: \"9.9\"\nextends: \"2.10\"\n";
    for own in ["mappings", "maps"] {
        write(folder.path(), &format!("{own}/intercom/9.9/version.yaml"), extending.as_bytes());
        write(
            folder.path(),
            &format!("{own}/intercom/9.9/identify.yaml"),
            b"remove: [payload.contact.email]\n",
        );
        let all = rules(folder.path(), &[own, "--builtin"]);
        assert_eq!(all.0, 1, "{all:?}");
        for path in ["intercom", "intercom/9.9", "intercom/9.9/identify.yaml", "intercom/9.9/version.yaml"] {
            let path = format!("{own}/{path}");
            assert_eq!(rules(folder.path(), &[&path, "--builtin"]), all, "{path}");
        }
    }
}

#[test]
fn several_folders_of_mappings_are_checked_one_by_one() {
    let folder = folder(&[]);
    let broken = IDENTIFY.replace("operation: send", "operation: sned");
    for (path, text) in [
        ("destination.yaml", DESTINATION),
        ("1/version.yaml", VERSION),
        ("1/identify.yaml", &broken),
        ("1/identify.test.yaml", TESTS),
    ] {
        write(folder.path(), &format!("more/acme/{path}"), text.as_bytes());
    }
    let (code, output, _) = run(folder.path(), &["mappings", "more/acme/1", "more/acme/destination.yaml"]);
    assert_eq!(code, 1);
    let expected = TYPO.replace("mappings/acme", "more/acme");
    assert_eq!(
        output,
        expected
            .replace("4 files: 1 mapping, 0 tests with 0 events", "8 files: 2 mappings, 1 test with 1 event")
    );
}

#[test]
fn mappings_over_the_built_in_ones() {
    let folder = TempDir::new().unwrap();
    write(
        folder.path(),
        "maps/intercom/9.9/version.yaml",
        b"version: \"9.9\"\nextends: \"2.10\"\nheaders: { X-Odd: settings.odd }\n",
    );
    let (code, output, _) = run(folder.path(), &["maps"]);
    let missing = "\
error[missing-file]: missing file `maps/intercom/destination.yaml`
--> maps/intercom/destination.yaml
 = help: with `--builtin`, the folder is checked together with the built-in mappings, which define this

1 error in 1 file: 0 mappings, 0 tests with 0 events
";
    assert_eq!((code, output.as_str()), (1, missing));
    // a separate destination lacks the version that it extends
    write(folder.path(), "maps/intercom/destination.yaml", DESTINATION.as_bytes());
    let (code, output, _) = run(folder.path(), &["maps"]);
    assert_eq!(code, 1);
    assert!(output.starts_with("error[unknown-version]: unknown version `2.10`\n"), "{output}");
    assert!(output.contains("help: with `--builtin`, "), "{output}");
    fs::remove_file(folder.path().join("maps/intercom/destination.yaml")).unwrap();
    let (code, output, _) = run(folder.path(), &["maps", "--builtin", "--no-tests"]);
    assert_eq!(code, 1);
    assert!(
        output.starts_with(
            "error[unknown-setting]: unknown setting `odd`\n --> maps/intercom/9.9/version.yaml:3:19\n"
        ),
        "{output}"
    );
    write(folder.path(), "maps/intercom/9.9/version.yaml", b"version: \"9.9\"\nextends: \"2.10\"\n");
    let (code, output, _) = run(folder.path(), &["maps", "--builtin"]);
    assert_eq!(code, 0, "{output}");
}

#[test]
fn bytes_that_are_no_text_are_a_finding() {
    let folder = folder(&[]);
    write(folder.path(), "mappings/acme/1/identify.yaml", b"message: identify\ndescription: caf\xe9\n");
    let (code, output, _) = run(folder.path(), &[]);
    let expected = "\
error[yaml-syntax]: the file is not valid UTF-8 from byte 34 on
 --> mappings/acme/1/identify.yaml:2:17
  |
2 | description: caf
  |                 ^
  |
  = help: save it as UTF-8

1 error in 4 files: 1 mapping, 0 tests with 0 events
";
    assert_eq!((code, output.as_str()), (1, expected));
}

#[test]
fn nothing_in_a_file_steers_the_terminal() {
    let odd =
        "message: identify\nsteps:\n  send: { operation: \"\\e]0;x\\a\\x9b\", description: '\u{202e}' }\n";
    let folder = folder(&[
        ("mappings/acme/1/identify.yaml", odd),
        ("mappings/acme/1/track.yaml", "message: track\ndescription: \u{9b}31m\n"),
    ]);
    let (code, output, _) = run(folder.path(), &["--color", "never"]);
    assert_eq!(code, 1);
    let first = "error[unknown-operation]: unknown operation `\\u{1b}]0;x\\u{7}\\u{9b}`\n";
    assert!(output.starts_with(first), "{output}");
    assert!(output.contains("error[yaml-syntax]: a string cannot start with `\\u{9b}`\n"), "{output}");
    assert!(!output.contains(|c: char| c.is_control() && c != '\n' || c == '\u{202e}'), "{output:?}");
    let (_, output, _) = run(folder.path(), &["--color", "always"]);
    assert!(output.contains("\u{1b}[") && !output.contains(['\u{9b}', '\u{7}', '\u{202e}']), "{output:?}");
    let (_, output, _) = run(folder.path(), &["--format", "json"]);
    assert!(!output.contains(|c: char| c.is_control() && c != '\n'), "{output:?}");
}

#[test]
fn colours_are_for_terminals_only() {
    let folder = typo();
    assert!(!run(folder.path(), &[]).1.contains('\u{1b}'));
    assert!(run(folder.path(), &["--color", "always"]).1.contains('\u{1b}'));
}

#[test]
fn what_cannot_be_read_ends_the_command() {
    let folder = TempDir::new().unwrap();
    for (args, message) in [
        (&[][..], "error: cannot read `mappings`: No such file or directory (os error 2)\n"),
        (&["nowhere/acme"], "error: cannot read `nowhere/acme`: No such file or directory (os error 2)\n"),
        (
            &["."],
            "error: `.` belongs to no mapping folder; expected a folder that is named `mappings`, or that contains \
             `<destination>/destination.yaml` or `<destination>/<version>/version.yaml`\n",
        ),
        (&["--explain", "unknown-kye"], "error: unknown rule `unknown-kye`: did you mean `unknown-key`?\n"),
    ] {
        assert_eq!(run(folder.path(), args), (2, String::new(), message.to_owned()), "{args:?}");
    }
    let (code, output, error) = run(folder.path(), &["--formt", "json"]);
    assert_eq!((code, output.as_str()), (2, ""));
    assert!(error.contains("a similar argument exists: '--format'"), "{error}");
}

#[test]
fn a_file_that_is_not_read_is_told_and_skipped() {
    let folder = folder(&[("mappings/acme/1/track.yml", "message: track\nsteps: {}\n")]);
    let (code, output, _) = run(folder.path(), &["--format", "concise", "-q"]);
    let told = "mappings/acme/1/track.yml:1:1: warning: the file is not read: the names of mapping files end in `.yaml` [stray-file] (rename it, or remove it)\n";
    assert_eq!((code, output.as_str()), (0, told));
    assert_eq!(run(folder.path(), &["--deny-warnings", "-q"]).0, 1);
}

#[test]
fn rules_are_explained() {
    let (code, output, error) = run(Path::new("/"), &["--explain", "unquoted-version"]);
    assert_eq!((code, error.as_str()), (0, ""));
    assert!(
        output.starts_with("unquoted-version: a version without quotes\n\nVersions are strings. YAML reads an unquoted `2.10`"),
        "{output}"
    );
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let folder = typo();
    let mut child = Command::new(env!("CARGO_BIN_EXE_validate-mappings"))
        .current_dir(folder.path())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(1), &b""[..]));
}

#[test]
fn what_a_version_breaks_of_the_files_that_it_inherits_is_found() {
    let extending = "version: \"9.9\"\nextends: \"2.10\"\n";
    for (file, text, message) in [
        ("track.yaml", "remove: [payload.event.email]\n", "the payload has no `event.email`"),
        (
            "version.yaml",
            "version: \"9.9\"\nextends: \"2.10\"\nremove: [operations.track_event]\n",
            "unknown operation `track_event`",
        ),
    ] {
        let folder = TempDir::new().unwrap();
        let own = folder.path().join("maps/intercom/9.9");
        fs::create_dir_all(&own).unwrap();
        fs::write(own.join("version.yaml"), extending).unwrap();
        fs::write(own.join(file), text).unwrap();
        let (code, output, _) = run(folder.path(), &["maps", "--builtin"]);
        assert_eq!(code, 1, "{output}");
        assert!(output.contains(message), "{output}");
        assert!(output.contains("in version `9.9`, which inherits it"), "{output}");
        assert!(output.contains("maps/intercom/9.9/version.yaml:2:"), "{output}");
        // the inherited version has no errors, and its tests run
        let tests: usize =
            output.split_once(" tests with").unwrap().0.rsplit(' ').next().unwrap().parse().unwrap();
        assert!(tests > 100, "{output}");
    }
}

#[test]
fn what_a_schema_of_its_own_refuses_of_inherited_mappings_is_found() {
    let folder = TempDir::new().unwrap();
    let (own, schemas) =
        (folder.path().join("maps/intercom/9.9"), folder.path().join("schemas/intercom/9.9"));
    fs::create_dir_all(&own).unwrap();
    fs::create_dir_all(&schemas).unwrap();
    fs::write(own.join("version.yaml"), "version: \"9.9\"\nextends: \"2.10\"\n").unwrap();
    fs::write(
        schemas.join("track-event.json"),
        r#"{ "required": ["id"], "properties": { "id": { "type": "integer" } } }"#,
    )
    .unwrap();
    let (code, output, _) = run(folder.path(), &["maps", "--builtin"]);
    assert_eq!(code, 1, "{output}");
    assert!(
        output.contains("error[schema-violation]: the body violates the schema of `track_event` in version `9.9`: `event.id`"),
        "{output}"
    );
    assert!(output.contains("maps/intercom/9.9/version.yaml:2:"), "{output}");
    assert!(
        output.contains("see `schemas/intercom/9.9/track-event.json` at `/properties/id/type`"),
        "{output}"
    );
}

#[test]
fn the_page_shows_what_is_printed() {
    let page =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/validate-mappings.md"));
    let page = page.unwrap();
    let blocks: Vec<&str> = page.split("```").skip(1).step_by(2).collect();
    assert!(blocks.contains(&format!("console\n$ validate-mappings\n{TYPO}").as_str()), "{blocks:#?}");
    let (_, json, _) = run(typo().path(), &["--format", "json"]);
    let shown = blocks.iter().find_map(|block| block.strip_prefix("json\n")).unwrap();
    let [json, shown] = [&json, shown].map(|text| serde_json::from_str::<serde_json::Value>(text).unwrap());
    assert_eq!(json, shown);
    let mapping = IDENTIFY.replace(
        "person: { email: traits.email }",
        "person:\n    email: traits.email\n    name: { from: traits.name, as: lowercase }",
    );
    let test = "tests:\n  - name: a person\n    event: { type: identify, traits: { email: alex@example.com, name: Alex } }\n    expect:\n      requests:\n        - step: send\n          body: { email: alex@example.com, name: Alex }\n";
    let folder =
        folder(&[("mappings/acme/1/identify.yaml", &mapping), ("mappings/acme/1/identify.test.yaml", test)]);
    let (code, output, _) = run(folder.path(), &[]);
    let shown = blocks.iter().find_map(|block| block.strip_prefix("console\nerror[failing-test]")).unwrap();
    assert_eq!(code, 1);
    assert!(output.starts_with(&format!("error[failing-test]{shown}")), "{output}");
}

#[test]
fn reports_go_to_several_files_at_once() {
    let folder = typo();
    let formats = ["text", "concise", "json", "sarif", "github", "gitlab", "junit", "checkstyle"];
    let outputs: Vec<String> = formats.iter().map(|name| format!("--output={name}={name}.out")).collect();
    let outputs: Vec<&str> = outputs.iter().map(String::as_str).collect();
    assert_eq!(run(folder.path(), &outputs), (1, TYPO.to_owned(), String::new()));
    for name in formats {
        let written = fs::read_to_string(folder.path().join(format!("{name}.out"))).unwrap();
        let (code, printed, _) = run(folder.path(), &["--format", name]);
        assert_eq!((code, &printed), (1, &written), "{name}");
        assert!(
            written.contains("unknown operation `sned`") || written.contains("`sned`"),
            "{name}: {written}"
        );
    }
    // a report that cannot be written ends the command before its work
    let (code, output, error) = run(folder.path(), &["--output", "json=nowhere/report.json"]);
    assert_eq!((code, output.as_str()), (2, ""));
    assert!(error.starts_with("error: cannot write `nowhere/report.json`: "), "{error}");
    let (code, _, error) = run(folder.path(), &["--output=json=a.json", "--output=sarif=a.json"]);
    assert_eq!(code, 2, "{error}");
    assert!(error.contains("is also"), "{error}");
    for (argument, expected) in [
        ("json", "expected `FORMAT=FILE`, such as `sarif=report.sarif`, found `json`"),
        ("josn=a", "unknown format `josn`: did you mean `json`?"),
    ] {
        let (code, _, error) = run(folder.path(), &["--output", argument]);
        assert_eq!(code, 2);
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_step_of_github_has_annotations_and_a_summary() {
    let folder = typo();
    let summary = folder.path().join("summary.md");
    fs::write(&summary, "before\n").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_validate-mappings"))
        .args(["--format", "github"])
        .current_dir(folder.path())
        .env("GITHUB_STEP_SUMMARY", &summary)
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let expected = "::error file=mappings/acme/1/identify.yaml,line=5,endLine=5,col=22,endColumn=25,title=unknown-operation::\
                    unknown operation `sned` (did you mean `send`?)%0A";
    assert!(printed.starts_with(expected), "{printed}");
    let written = fs::read_to_string(&summary).unwrap();
    assert!(written.starts_with("before\n### validate-mappings\n\n1 error in 4 files"), "{written}");
    assert!(
        written.contains(
            "| error | mappings/acme/1/identify.yaml:5 | unknown operation `sned` (did you mean `send`?) |"
        ),
        "{written}"
    );
    // other formats leave it alone
    let (_, output, _) = run(folder.path(), &["--format", "concise"]);
    assert!(output.starts_with("mappings/acme/1/identify.yaml:5:22: error: unknown operation `sned` [unknown-operation] (did you mean `send`?)\n"), "{output}");
}

#[test]
fn tests_are_test_cases_of_junit() {
    let failing = TESTS.replace("body: { email: alex@example.com }", "body: { email: other@example.com }");
    for (tests, failures) in [(TESTS, 0), (failing.as_str(), 1)] {
        let folder = folder(&[("mappings/acme/1/identify.test.yaml", tests)]);
        let (code, output, _) = run(folder.path(), &["--format", "junit"]);
        assert_eq!(code, failures, "{output}");
        let head = format!(
            "<testsuites name=\"validate-mappings\" tests=\"2\" failures=\"{failures}\" errors=\"0\">"
        );
        assert!(output.contains(&head), "{output}");
        assert!(output.contains("<testcase classname=\"acme/1\" name=\"an email\" file=\"mappings/acme/1/identify.test.yaml\" line=\"2\""), "{output}");
        assert_eq!(output.matches("<failure ").count(), failures as usize, "{output}");
    }
}

#[test]
fn quiet_prints_findings_only() {
    let clean = folder(&[]);
    assert_eq!(run(clean.path(), &["--quiet"]), (0, String::new(), String::new()));
    let (code, output, _) = run(typo().path(), &["-q"]);
    assert_eq!((code, output.as_str()), (1, TYPO.rsplit_once("\n1 error").unwrap().0));
}

#[test]
fn a_file_that_is_too_large_is_shown_from_the_current_folder() {
    let folder = folder(&[]);
    fs::write(folder.path().join("mappings/acme/1/huge.yaml"), "#".repeat((4 << 20) + 1)).unwrap();
    let (code, _, said) = run(folder.path(), &[]);
    assert!(code == 2 && said.contains("`mappings/acme/1/huge.yaml` has more than"), "{said}");
}
