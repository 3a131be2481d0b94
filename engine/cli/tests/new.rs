//! The command `mapwright new`: what it writes is right at once, and nothing is written over.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::{Ran, run, run_in};

fn new(folder: &Path, line: &str) -> Ran {
    run_in(folder, ["new"].into_iter().chain(line.split(' ')))
}

fn written(folder: &Path, line: &str) -> String {
    let ran = new(folder, line);
    assert_eq!(ran.code, Some(0), "{line}\n{ran}");
    ran.stdout
}

/// Checks the folder, and returns the exit code and the report.
fn validate(folder: &Path, options: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_validate-mappings"));
    let output =
        command.args(["mappings", "--format", "concise"]).args(options).current_dir(folder).output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

/// All findings are about what is left to do.
fn is_right(folder: &Path, options: &[&str]) {
    let (code, report) = validate(folder, options);
    assert_eq!(code, Some(0), "{report}");
    for line in report.lines().filter(|line| line.contains(": hint: ") || line.contains(": warning: ")) {
        assert!(line.contains("[todo]"), "{report}");
    }
    assert!(report.contains("[todo]"), "{report}");
}

#[test]
fn a_destination_is_right_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let said = written(folder.path(), "destination acme");
    insta::assert_snapshot!(said);
    is_right(folder.path(), &[]);
    written(folder.path(), "version acme/2 --extends 1");
    for message in ["track", "page", "screen", "group", "alias", "delete", "check", "declare"] {
        written(folder.path(), &format!("mapping acme/2/{message}"));
    }
    is_right(folder.path(), &[]);
    let track = fs::read_to_string(folder.path().join("mappings/acme/2/track.yaml")).unwrap();
    let test = fs::read_to_string(folder.path().join("mappings/acme/2/track.test.yaml")).unwrap();
    insta::assert_snapshot!(format!("{track}---\n{test}"));
    let event = r#"{"type":"identify","userId":"u1","traits":{"email":"A@example.com"}}"#;
    let explained = run_in(
        folder.path(),
        [
            "explain",
            event,
            "--mappings",
            ".",
            "--destination",
            "acme",
            "--api-version",
            "2",
            "--set",
            "apiKey=k",
        ],
    );
    assert!(explained.code == Some(0) && explained.stdout.contains("a@example.com"), "{explained}");
}

