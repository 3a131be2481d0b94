//! The command `validate-mappings` as a process: what it mends, and what it leaves.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

#[path = "common/acme.rs"]
mod acme;

use std::fs;
use std::path::Path;

use acme::{CLEAN, DESTINATION, IDENTIFY, TESTS, VERSION, folder, rules, run, typo, write};

fn read(folder: &Path, path: &str) -> String {
    fs::read_to_string(folder.join(path)).unwrap()
}

const IDENTIFY_PATH: &str = "mappings/acme/1/identify.yaml";
const VERSION_PATH: &str = "mappings/acme/1/version.yaml";

#[test]
fn guesses_are_made_only_where_they_are_asked_for() {
    let folder = typo();
    let broken = read(folder.path(), IDENTIFY_PATH);
    let (code, _, error) = run(folder.path(), &["--fix"]);
    assert_eq!((code, error.as_str(), read(folder.path(), IDENTIFY_PATH)), (1, "", broken.clone()));
    let diff = "\
--- mappings/acme/1/identify.yaml
+++ mappings/acme/1/identify.yaml
@@ -2,4 +2,4 @@
 payload:
   person: { email: traits.email }
 steps:
-  send: { operation: sned, body: person }
+  send: { operation: send, body: person }
";
    assert_eq!(
        run(folder.path(), &["--diff", "--unsafe-fixes"]),
        (1, diff.replace("@@ -2,4 +2,4 @@\n payload:\n", "@@ -3,3 +3,3 @@\n"), String::new())
    );
    assert_eq!(run(folder.path(), &["--diff"]), (0, String::new(), String::new()));
    assert_eq!(read(folder.path(), IDENTIFY_PATH), broken);
    let fixed = run(folder.path(), &["--fix", "--unsafe-fixes"]);
    assert_eq!(fixed, (0, CLEAN.to_owned(), "mended 1 finding in 1 file\n".to_owned()));
    assert_eq!(read(folder.path(), IDENTIFY_PATH), IDENTIFY);
    // the second time, nothing changes
    assert_eq!(run(folder.path(), &["--fix", "--unsafe-fixes"]), (0, CLEAN.to_owned(), String::new()));
}

