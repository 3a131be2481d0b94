//! A new version and a new destination need only files.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::path::Path;
use std::process::Command;

use common::{run_in, run_with};
use serde_json::Value;

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// Writes a version 9.9 of a shipped destination, and an unknown destination.
fn files(folder: &Path) {
    write(folder, "mappings/intercom/9.9/version.yaml", "version: \"9.9\"\nextends: \"2.10\"\n");
    write(
        folder,
        "mappings/intercom/9.9/identify.yaml",
        "message: identify\nremove: [payload.contact.avatar]\npayload:\n  contact:\n    owner_id: { as: string }\n    planet: { from: traits.planet, default: { value: Earth } }\n",
    );
    write(
        folder,
        "mappings/intercom/9.9/identify.test.yaml",
        r#"replace: true
settings: { apiKey: key }
now: 2024-05-01T12:00:00Z
tests:
  - name: the planet is sent
    event: { type: identify, traits: { email: ada@example.com, ownerId: 12 } }
    expect:
      requests:
        - { step: find_contact }
        - { step: search_again }
        - { step: unarchive_contact }
        - { step: update_contact, body_includes: { planet: Earth, owner_id: "12" } }
        - { step: create_contact }
"#,
    );
    let schema = r#"{ "type": "object", "properties": { "planet": { "enum": ["Earth", "Mars"] } } }"#;
    write(folder, "schemas/intercom/9.9/create-contact.json", schema);
    write(folder, "schemas/intercom/9.9/update-contact.json", schema);
    write(
        folder,
        "mappings/pigeon/destination.yaml",
        "title: Carrier Pigeons\nnames: [PIGEON]\nversions: { default: \"1\" }\nsettings:\n  loft: { type: string, required: true }\nhosts: [\"*.pigeon.example.com\"]\n",
    );
    write(
        folder,
        "mappings/pigeon/1/version.yaml",
        "version: \"1\"\nserver: { template: \"https://{{ settings.loft }}.pigeon.example.com\" }\noperations:\n  send: { method: POST, path: /flights, schema: flight.json }\n",
    );
    write(
        folder,
        "mappings/pigeon/1/track.yaml",
        "message: track\npayload:\n  flight: { message: event, grams: { from: properties.grams, as: integer } }\nsteps:\n  send: { operation: send, body: flight }\n",
    );
    write(
        folder,
        "mappings/pigeon/1/track.test.yaml",
        r#"settings: { loft: north }
now: 2024-05-01T12:00:00Z
tests:
  - name: a message flies
    event: { type: track, event: Hello, properties: { grams: "3" } }
    expect:
      requests:
        - { url: "https://north.pigeon.example.com/flights", body: { message: Hello, grams: 3 } }
"#,
    );
    write(
        folder,
        "schemas/pigeon/1/flight.json",
        r#"{ "type": "object", "required": ["message"], "properties": { "grams": { "type": "integer", "maximum": 75 } } }"#,
    );
}