#[test]
fn the_settings_of_a_new_test_match_their_patterns() {
    let folder = tempfile::tempdir().unwrap();
    written(folder.path(), "destination acme");
    let path = folder.path().join("mappings/acme/destination.yaml");
    let settings = "  listId: { type: string, required: true, pattern: '^[0-9]{5}$' }\n  plan: { required: true, pattern: '^[a-z]+$', type: string }\n";
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("\nsettings:\n"), "{text}");
    fs::write(&path, text.replace("\nsettings:\n", &format!("\nsettings:\n{settings}"))).unwrap();
    written(folder.path(), "mapping acme/1/page");
    let test = fs::read_to_string(folder.path().join("mappings/acme/1/page.test.yaml")).unwrap();
    assert!(test.contains(r#""listId": "01234", "plan": "key""#), "{test}");
    let (_, report) = validate(folder.path(), &[]);
    let invalid = report.lines().filter(|line| line.contains("[invalid-value]"));
    assert!(invalid.into_iter().all(|line| !line.contains("page.test.yaml")), "{report}");

    // a pattern for which no text is known leaves a task
    let unknown = text.replace(
        "\nsettings:\n",
        "\nsettings:\n  code: { type: string, required: true, pattern: 'x{5000}|-77' }\n",
    );
    fs::write(&path, unknown).unwrap();
    written(folder.path(), "mapping acme/1/group");
    let test = fs::read_to_string(folder.path().join("mappings/acme/1/group.test.yaml")).unwrap();
    assert!(test.contains("# TODO: state a value of `code` that matches `x{5000}|-77`\n"), "{test}");
}

#[test]
fn a_mapping_is_made_of_a_table() {
    let folder = tempfile::tempdir().unwrap();
    written(folder.path(), "destination acme");
    let csv = "\
Source;Target;Required;Type
traits.email, context.traits.email;email;yes;email
userId or anonymousId;user.id;yes;text
traits.first name;user.first_name;no;string
properties.total;order.value;;number
properties.currency;order.currency;;
'web';channel;;
traits.born;born;no;date
traits.createdAt;created_at;no;unix timestamp
$.items[*].sku;skus;no;list
traits.plan;plan;maybe;colour
;nothing;no;
traits.x;items.0.name;no;
";
    fs::write(folder.path().join("table.csv"), csv).unwrap();
    let ran = new(folder.path(), "mapping acme/1/track --from-table table.csv");
    assert_eq!(ran.code, Some(1), "{ran}");
    let mapping = fs::read_to_string(folder.path().join("mappings/acme/1/track.yaml")).unwrap();
    insta::assert_snapshot!(format!("{mapping}---\n{}", ran.stderr));
    is_right(folder.path(), &[]);

    let markdown = "\
# Traits

| Source paths | Target | Required | Type |
|---|:---:|---|---|
| `traits.name` | `name` | yes | string |
| traits.a\\|b<br>`traits.c` | letters | no | - |

| Source | Target |
|---|---|
| other | other |
";
    fs::write(folder.path().join("table.md"), markdown).unwrap();
    written(folder.path(), "mapping acme/1/group --from-table table.md");
    let mapping = fs::read_to_string(folder.path().join("mappings/acme/1/group.yaml")).unwrap();
    insta::assert_snapshot!(mapping);
    is_right(folder.path(), &[]);
}

#[test]
fn what_cannot_be_started_is_told() {
    let folder = tempfile::tempdir().unwrap();
    written(folder.path(), "destination acme");
    written(folder.path(), "mapping acme/1/page");
    fs::write(folder.path().join("table.csv"), "a,b\nc,d\n").unwrap();
    fs::write(folder.path().join("empty.md"), "nothing\n").unwrap();
    fs::write(folder.path().join("mappings/acme/1/alias.test.yaml"), "mine").unwrap();
    let mut said = String::new();
    for line in [
        "destination acme",
        "destination intercom",
        "destination ../acme",
        "destination a/b",
        "version acme/1 --extends 1",
        "version acme/2 --extends 3",
        "version acne/2 --extends 1",
        "version acme --extends 1",
        "mapping acme/1/page",
        "mapping acme/1/identify",
        "mapping acme/1/pages",
        "mapping acme/1/track --from-table table.csv",
        "mapping acme/1/track --from-table empty.md",
        "mapping acme/1/track --from-table gone.csv",
        "mapping acme/3/track",
        "mapping acme/1/alias",
    ] {
        let ran = new(folder.path(), line);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{line}\n{ran}");
        said += &format!("$ mapwright new {line}\n{}\n", ran.stderr);
    }
    insta::assert_snapshot!(said);
    assert!(!folder.path().join("mappings/acme/1/alias.yaml").exists());
    assert_eq!(fs::read_to_string(folder.path().join("mappings/acme/1/alias.test.yaml")).unwrap(), "mine");
}

#[test]
fn a_test_of_an_event_with_very_long_keys_is_recorded() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run_in(folder.path(), ["new", "destination", "acme"]).code, Some(0));
    // YAML reads keys of up to 1,024 characters without a question mark
    let keys = [1021, 1022, 1023, 1024, 2000].map(|long| format!("\"{}\":1", "k".repeat(long)));
    let nested = format!("{{\"{}\":{{\"a b\":[1]}}}}", "é: ".repeat(700));
    let event = format!(
        "{{\"type\":\"identify\",\"userId\":\"u1\",\"traits\":{{{},\"nested\":{nested}}}}}",
        keys.join(",")
    );
    fs::write(folder.path().join("event.json"), event).unwrap();
    let recorded = run_in(
        folder.path(),
        ["test", "--record", "event.json", "--settings", "{\"apiKey\":\"k\"}", "--name", "long"],
    );
    assert_eq!(recorded.code, Some(0), "{recorded}");
    let tested = run_in(folder.path(), ["test"]);
    assert_eq!(tested.code, Some(0), "{tested}");
}

#[test]
fn a_command_without_its_mapping_says_how_to_start_it() {
    let acme = ["--no-builtin", "--mappings", "acme", "--settings", "acme/settings.yaml"];
    for (command, name) in
        [(&["check-connection"][..], "check"), (&["delete", "--user-id", "u1", "--yes"], "delete")]
    {
        let ran = run(command.iter().chain(&acme));
        let hint = format!("has no mapping `{name}`; `mapwright new mapping acme/");
        assert!(ran.code == Some(2) && ran.stderr.contains(&hint), "{ran}");
    }
}
