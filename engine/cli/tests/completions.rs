//! Shell completions: what the scripts do in a shell, and what the program answers to one.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::Command;

/// Returns how a command line continues, as a shell asks for it.
fn asked(words: &[&str]) -> Vec<String> {
    let program = match words[0] {
        "validate-mappings" => env!("CARGO_BIN_EXE_validate-mappings"),
        _ => env!("CARGO_BIN_EXE_mapwright"),
    };
    let mut command = Command::new(program);
    command.arg("--").args(words).current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures"));
    command.env("_MAPWRIGHT_COMPLETE", "fish").env("_CLAP_COMPLETE_INDEX", (words.len() - 1).to_string());
    let output = command.output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{words:?}: {output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect()
}

#[track_caller]
fn offers(words: &[&str], expected: &[&str]) {
    let found = asked(words);
    for value in expected {
        assert!(found.iter().any(|found| found == value), "{words:?}: no {value} in {found:?}");
    }
}

#[test]
fn the_program_knows_what_only_the_mappings_say() {
    offers(&["mapwright", "send", "--destination", ""], &["intercom"]);
    offers(&["mapwright", "map", "--destination=inter"], &["--destination=intercom"]);
    offers(&["mapwright", "send", "--destination", "intercom", "--api-version", ""], &["1.4", "2.10"]);
    offers(&["mapwright", "show", "intercom/2.10/"], &["intercom/2.10/identify", "intercom/2.10/track"]);
    offers(&["mapwright", "schema", "events/"], &["events/identify", "events/track"]);
    offers(&["mapwright", "delete", "--set", "api"], &["apiKey=", "apiServer="]);
    assert_eq!(asked(&["mapwright", "send", "--destination", "intercom", "--secret", ""]), ["apiKey=@"]);
    assert_eq!(asked(&["mapwright", "send", "--destination", "nothing", "--api-version", ""]), [""; 0]);
}

#[test]
fn mappings_of_the_command_line_count() {
    offers(&["mapwright", "show", "--mappings", "acme/mappings", "ac"], &["acme"]);
    let alone = ["mapwright", "map", "--no-builtin", "--mappings=acme/mappings", "--destination", ""];
    assert_eq!(asked(&alone), ["acme"]);
    // mappings with errors, or none, offer nothing, and are no error of the shell
    assert_eq!(asked(&["mapwright", "map", "--mappings", "missing", "--destination", ""]), [""; 0]);
}

#[test]
fn fixed_values_files_and_options_are_completed_too() {
    offers(&["mapwright", "delete", "--format", ""], &["ndjson", "csv"]);
    offers(&["mapwright", "send", "--log-level", ""], &["debug"]);
    offers(&["mapwright", "send", "--client-"], &["--client-cert", "--client-key"]);
    offers(&["mapwright", ""], &["send", "delete", "check-connection"]);
    offers(&["mapwright", "completions", ""], &["bash", "fish", "zsh"]);
    offers(&["validate-mappings", "--explain", "unknown-"], &["unknown-name", "unknown-key"]);
    offers(&["validate-mappings", "--format", ""], &["text", "json"]);
    offers(&["validate-mappings", "--output", "s"], &["sarif="]);
    offers(&["validate-mappings", "--select", "un"], &["unplanned-field", "unexplained-suppression"]);
}

#[test]
fn an_unknown_shell_is_an_error() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mapwright"));
    let output = command.args(["--", "mapwright", ""]).env("_MAPWRIGHT_COMPLETE", "tcsh").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("unknown shell `tcsh`"));
}

#[test]
fn scripts_of_all_shells_ask_for_both_programs() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output =
            Command::new(env!("CARGO_BIN_EXE_mapwright")).args(["completions", shell]).output().unwrap();
        let script = String::from_utf8(output.stdout).unwrap();
        for part in ["_MAPWRIGHT_COMPLETE", "mapwright", "validate-mappings"] {
            assert!(script.contains(part), "{shell}: {part}");
        }
    }
}

#[test]
fn bash_asks_and_shows_the_answer() {
    let Ok(found) = Command::new("bash").arg("--version").output() else { return };
    assert!(found.status.success());
    let folder = Path::new(env!("CARGO_BIN_EXE_mapwright")).parent().unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let script = r#"
        source <(mapwright completions bash)
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_TYPE=9
        _clap_complete_"${1//-/_}" "$1" "${@: -1}" "${@: -2:1}" 2> /dev/null
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    for (words, expected) in [
        (&["mapwright", "show", "intercom/2.10/id"][..], "intercom/2.10/identify\n"),
        (&["mapwright", "send", "--destination", "inter"], "intercom\nintercom_v2\n"),
        (&["validate-mappings", "--explain", "unknown-na"], "unknown-name\n"),
    ] {
        let output = Command::new("bash")
            .args(["-c", script, "bash"])
            .args(words)
            .env("PATH", &path)
            .output()
            .unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected, "{words:?}");
    }
}
