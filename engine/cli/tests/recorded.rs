//! `mapwright test --record` replaces secrets by texts that their settings accept.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use std::fs;

use common::run_in;

const FILES: [(&str, &str); 3] = [
    (
        "destination.yaml",
        "title: Acme\nnames: [Acme]\nversions: { default: '1' }\nhosts: [api.acme.example.com]\nsettings:\n  apiKey: { type: string, secret: true, required: true, pattern: '^key-[0-9a-f]{4}$' }\n",
    ),
    (
        "1/version.yaml",
        "version: '1'\nserver: { value: https://api.acme.example.com }\nheaders: { Authorization: { template: 'Bearer {{ settings.apiKey }}' } }\noperations:\n  send: { method: POST, path: /send }\n",
    ),
    ("1/track.yaml", "message: track\nsteps: { send: { operation: send, body: { name: event } } }\n"),
];

#[test]
fn a_secret_that_is_replaced_matches_its_pattern() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join("mappings/acme").join(name);
    fs::create_dir_all(path("1")).unwrap();
    for (name, text) in FILES {
        fs::write(path(name), text).unwrap();
    }
    let event = r#"{"type":"track","event":"Sent"}"#;
    let args = ["test", "--record", event, "--destination", "acme", "--set", "apiKey=key-77e0"];
    let ran = run_in(folder.path(), args);
    assert_eq!(ran.code, Some(0), "{ran}");
    let text = fs::read_to_string(path("1/track.test.yaml")).unwrap();
    assert!(text.contains("apiKey: key-abcd") && !text.contains("77e0"), "{text}");
    assert_eq!(run_in(folder.path(), ["test"]).code, Some(0));

    // so do those in the columns of a table
    let [(name, destination), ..] = FILES;
    let with_table = destination.to_owned()
        + "  lists: { type: list, items: { name: { type: string }, token: { type: string, secret: true, pattern: '^tok-[0-9]{6}$' } } }\n";
    fs::write(path(name), with_table).unwrap();
    let settings = r#"{"apiKey":"key-77e0","lists":[{"name":"a","token":"tok-771122"},{"name":"b","token":"tok-993344"}]}"#;
    let ran = run_in(
        folder.path(),
        ["test", "--record", event, "--destination", "acme", "--settings", settings, "--name", "lists"],
    );
    assert_eq!(ran.code, Some(0), "{ran}");
    let recorded = fs::read_to_string(path("1/track.test.yaml")).unwrap();
    assert!(recorded.contains("token: tok-") && recorded.contains("name: b"), "{recorded}");
    assert!(!recorded.contains("771122") && !recorded.contains("993344"), "{recorded}");
    assert_eq!(run_in(folder.path(), ["test"]).code, Some(0));
    fs::write(path("1/track.test.yaml"), &text).unwrap();

    fs::write(path(name), destination.replace("^key-[0-9a-f]{4}$", "x{5000}|-77")).unwrap();
    let ran = run_in(folder.path(), args);
    let said =
        "the setting `apiKey` matches `x{5000}|-77`, and no text is known that does: state the setting";
    assert!(ran.code == Some(2) && ran.stderr.contains(said), "{ran}");
    assert_eq!(fs::read_to_string(path("1/track.test.yaml")).unwrap(), text);
}

#[test]
fn answers_may_be_yaml() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join("mappings/acme").join(name);
    fs::create_dir_all(path("1")).unwrap();
    for (name, text) in FILES {
        fs::write(path(name), text).unwrap();
    }
    let record = |name: &str, answers: &str| {
        fs::write(folder.path().join("answers.yaml"), answers).unwrap();
        let event = r#"{"type":"track","event":"Sent"}"#;
        let args = ["test", "--record", event, "--destination", "acme", "--set", "apiKey=key-77e0"];
        run_in(folder.path(), args.iter().chain(&["--answers", "answers.yaml", "--name", name]))
    };
    let ran = record("yaml", "- { status: 503, headers: { Retry-After: '1' } }\n- status: 200\n");
    assert_eq!(ran.code, Some(0), "{ran}");
    let ran = record("one", "status: 202\n");
    assert_eq!(ran.code, Some(0), "{ran}");
    let ran = record("json", "{\"status\": 503}\n{\"status\": 201}\n");
    assert_eq!(ran.code, Some(0), "{ran}");
    let text = fs::read_to_string(path("1/track.test.yaml")).unwrap();
    assert!(["200", "201", "202", "503"].iter().all(|status| text.contains(status)), "{text}");
    assert_eq!(run_in(folder.path(), ["test"]).code, Some(0));
    let ran = record("broken", "- { status: 200\n");
    assert!(
        ran.code == Some(2) && ran.stderr.contains("cannot use the responses in `answers.yaml`"),
        "{ran}"
    );
    let ran = record("lacking", "- state: 200\n");
    assert!(ran.stderr.contains("response 1 has no `status`"), "{ran}");
}
