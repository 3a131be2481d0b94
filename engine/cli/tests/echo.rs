//! An API that repeats the token, in whatever form and place: no output of any command has it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::json;
use tempfile::TempDir;

/// A token with what URLs, JSON, HTML and base64 write in their own ways.
const TOKEN: &str = "zQ7x/tok\"en<+=vW9k";
/// The token in the forms that an API may repeat it in, each with what it is recognized by.
const FORMS: [(&str, &str); 8] = [
    (TOKEN, "tok\"en"),
    ("Bearer zQ7x/tok\"en<+=vW9k", "vW9k"),
    ("zQ7x%2Ftok%22en%3C%2B%3DvW9k", "zQ7x"),
    ("zQ7x%2ftok%22en%3c+%3dvW9k", "tok%22"),
    ("zQ7x\\/tok\\\"en\\u003c+=vW9k", "zQ7x"),
    ("zQ7x&#x2F;tok&quot;en&lt;+&#x3D;vW9k", "tok&quot;"),
    // `ada:` and the token, in both alphabets
    ("Basic YWRhOnpRN3gvdG9rImVuPCs9dlc5aw==", "RN3gvdG9rImVuPCs9dlc5a"),
    ("YWRhOnpRN3gvdG9rImVuPCs9dlc5aw", "RN3gvdG9rImVuPCs9dlc5a"),
];

/// Parts of the token as they stand in one of its forms.
const TRACES: [&str; 8] =
    ["zQ7x", "vW9k", "tok\"en", "tok%22", "tok\\\"", "tok&quot;", "RN3gvdG9r", "ImVuPCs9"];

struct Api {
    url: String,
}

impl Api {
    /// Answers every request like this, with `form` in the body, in headers and in where it redirects to.
    fn start(status: u16, form: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                answer(stream.unwrap(), status, form);
            }
        });
        Self { url }
    }
}

fn answer(mut stream: TcpStream, status: u16, form: &str) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read_exact(&mut byte).is_ok() {
        head.push(byte[0]);
    }
    let body = json!({
        "app": { "name": format!("app of {form}") },
        "region": form,
        "id": "p1",
        "errors": [{ "code": form, "message": format!("you said {form}") }],
        form: form,
    });
    let body = body.to_string();
    let _ = write!(
        stream,
        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nX-Key: {form}\r\nLocation: /login?key={form}\r\n\
         Retry-After: 0\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let _ = stream.read_to_end(&mut Vec::new());
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("token"), format!(" {TOKEN}\n")).unwrap();
    let identify = r#"{"type":"identify","userId":"u1","traits":{"email":"u1@example.com","plan":"pro"}}"#;
    let track = r#"{"type":"track","userId":"u2","event":"Order","timestamp":"2024-05-01T12:00:00Z"}"#;
    let events = format!("{identify}\n{track}\n{{}}\n");
    std::fs::write(folder.path().join("events.ndjson"), events).unwrap();
    folder
}

fn run(folder: &Path, url: &str, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mapwright"));
    command.args(args).args(["--secret", "apiKey=@token", "--base-url", url]);
    command.current_dir(folder).stdin(Stdio::null()).output().unwrap()
}

/// Everything that a run has left, but for its input.
fn left(folder: &Path, output: &Output) -> String {
    let mut all = format!(
        "--- stdout\n{}\n--- stderr\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if !path.ends_with("token") && !path.ends_with("events.ndjson") {
            all += &format!(
                "\n--- {}\n{}",
                path.display(),
                String::from_utf8_lossy(&std::fs::read(&path).unwrap())
            );
        }
    }
    all
}

#[test]
fn no_output_repeats_the_token() {
    const SEND: [&[&str]; 2] = [
        &[
            "send",
            "events.ndjson",
            "--dead-letter",
            "dead.ndjson",
            "--summary",
            "summary.json",
            "--checkpoint",
            "progress",
            "--log",
            "text",
            "--log-level",
            "debug",
            "--metrics",
            "0",
        ],
        &["send", "events.ndjson", "--log", "json", "--log-level", "debug"],
    ];
    const OTHERS: [&[&str]; 5] = [
        &["delete", "--user-id", "u1", "--yes"],
        &["delete", "--user-id", "u1", "--yes", "--report", "report.csv"],
        &["check-connection"],
        &["check-connection", "--json"],
        &["check-connection", "events.ndjson", "--create"],
    ];
    const STATUSES: [u16; 5] = [200, 403, 400, 401, 404];
    for (of_form, (form, recognized)) in FORMS.into_iter().enumerate() {
        // the forms are what they say
        assert!(form.contains(recognized) && TRACES.iter().any(|trace| form.contains(trace)), "{form}");
        let apis = STATUSES.map(|status| (status, Api::start(status, form)));
        for (of_args, args) in SEND.into_iter().chain(OTHERS).enumerate() {
            // every command meets every form and every status
            let (status, api) = &apis[(of_form + of_args) % STATUSES.len()];
            let folder = folder();
            let output = run(folder.path(), &api.url, args);
            let all = left(folder.path(), &output);
            for trace in TRACES {
                assert!(!all.contains(trace), "`{trace}` of `{form}` with {status} in {args:?}:\n{all}");
            }
            let quoted = all.contains("you said") || all.contains("app of");
            assert!(quoted || matches!((status, args[0]), (404, _) | (200, "send" | "delete")), "{all}");
        }
    }
}

