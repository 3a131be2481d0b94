//! `mapwright show`, `list`, `schema` and help, from the outside.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::fmt::Write as _;

use common::{ACME, Ran, line, root, run, run_in};
use serde_json::Value;

fn acme(args: &[&str]) -> Ran {
    run(line(&[args, &ACME]))
}

#[test]
fn mappings_are_shown_with_their_origins() {
    insta::assert_snapshot!("show_mapping", acme(&["show", "acme/latest/identify"]));
    insta::assert_snapshot!("show_variant", acme(&["show", "acme/1.0/identify", "--variant", "short"]));
    insta::assert_snapshot!("show_version", acme(&["show", "acme/1.0"]));
    insta::assert_snapshot!("show_destination", acme(&["show", "acme"]));
}

#[test]
fn an_inherited_mapping_names_both_files() {
    for version in ["2.14", "2.16"] {
        let ran = run_in(&root(), ["show", &format!("intercom/{version}/identify")]);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran}");
        assert!(ran.stdout.contains("mappings/intercom/2.10/identify.yaml:"), "{ran}");
        assert_eq!(ran.stdout.contains("mappings/intercom/2.16/identify.yaml:"), version == "2.16", "{ran}");
    }
}

#[test]
fn what_is_there_is_listed() {
    insta::assert_snapshot!("list_text", run(["list", "--mappings", "acme"]));
    insta::assert_snapshot!("list_json", run(["list", "--mappings", "acme", "--json"]));
    insta::assert_snapshot!("list_sources", run(["list", "--mappings", "acme", "--sources"]));
}

#[test]
fn schemas_are_printed_as_they_are() {
    insta::assert_snapshot!("schema_names", acme(&["schema"]));
    let file = std::fs::read_to_string(common::fixtures().join("acme/schemas/acme/1.0/person.json")).unwrap();
    assert_eq!(acme(&["schema", "acme/1.0/save_person"]).stdout, file);
    let names = run(["schema"]);
    assert!(names.stdout.lines().count() > 15, "{names}");
    for name in names.stdout.lines() {
        let ran = run(["schema", name]);
        let schema: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert!(ran.code == Some(0) && schema.is_object(), "{name}: {ran}");
    }
}

#[test]
fn what_is_not_there_is_said_with_what_is() {
    let mut all = String::new();
    for args in [
        &["show", "amce/1.0/identify"][..],
        &["show", "acme/1.1/identify"],
        &["show", "acme/1.0/identfy"],
        &["show", "acme/1.0/identify", "--variant", "long"],
        &["show", "acme/1.0", "--variant", "short"],
        &["show"],
        &["schema", "events/trakc"],
        &["schema", "acme/1.0/save_persn"],
        &["schema", "acme/1.0/find_person"],
        &["lst"],
        &["completions", "tcsh"],
    ] {
        let ran = if args.len() == 1 || args[0] == "completions" { run(args) } else { acme(args) };
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran}");
        let _ = write!(all, "$ mapwright {}\n{}\n", args.join(" "), ran.stderr);
    }
    insta::assert_snapshot!(all);
}

#[test]
fn broken_mappings_are_shown_as_far_as_they_can_be_read() {
    let broken = ["--no-builtin", "--mappings", "broken"];
    let ran = run(line(&[&["show", "acme/1.0/identify"], &broken]));
    insta::assert_snapshot!("show_broken", ran);
    let ran = run(line(&[&["list"], &broken]));
    assert!(ran.code == Some(2) && ran.stdout.is_empty() && ran.stderr.contains("unknown-value"), "{ran}");
}

#[test]
fn every_command_has_help_with_examples() {
    let help = run(["--help"]);
    insta::assert_snapshot!("help", help);
    for command in [
        "map",
        "explain",
        "send",
        "delete",
        "check-connection",
        "test",
        "show",
        "diff",
        "list",
        "schema",
        "fmt",
        "lsp",
        "completions",
    ] {
        assert!(help.stdout.contains(&format!("\n  {command} ")), "{command}");
        let ran = run([command, "--help"]);
        assert!(ran.code == Some(0) && ran.stderr.is_empty(), "{ran}");
        assert!(ran.stdout.contains("\nExamples"), "{ran}");
    }
    insta::assert_snapshot!("help_map", run(["map", "--help"]));
    assert_eq!(run(["--version"]).stdout, format!("mapwright {}\n", env!("CARGO_PKG_VERSION")));
    let nothing = run::<&str>([]);
    assert!(nothing.code == Some(2) && nothing.stderr.contains("Usage: mapwright"), "{nothing}");
}

/// A folder with mappings of a made-up destination, and schemas beside them.
fn own() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let destination =
        "title: Own\nnames: [Own]\nversions: { default: \"1\" }\nhosts: [api.own.example.com]\n";
    let version = "version: \"1\"\nserver: { value: https://api.own.example.com }\noperations:\n  send: { method: POST, path: /send, schema: person.json }\n";
    let identify = "message: identify\npayload: { person: { email: traits.email } }\nsteps: { send: { operation: send, body: person } }\n";
    for (path, text) in [
        ("mappings/own/destination.yaml", destination),
        ("mappings/own/1/version.yaml", version),
        ("mappings/own/1/identify.yaml", identify),
        ("schemas/own/1/person.json", "{ \"title\": \"a person\" }\n"),
    ] {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

#[test]
fn what_a_folder_here_has_is_pointed_at() {
    let folder = own();
    let mut all = String::new();
    for (inside, args) in [
        (".", &["show", "own/1"][..]),
        (".", &["docs", "own"]),
        (".", &["map", "--destination", "own"]),
        ("mappings", &["show", "own"]),
        ("mappings/own/1", &["schema", "own/1/send"]),
        (".", &["show", "nobody/1"]),
        (".", &["show", "own/1", "--mappings", "mappings"]),
    ] {
        let ran = run_in(&folder.path().join(inside), args);
        // which destinations are built in is of no interest
        let (what, rest) = ran.stderr.split_once(": expected").unwrap_or((&ran.stderr, ""));
        let help = rest.split_once("; ").map_or("", |(_, help)| help).trim_end();
        let first = ran.stdout.lines().next().unwrap_or_default();
        writeln!(all, "{}\n  {what}{first}", args.join(" ")).unwrap();
        if !help.is_empty() {
            writeln!(all, "  {help}").unwrap();
        }
    }
    insta::assert_snapshot!(all);
}

#[test]
fn schemas_are_beside_a_folder_of_any_spelling() {
    let folder = own();
    for (inside, mappings) in [(".", "mappings"), ("mappings", "."), ("mappings/own", ".."), (".", ".")] {
        let args = ["schema", "own/1/send", "--no-builtin", "--mappings", mappings];
        let ran = run_in(&folder.path().join(inside), args);
        assert_eq!(ran.stdout, "{ \"title\": \"a person\" }\n", "{mappings}: {ran}");
    }
}

#[test]
fn a_type_that_another_file_maps_is_shown() {
    let ran = run(["show", "klaviyo/latest/screen"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(ran.stdout, run(["show", "klaviyo/latest/track"]).stdout);
    assert!(ran.stdout.contains("/track.yaml:"), "{ran}");
    // a type that no file maps is still unknown
    let ran = run(["show", "klaviyo/latest/scren"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("did you mean `screen`?"), "{ran}");
}