#[test]
fn comments_and_layout_survive() {
    let version = "\
# our version
version: 1   # unquoted
server: { value: https://api.acme.example.com }
operations:
  send: { method: POST,  path: /send }\t# odd   spaces
conversions:
  one: trim   # why

  # two
  two: trim
  three:
    - trim
";
    let folder = folder(&[(VERSION_PATH, version)]);
    // what nothing uses may be misspelt elsewhere, so that its removal is a guess
    let (_, _, error) = run(folder.path(), &["--fix"]);
    assert_eq!(error, "mended 1 finding in 1 file\n");
    let (code, output, error) = run(folder.path(), &["--fix", "--unsafe-fixes"]);
    assert_eq!(code, 0, "{output}");
    assert_eq!(error, "mended 2 findings in 1 file\n");
    let expected = version
        .replace("version: 1 ", "version: \"1\" ")
        .replace("  one: trim   # why\n", "")
        .replace("  two: trim\n", "");
    assert_eq!(read(folder.path(), VERSION_PATH), expected);
    assert_eq!(rules(folder.path(), &[]), (0, "unused-definition".to_owned()));
    let (_, _, error) = run(folder.path(), &["--fix", "--unsafe-fixes"]);
    assert_eq!((error.as_str(), read(folder.path(), VERSION_PATH)), ("", expected));
}

#[test]
fn a_fix_that_makes_another_finding_is_taken_back() {
    // the only one of `conversions`: without it, that key would have no value
    let one = format!("{VERSION}conversions:\n  one: trim\n");
    // `lower` is mended to what makes the test fail
    let identify = IDENTIFY.replace("email: traits.email", "email: { from: traits.email, as: lower }");
    let tests = TESTS.replace("alex@example.com", "Alex@example.com");
    for (path, text, rule) in [
        (VERSION_PATH, one.as_str(), "unused-definition"),
        (IDENTIFY_PATH, identify.as_str(), "unknown-conversion"),
    ] {
        let folder = folder(&[(path, text), ("mappings/acme/1/identify.test.yaml", &tests)]);
        assert_eq!(rules(folder.path(), &["--fix", "--unsafe-fixes"]).1, rule, "{text}");
        let (_, output, error) = run(folder.path(), &["--fix", "--unsafe-fixes"]);
        assert_eq!(error, "note: 1 fix leads to other findings, and is left to you\n");
        // what was taken back is not offered again
        assert!(!output.contains("mends"), "{output}");
        assert_eq!(read(folder.path(), path), text);
    }
    // without the test, the guess stands
    let folder = folder(&[(IDENTIFY_PATH, &identify)]);
    assert_eq!(rules(folder.path(), &["--fix", "--unsafe-fixes"]), (0, String::new()));
    assert!(read(folder.path(), IDENTIFY_PATH).contains("as: lowercase"));
}

#[test]
fn what_can_be_mended_is_mended_where_something_else_cannot() {
    let identify = "message: identify
payload:
  person:
    email: trats.email
    name: { from: traits.name, on_missing: rejcet }
steps:
  send: { operation: send, bdoy: person, unless: nothing.at.all }
";
    let folder = folder(&[(IDENTIFY_PATH, identify)]);
    let before = rules(folder.path(), &[]).1;
    let (_, after) = rules(folder.path(), &["--fix", "--unsafe-fixes"]);
    let text = read(folder.path(), IDENTIFY_PATH);
    assert!(text.contains("traits.email") && text.contains("body: person"), "{before}: {after}\n{text}");
    assert!(after.split(' ').count() < before.split(' ').count(), "{before}: {after}");
}

#[test]
fn what_is_not_wanted_is_not_mended() {
    let two = format!("{VERSION}conversions:\n  one: trim\n  two:\n    - trim\n");
    let folder = folder(&[(VERSION_PATH, &two)]);
    for args in [
        &["--fix"][..],
        &["--fix", "--unsafe-fixes", "--ignore", "unused"],
        &["--fix", "--unsafe-fixes", "--select", "unknown"],
        &["--write-baseline=known.json"],
        &["--fix", "--unsafe-fixes", "--baseline=known.json"],
    ] {
        run(folder.path(), args);
        assert_eq!(read(folder.path(), VERSION_PATH), two, "{args:?}");
    }
    let (code, _, error) = run(folder.path(), &["--unsafe-fixes"]);
    assert_eq!(code, 2, "{error}");
    let all = ["--fix", "--unsafe-fixes"];
    assert_eq!(run(folder.path(), &all).2, "mended 1 finding in 1 file\n");
}

#[test]
fn a_comment_within_text_is_text() {
    let version =
        format!("{VERSION}description: |\n  first\n  # mapwright: allow(listed-twice) of the text\n  last\n");
    let folder = folder(&[(VERSION_PATH, &version)]);
    assert_eq!(
        run(folder.path(), &["--fix", "--unsafe-fixes", "--deny-warnings"]),
        (0, CLEAN.to_owned(), String::new())
    );
    assert_eq!(read(folder.path(), VERSION_PATH), version);
}

#[test]
fn a_file_that_is_not_utf8_is_left_alone() {
    let folder = folder(&[("mappings/acme/destination.yaml", DESTINATION)]);
    let bytes = b"version: 1\nserver: { value: https://api.acme.example.com }\ndescription: caf\xe9\n";
    write(folder.path(), VERSION_PATH, bytes);
    run(folder.path(), &["--fix", "--unsafe-fixes"]);
    assert_eq!(fs::read(folder.path().join(VERSION_PATH)).unwrap(), bytes);
}

#[test]
fn comments_that_allow_nothing_are_removed() {
    let version = format!(
        "{VERSION}# mapwright: allow(unused-definition) no longer\nconversions:\n  clean: [trim]   # mapwright: allow(unused) gone\n"
    );
    let folder = folder(&[
        (VERSION_PATH, &version),
        (IDENTIFY_PATH, &IDENTIFY.replace("email: traits.email", "email: { from: traits.email, as: clean }")),
    ]);
    assert_eq!(rules(folder.path(), &["--fix"]), (0, String::new()));
    assert_eq!(read(folder.path(), VERSION_PATH), format!("{VERSION}conversions:\n  clean: [trim]\n"));
}

#[test]
fn fixes_are_in_reports_for_programs() {
    let folder = typo();
    let (_, json, _) = run(folder.path(), &["--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let fix = &json["findings"][0]["fix"];
    assert_eq!(fix["safe"], false);
    assert_eq!((&fix["edits"][0]["text"], &fix["edits"][0]["place"]["column"]), (&"send".into(), &22.into()));
    let (_, sarif, _) = run(folder.path(), &["--format", "sarif"]);
    let sarif: serde_json::Value = serde_json::from_str(&sarif).unwrap();
    let replacement = &sarif["runs"][0]["results"][0]["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(replacement["insertedContent"]["text"], "send");
}