#[test]
fn files_are_all_that_a_new_version_and_destination_need() {
    let folder = tempfile::tempdir().unwrap();
    files(folder.path());
    let run = |args: &[&str]| {
        let ran = run_in(folder.path(), args.iter().chain(&["--mappings", "."]));
        assert_eq!(ran.code, Some(0), "{args:?}\n{ran}");
        ran.stdout
    };

    let list: Value = serde_json::from_str(&run(&["list", "--json"])).unwrap();
    let versions = |name: &str| -> Vec<&str> {
        let mut all = list.as_array().unwrap().iter();
        let destination = all.find(|destination| destination["destination"] == name).unwrap();
        let versions = destination["versions"].as_array().unwrap();
        versions.iter().map(|version| version["version"].as_str().unwrap()).collect()
    };
    assert_eq!(versions("intercom"), ["1.4", "2.10", "2.14", "2.16", "9.9", "preview"]);
    assert_eq!(versions("pigeon"), ["1"]);

    let shown = run(&["show", "intercom/9.9/identify"]);
    assert!(
        shown.contains("planet") && shown.contains("# (built in)/mappings/intercom/2.10/identify.yaml:"),
        "{shown}"
    );
    assert!(
        shown.contains("# ./mappings/intercom/9.9/identify.yaml:5") && !shown.contains("\n    avatar:"),
        "{shown}"
    );
    assert!(run(&["show", "pigeon/1/track"]).contains("grams"));
    assert!(run(&["schema", "pigeon/1/send"]).contains("75"));

    write(
        folder.path(),
        "events.ndjson",
        "{\"type\":\"identify\",\"traits\":{\"email\":\"ada@example.com\",\"ownerId\":7,\"avatar\":\"x\",\"planet\":\"Mars\"}}\n",
    );
    let to_intercom = ["--destination", "intercom", "--api-version", "9.9", "--set", "apiKey=key"];
    let mapped = run(&[&["map", "events.ndjson", "--verify"], &to_intercom[..]].concat());
    let mapped: Value = serde_json::from_str(&mapped).unwrap();
    let requests = mapped["requests"].as_array().unwrap();
    let create = requests.iter().find(|request| request["step"] == "create_contact").unwrap();
    assert_eq!(create["headers"]["Intercom-Version"], "9.9");
    assert_eq!((&create["body"]["planet"], &create["body"]["owner_id"]), (&"Mars".into(), &"7".into()));
    assert!(create["body"].get("avatar").is_none(), "{create}");

    let event = r#"{"type":"track","event":"Hello","properties":{"grams":"12"}}"#;
    let explained = run(&["explain", event, "--destination", "pigeon", "--set", "loft=north"]);
    assert!(explained.contains("POST https://north.pigeon.example.com/flights"), "{explained}");

    let validate = |folder: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_validate-mappings"));
        let output = command.args(["mappings", "--builtin"]).current_dir(folder).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, report) = validate(folder.path());
    assert!(code == Some(0) && !report.contains("warning"), "{report}");
    let path = folder.path().join("mappings/pigeon/1/track.yaml");
    let mapping = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, mapping.replace("as: integer", "as: string")).unwrap();
    let (code, report) = validate(folder.path());
    assert!(code == Some(1) && report.contains("mappings/pigeon/1/track"), "{report}");
}

#[test]
fn a_destination_is_mapped_for_whatever_is_wrong_with_others() {
    let folder = tempfile::tempdir().unwrap();
    files(folder.path());
    write(folder.path(), "mappings/intercom/destination.yaml", "title: [");
    let mappings = folder.path().display().to_string();
    let map = |destination: &str| {
        let args =
            ["map", "-q", "--mappings", &mappings, "--set", "loft=north", "--destination", destination];
        run_with(args.iter(), b"{\"type\":\"track\",\"event\":\"x\"}\n")
    };
    let ran = map("pigeon");
    assert!(ran.code == Some(0) && ran.stdout.contains("north.pigeon.example.com"), "{ran}");
    let ran = map("intercom");
    assert!(ran.code == Some(2) && ran.stderr.contains("yaml-syntax"), "{ran}");
}

#[test]
fn their_schemas_and_hosts_hold() {
    let folder = tempfile::tempdir().unwrap();
    files(folder.path());
    let mappings = folder.path().display().to_string();
    let args = ["map", "-q", "--verify", "--destination", "pigeon", "--mappings", &mappings, "--set"];
    let events = b"{\"type\":\"track\",\"event\":\"x\",\"properties\":{\"grams\":100}}\n{\"type\":\"track\",\"event\":\"y\"}\n";
    let ran = run_with(args.iter().chain(&["loft=north"]), events);
    assert_eq!(ran.code, Some(1), "{ran}");
    let lines: Vec<Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["error"]["code"], "schema_violation");
    assert_eq!(lines[1]["status"], "mapped");
    let ran = run_with(args.iter().chain(&["loft=evil.example.com/x"]), events);
    assert!(ran.code == Some(2) && ran.stdout.is_empty(), "{ran}");
    assert!(ran.stderr.contains("`hosts`"), "{ran}");
}