/// Arguments in which something secret is in the wrong place.
#[test]
fn no_error_repeats_what_may_be_secret() {
    let folder = folder();
    let world = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mapwright"));
        command.args(args).current_dir(folder.path()).stdin(Stdio::null());
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    for (args, said) in [
        (&["--settings", "apiKey: zQ7x"][..], "`--settings` takes a file or JSON"),
        (&["--settings", "apiKey:zQ7x/vW9k"], "`--settings` takes a file or JSON"),
        (&["--settings", "zQ7x"], "`--settings` takes a file or JSON"),
        (&["--settings", "/zQ7x"], "`--settings` takes a file or JSON"),
        (&["--settings", "missing.yaml"], "cannot read the settings `missing.yaml`"),
        (&["--settings", "./missing"], "cannot read the settings `./missing`"),
        (&["--secret", "apiKey=@zQ7x"], "cannot read the file that `--secret apiKey=@…` names"),
        (&["--secret", "apiKey=zQ7x"], "`--secret` takes `key=@file`"),
        // base64 that ends like `key=`
        (&["--set", "zQ7xvW9k="], "`--set` takes `key=value`"),
        (&["--set", "zQ7xvW9k=="], "`--set` takes `key=value`"),
        (&["--set", "apiKey="], "Access Token is not present"),
        (&["--set", "apiKey=zQ7x", "--set", "apiServer=vW9k-zQ7x"], "found `\"vW9k-[redacted]\"`"),
        (&["--base-url", "http://ada:zQ7x@127.0.0.1:1"], "expected a base URL without user"),
        (&["--base-url", "ftp://ada:zQ7x@127.0.0.1:1"], "`ftp://127.0.0.1:1/` is not a valid base URL"),
        (&["--base-url", "ada:zQ7x@127.0.0.1:x"], "`ada:…` is not a valid base URL"),
        (&["--base-url", "//ada:zQ7x@127.0.0.1"], "invalid value '[redacted]' for '--base-url"),
        (&["--base-url", "http://ada:zQ7x@127.0.0.1:x"], "invalid value 'http://[redacted]' for '--base-url"),
    ] {
        let key = ["--secret", "apiKey=@token"];
        let key = if said.contains("base") { &key[..] } else { &[] };
        let stderr = world(&[&["send", "events.ndjson"], args, key].concat());
        assert!(stderr.contains(said), "{args:?}: {stderr}");
        assert!(!stderr.contains("zQ7x"), "{args:?}: {stderr}");
    }
}

/// An option that there is not is named as it was typed; what may be a value is not.
#[test]
fn unknown_options_are_named() {
    let said = |program: &str, args: &[&str]| {
        let output = Command::new(program).args(args).stdin(Stdio::null()).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let (mapwright, validate) = (env!("CARGO_BIN_EXE_mapwright"), env!("CARGO_BIN_EXE_validate-mappings"));
    for (program, args, shown) in [
        (mapwright, &["map", "--dryRun"][..], "--dryRun"),
        (mapwright, &["map", "--dry_run2"], "--dry_run2"),
        (mapwright, &["send", "--an-option-with-very-many-words=zQ7x"], "--an-option-with-very-many-words"),
        (mapwright, &["map", "-Z"], "-Z"),
        (validate, &["--Deny.Warnings"], "--Deny.Warnings"),
        (validate, &["--min_score=zQ7x"], "--min_score"),
        (mapwright, &["show", "acme", "zQ7x"], "[redacted]"),
        (mapwright, &["show", "acme", "--zQ7x+vW9k/zQ7x=="], "[redacted]"),
        (mapwright, &["show", "acme", "---zQ7x"], "[redacted]"),
    ] {
        let error = said(program, args);
        assert!(
            error.starts_with(&format!("error: unexpected argument '{shown}' found")),
            "{args:?}: {error}"
        );
        assert!(!error.contains("zQ7x"), "{args:?}: {error}");
    }
}
