//! A folder with the mappings of a made-up destination, and `validate-mappings` run in it.
#![allow(dead_code, reason = "each test uses some of it")]

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

pub(crate) const DESTINATION: &str = r#"title: Acme
names: [Acme]
versions: { default: "1" }
hosts: [api.acme.example.com]
"#;
pub(crate) const VERSION: &str = r#"version: "1"
server: { value: https://api.acme.example.com }
operations:
  send: { method: POST, path: /send }
"#;
pub(crate) const IDENTIFY: &str = r#"message: identify
payload:
  person: { email: traits.email }
steps:
  send: { operation: send, body: person }
"#;
pub(crate) const TESTS: &str = r#"tests:
  - name: an email
    event: { type: identify, traits: { email: alex@example.com } }
    expect:
      requests: [{ body: { email: alex@example.com } }]
"#;

/// Creates a folder with the mappings of a made-up destination, with some files replaced.
pub(crate) fn folder(others: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    let files = [
        ("mappings/acme/destination.yaml", DESTINATION),
        ("mappings/acme/1/version.yaml", VERSION),
        ("mappings/acme/1/identify.yaml", IDENTIFY),
        ("mappings/acme/1/identify.test.yaml", TESTS),
    ];
    for (path, text) in files.iter().chain(others) {
        write(folder.path(), path, text.as_bytes());
    }
    folder
}

pub(crate) fn write(folder: &Path, path: &str, bytes: &[u8]) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// Returns the exit code, standard output and standard error.
pub(crate) fn run(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_validate-mappings"))
        .args(args)
        .current_dir(folder)
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

pub(crate) const CLEAN: &str = "no findings in 4 files: 1 mapping, 1 test with 1 event\n";

pub(crate) const TYPO: &str = "\
error[unknown-operation]: unknown operation `sned`
 --> mappings/acme/1/identify.yaml:5:22
  |
5 |   send: { operation: sned, body: person }
  |                      ^^^^
  |
  = help: did you mean `send`?

1 error in 4 files: 1 mapping, 0 tests with 0 events
`--fix --unsafe-fixes` mends 1 of them, by guesses to look at
";

pub(crate) fn typo() -> TempDir {
    folder(&[("mappings/acme/1/identify.yaml", &IDENTIFY.replace("operation: send", "operation: sned"))])
}

/// Returns the exit code and the rules of the findings.
pub(crate) fn rules(folder: &Path, args: &[&str]) -> (i32, String) {
    let (code, output, error) = run(folder, &[args, &["--format", "json"]].concat());
    let Ok(output) = serde_json::from_str::<serde_json::Value>(&output) else { return (code, error) };
    let rules =
        output["findings"].as_array().unwrap().iter().map(|found| found["rule"].as_str().unwrap().to_owned());
    (code, rules.collect::<Vec<_>>().join(" "))
}
