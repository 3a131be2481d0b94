//! `mapwright test` as a process: which tests run, what updates write, what is recorded, and what properties show.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

const DESTINATION: &str = "\
title: Acme
names: [Acme]
versions: { default: \"1\" }
settings: { apiKey: { type: string, secret: true, required: true } }
hosts: [api.acme.example.com]
";
const VERSION: &str = "\
version: \"1\"
server: { value: https://api.acme.example.com }
headers: { Authorization: { template: \"Bearer {{ settings.apiKey }}\" } }
operations:
  find: { method: GET, path: /people, idempotent: true }
  send: { method: POST, path: /send, idempotent: true, schema: person.json }
";
const IDENTIFY: &str = "\
message: identify
payload:
  person:
    email: { from: [traits.email, context.traits.email], as: lowercase, on_error: omit }
    age: { from: traits.age, as: integer, on_error: omit }
steps:
  find: { operation: find, query: { id: userId }, capture: { id: response.body.id } }
  send: { operation: send, body: person }
";
const SCHEMA: &str = r#"{ "type": "object", "properties": { "email": { "type": "string" }, "age": { "type": "integer", "minimum": 0 } } }"#;
const TESTS: &str = "\
settings: { apiKey: key } # of all tests
tests:
  # the usual one
  - name: a person
    event: { type: identify, userId: u1, traits: { email: Alex@Example.com, age: 7 } }
    expect:
      requests:
        - { step: find, url: 'https://api.acme.example.com/people?id=u1' } # first
        - step: send
          body:
            email: alex@example.com # small letters
            age: 7
  - name: several
    event: { type: identify }
    cases:
      - { name: by traits, set: { traits.email: a@example.com } }
      - { name: by context, set: { context.traits.email: a@example.com } }
    expect: { requests: [{ step: find }, { body: { email: a@example.com } }] }
";

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(TempDir::new().unwrap());
        folder.write("mappings/acme/destination.yaml", DESTINATION);
        folder.write("mappings/acme/1/version.yaml", VERSION);
        folder.write("mappings/acme/1/identify.yaml", IDENTIFY);
        folder.write("mappings/acme/1/identify.test.yaml", TESTS);
        folder.write("schemas/acme/1/person.json", SCHEMA);
        folder
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap()
    }

    /// Writes a file with one text in place of another.
    fn change(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "{path} has no {from}");
        self.write(path, &text.replacen(from, to, 1));
    }

    /// Returns the exit code, standard output and standard error.
    fn test(&self, args: &[&str]) -> (i32, String, String) {
        self.test_with("", args)
    }

    fn test_with(&self, stdin: &str, args: &[&str]) -> (i32, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mapwright"));
        command.arg("test").args(args).current_dir(self.path());
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }
}

const FILE: &str = "mappings/acme/1/identify.test.yaml";
const MAPPING: &str = "mappings/acme/1/identify.yaml";

#[test]
fn tests_run_by_name_and_by_path() {
    let folder = Folder::new();
    folder.write("mappings/acme/2/version.yaml", "version: \"2\"\nextends: \"1\"\n");
    let passes = |args: &[&str], said: &str| {
        assert_eq!(folder.test(args), (0, format!("{said}\n"), String::new()), "{args:?}");
    };
    passes(&[], "all 4 tests pass, 2 inherited, with 6 events");
    passes(&["--filter", "PERSON"], "all 2 tests pass, 1 inherited, with 2 events");
    passes(
        &["-f", "person", "-f", "several", "mappings/acme/1"],
        "all 4 tests pass, 2 inherited, with 6 events",
    );
    passes(&["mappings/acme/2"], "all 2 tests pass, 2 inherited, with 3 events");
    passes(&["mappings/acme/2", "-f", "several"], "1 test passes, 1 inherited, with 2 events");
    // another destination does not keep these from running
    folder.write("mappings/bravo/destination.yaml", &DESTINATION.replace("cme", "lpha"));
    folder.write("mappings/bravo/1/version.yaml", "version: \"1\"\nserver: $nothing\n");
    assert_eq!(folder.test(&[]).0, 1);
    passes(&["mappings/acme/2"], "all 2 tests pass, 2 inherited, with 3 events");
    fs::remove_dir_all(folder.path().join("mappings/bravo")).unwrap();
    let list = "acme/1/identify: a person\nacme/2/identify: a person";
    passes(&["--list", "-f", "person"], list);
    let none =
        (2, String::new(), "error: no test has `persom` in its name: did you mean `person`?\n".to_owned());
    assert_eq!(folder.test(&["-f", "persom"]), none);
}

#[test]
fn only_what_is_about_tests_is_reported() {
    let folder = Folder::new();
    // a warning of the analysis, and an error that keeps tests from running
    folder.change("mappings/acme/1/version.yaml", "operations:", "sets: { nothing: [a] }\noperations:");
    assert_eq!(folder.test(&[]).0, 0);
    folder.change(MAPPING, "as: integer", "as: integr");
    let (code, out, _) = folder.test(&[]);
    assert_eq!(code, 1);
    assert!(out.contains("error[unknown-conversion]") && out.ends_with("no test ran\n"), "{out}");
    let (code, out, _) = folder.test(&["--format", "concise", "--quiet"]);
    assert_eq!((code, out.lines().count()), (1, 1), "{out}");
    // nor do a list and a difference hide it
    for args in [&["--list"][..], &["--diff"]] {
        let (code, out, _) = folder.test(args);
        assert!(code == 1 && out.contains("error[unknown-conversion]"), "{args:?}: {out}");
    }
}

#[test]
fn a_mapping_without_tests_and_marks_in_comments_are_not_about_tests() {
    let folder = Folder::new();
    folder.write("mappings/acme/1/track.yaml", "# mapwright: alow(x) for a reason\nmessage: track\n");
    assert_eq!(folder.test(&[]), (0, "all 2 tests pass, with 3 events\n".to_owned(), String::new()));
}

#[test]
fn updates_write_only_the_values_that_differ() {
    let folder = Folder::new();
    folder.change(MAPPING, "as: lowercase", "as: uppercase");
    let before = folder.read(FILE);
    let (code, diff, _) = folder.test(&["--diff"]);
    assert_eq!(code, 1);
    insta::assert_snapshot!(diff);
    assert_eq!(folder.read(FILE), before);
    let (code, out, err) = folder.test(&["--update"]);
    assert_eq!((code, out.as_str()), (0, "all 2 tests pass, with 3 events\n"));
    assert_eq!(
        err,
        format!("{FILE}:4: updated `a person` of acme/1\n{FILE}:13: updated `several` of acme/1\n")
    );
    let after = folder.read(FILE);
    let expected = before.replace("alex@example.com #", "ALEX@EXAMPLE.COM #");
    assert_eq!(after, expected.replace("email: a@example.com } }] }", "email: A@EXAMPLE.COM } }] }"));
    assert_eq!(folder.test(&["--update"]), (0, out, String::new()));
    assert_eq!((folder.test(&["--diff"]).0, folder.read(FILE)), (0, after));
}

#[test]
fn a_test_without_an_expectation_gets_one() {
    let folder = Folder::new();
    let more = "  - name: new\n    event: { type: identify, userId: u1, traits: { age: x } }\n    responses: [{ status: 200, body: { id: p1 } }, { status: 418 }]\n";
    folder.write(FILE, &format!("{TESTS}{more}"));
    let (code, out, _) = folder.test(&[]);
    assert_eq!(code, 1);
    assert!(
        out.contains("the test `new` has no `expect`") && out.contains("mapwright test --update"),
        "{out}"
    );
    let (code, _, err) = folder.test(&["--update"]);
    assert_eq!((code, err.as_str()), (0, "mappings/acme/1/identify.test.yaml:19: updated `new` of acme/1\n"));
    insta::assert_snapshot!(folder.read(FILE).strip_prefix(TESTS).unwrap());
}

#[test]
fn cases_that_differ_from_the_others_get_their_own_expectation() {
    let folder = Folder::new();
    folder.change(MAPPING, "[traits.email, context.traits.email]", "traits.email");
    assert_eq!(folder.test(&["--update"]).0, 0);
    let text = folder.read(FILE);
    assert!(
        text.contains("- { name: by context, set: { context.traits.email: a@example.com }, expect: {"),
        "{text}"
    );
    assert!(
        text.contains("    expect: { requests: [{ step: find }, { body: { email: a@example.com } }] }\n"),
        "{text}"
    );
}

#[test]
fn a_test_that_fails_for_another_reason_stays_as_it_is() {
    let folder = Folder::new();
    for (from, to, reason) in [
        (
            "userId: u1, traits: { email: Alex@Example.com, age: 7 } }",
            "userId: u1 }\n    responses: []",
            "there is no response for request 1 (`find`)",
        ),
        ("age: 7 } }", "age: -7 } }", "a body violates its schema"),
        ("settings: { apiKey: key }", "settings: {}", "its settings are not valid"),
        (
            "userId: u1, traits: { email: Alex@Example.com, age: 7 } }",
            "userId: u1 }\n    responses: [{ status: 200 }, { status: 200 }, { status: 200 }]",
            "it uses 2 of its 3 responses",
        ),
    ] {
        folder.write(FILE, &TESTS.replacen(from, to, 1));
        let before = folder.read(FILE);
        let (code, out, _) = folder.test(&["--update", "-f", "a person"]);
        assert_eq!((code, folder.read(FILE)), (1, before), "{reason}: {out}");
        assert!(
            out.contains("an update leaves the test as it is, since") && out.contains(reason),
            "{reason}: {out}"
        );
        let (code, out, _) = folder.test(&["--diff", "-f", "a person"]);
        assert!(code == 1 && out.contains(reason), "{reason}: {out}");
    }
}

#[test]
fn an_inherited_test_is_stated_anew_by_the_version_that_differs() {
    let folder = Folder::new();
    folder.write("mappings/acme/2/version.yaml", "version: \"2\"\nextends: \"1\"\n");
    folder.write(
        "mappings/acme/2/identify.yaml",
        "message: identify\npayload: { person: { email: { as: uppercase } } }\n",
    );
    let (code, out, err) = folder.test(&["--update"]);
    assert_eq!(code, 0, "{out}{err}");
    assert_eq!(folder.read(FILE), TESTS);
    insta::assert_snapshot!(folder.read("mappings/acme/2/identify.test.yaml"));
    assert!(folder.test(&["--update"]).2.is_empty());
}

const SECRET: &str = "s3cr3t-t0ken";

#[test]
fn an_event_and_answers_are_recorded_without_secrets() {
    let folder = Folder::new();
    folder.write("token.txt", SECRET);
    folder.write(
        "answers.json",
        &format!("{{\"status\":200,\"body\":{{\"id\":\"p1\",\"echo\":\"{SECRET}\"}}}}\n[{{\"status\":201}}]"),
    );
    let event = format!(
        "{{\"type\":\"page\"}}\n{{\"type\":\"identify\",\"userId\":\"u1\",\"traits\":{{\"email\":\"{SECRET}@Example.com\"}}}}\n"
    );
    let args = [
        "--record",
        "-",
        "--line",
        "2",
        "--secret",
        "apiKey=@token.txt",
        "--answers",
        "answers.json",
        "--now",
        "2024-05-01T12:00:00Z",
    ];
    let (code, out, err) = folder.test_with(&event, &args);
    assert_eq!((code, out.as_str()), (0, ""), "{err}");
    let text = folder.read(FILE);
    assert!(!text.contains(SECRET) && !err.contains(SECRET), "{text}{err}");
    insta::assert_snapshot!(text.strip_prefix(TESTS).unwrap());
    assert_eq!(folder.test(&[]).0, 0);
    // too few responses: nothing is written
    folder.write("answers.json", "[]");
    let (code, _, err) = folder.test_with(&event, &args);
    assert_eq!((code, folder.read(FILE)), (1, text));
    assert!(err.contains("there is no response for request 1") && err.contains("is not written"), "{err}");
}

#[test]
fn answers_of_a_server_are_recorded() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let mut seen = Vec::new();
        for body in [format!("{{\"id\":\"p1\",\"token\":\"{SECRET}\"}}"), "{\"error\":\"no\"}".to_owned()] {
            let (mut socket, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(socket.try_clone().unwrap());
            let (mut line, mut length) = (String::new(), 0);
            reader.read_line(&mut line).unwrap();
            seen.push(line.trim().to_owned());
            loop {
                let mut header = String::new();
                reader.read_line(&mut header).unwrap();
                if let Some(value) = header.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if header.trim().is_empty() {
                    break;
                }
            }
            reader.take(length).read_to_end(&mut Vec::new()).unwrap();
            let status = if body.contains("error") { "422 Unprocessable" } else { "200 OK" };
            write!(socket, "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()).unwrap();
        }
        seen
    });
    let folder = Folder::new();
    folder.write("settings.yaml", &format!("apiKey: {SECRET}\n"));
    folder.write("event.json", r#"{"type":"identify","userId":"u1","traits":{"email":"A@example.com"}}"#);
    let args = [
        "--record",
        "event.json",
        "--settings",
        "settings.yaml",
        "--send",
        "--base-url",
        &url,
        "--name",
        "refused",
    ];
    let (code, out, err) = folder.test(&args);
    assert_eq!((code, out.as_str()), (0, ""), "{err}");
    assert_eq!(server.join().unwrap(), ["GET /people?id=u1 HTTP/1.1", "POST /send HTTP/1.1"]);
    let text = folder.read(FILE);
    let added = text.strip_prefix(TESTS).unwrap();
    assert!(!text.contains(SECRET), "{text}");
    assert!(added.contains("status: 422") && added.contains("failure: { code: "), "{added}");
    assert_eq!(folder.test(&["-f", "refused"]).1, "1 test passes, with 1 event\n");
}

#[test]
fn a_property_that_does_not_hold_shows_a_small_event_that_is_a_test() {
    let folder = Folder::new();
    let property = "\
properties:
  - name: an email is sent as the event has it
    when: traits.email is string and not traits.age
    must: payload.person.email == traits.email or not traits.email
";
    let text = format!("{property}{TESTS}");
    folder.write(FILE, &text);
    let (code, out, _) = folder.test(&[]);
    assert_eq!(code, 1);
    insta::assert_snapshot!(out);
    assert_eq!(folder.test(&[]).1, out, "the same events every time");
    // what it shows is a test
    let lines = out.lines().map(|line| line.strip_prefix("    ").unwrap_or(""));
    let shown: Vec<&str> =
        lines.skip_while(|line| !line.starts_with("  - name:")).take_while(|line| !line.is_empty()).collect();
    folder.write(FILE, &format!("{TESTS}{}\n", shown.join("\n")));
    assert_eq!(folder.test(&["--update"]).0, 0);
    folder.write(
        FILE,
        &text
            .replace("as the event has it", "in small letters")
            .replace("== traits.email or", "== traits.email|lower or"),
    );
    assert_eq!(
        folder.test(&["-f", "small letters"]),
        (0, "1 test passes, with 100 events\n".to_owned(), String::new())
    );
}

#[test]
fn what_a_property_cannot_say_is_found() {
    let folder = Folder::new();
    let fails = |property: &str, said: &[&str]| {
        folder.write(FILE, &format!("properties:\n  - {property}\n{TESTS}"));
        let (code, out, _) = folder.test(&[]);
        assert_eq!(code, 1, "{property}");
        said.iter().for_each(|said| assert!(out.contains(said), "{property}: {out}"));
    };
    fails("{ name: a, must: outcom == \"mapped\" }", &["error[unknown-name]", "did you mean `outcome`?"]);
    fails(
        "{ name: a, must: payload.person.emial }",
        &["error[unknown-payload]", "did you mean `person.email`?"],
    );
    fails("{ name: a, must: captures.id }", &["error[misplaced-name]"]);
    fails("{ name: a, mst: userId }", &["error[unknown-key]", "did you mean `must`?"]);
    fails("{ name: a, when: \"userId == 7 and userId == 8\" }", &["none of 1000 events meets `when`"]);
    fails("{ name: a, cases: 100000 }", &["limit `test_cases`"]);
    fails("{ name: a, settings: { apiKey: 7 } }", &["the tests cannot run with these settings"]);
    fails("{ name: a, settings: { apiKay: x } }", &["error[unknown-setting]"]);
    // bodies are held against their schemas whatever a property says
    folder.change(MAPPING, "as: integer, on_error: omit", "as: string");
    fails("{ name: a }", &["error[schema-violation]: the body violates the schema of `send`: `person.age`"]);
    // what a test shows of a row as well is said once
    assert!(!folder.test(&[]).1.contains("the property"));
}

#[test]
fn a_case_changes_settings() {
    let folder = Folder::new();
    let case = "  - name: whose key it is
    event: { type: identify, userId: u1 }
    cases:
      - { settings: { apiKey: other } }
      - { name: unknown, settings: { apiKay: other } }
    expect: { requests: [{ headers: { Authorization: Bearer other } }, {}] }
";
    folder.write(FILE, &format!("{TESTS}{case}"));
    let (code, out, _) = folder.test(&["-f", "whose"]);
    assert!(
        code == 1 && out.contains("error[unknown-setting]") && out.contains("did you mean `apiKey`?"),
        "{out}"
    );
    folder.change(FILE, "      - { name: unknown, settings: { apiKay: other } }\n", "");
    assert_eq!(folder.test(&["-f", "whose"]).0, 0);
    folder.change(FILE, "settings: { apiKey: other }", "settings: { apiKey: third }");
    let (_, out, _) = folder.test(&["-f", "whose"]);
    assert!(out.contains("in the case `settings.apiKey`") && !out.contains("Bearer third"), "{out}");
}

/// Records an event under a name, after these tests, and returns the file.
fn recorded(folder: &Folder, tests: &str, event: &str, name: &str) -> String {
    folder.write(FILE, tests);
    let (code, _, err) = folder.test_with(event, &["--record", "-", "--set", "apiKey=zQ7x", "--name", name]);
    assert_eq!(code, 0, "{err}");
    folder.read(FILE)
}

const EVENT: &str = r#"{"type":"identify","userId":"u2"}"#;

#[test]
fn a_text_in_lines_keeps_its_empty_lines() {
    let folder = Folder::new();
    let head = "settings: { apiKey: key }\ntests:\n  - name: in lines\n    expect: { requests: [{ step: find }, {}] }\n    event:\n      type: identify\n      userId: ";
    for lines in [
        "|+\n        u1\n\n\n\n",
        ">+\n        u1\n\n",
        "|+\n        u1\n",
        "|2+ # why\n\n        'u1\n\n",
        "|\n        *u1\n",
        "|\n        u1\n           \n",
    ] {
        for tail in ["", "# the end\n"] {
            let (before, text) = (format!("{head}{lines}"), format!("{head}{lines}{tail}"));
            let after = recorded(&folder, &text, EVENT, "more");
            let added = after.strip_prefix(&before).and_then(|added| added.strip_suffix(tail));
            let added = added.unwrap_or_else(|| panic!("{text:?}\n{after:?}"));
            assert!(added.trim_start_matches('\n').starts_with("  - name: more\n"), "{after}");
            assert!(lines.contains('+') != added.starts_with('\n'), "{after}");
        }
        // an update adds to the test itself
        let text = format!("{head}{lines}").replace("    expect: { requests: [{ step: find }, {}] }\n", "");
        folder.write(FILE, &text);
        assert_eq!(folder.test(&["--update"]).0, 0);
        assert!(folder.read(FILE).strip_prefix(&text).unwrap().starts_with("    expect:"), "{lines:?}");
        assert_eq!(folder.test(&[]).0, 0);
    }
}

#[test]
fn lines_end_as_those_of_the_file_do() {
    let folder = Folder::new();
    let is_even = |text: &str| text.matches('\n').count() == text.matches("\r\n").count();
    let crlf = TESTS.replace('\n', "\r\n");
    let after = recorded(&folder, &crlf, EVENT, "more");
    assert!(is_even(&after) && after.starts_with(&crlf) && !after.contains("\r\r"), "{after:?}");
    folder.change(MAPPING, "as: lowercase", "as: uppercase");
    let new = "  - name: new\r\n    event: { type: identify, userId: u1 }\r\n";
    folder.write(FILE, &format!("{crlf}{new}"));
    assert_eq!(folder.test(&["--update"]).0, 0);
    let after = folder.read(FILE);
    assert!(is_even(&after) && !after.contains("\r\r"), "{after:?}");
    assert!(after.contains("ALEX@EXAMPLE.COM # small letters\r\n"), "{after:?}");
    assert!(after.contains("userId: u1 }\r\n    expect:"), "{after:?}");
    // removed lines go with their ends
    folder.change(MAPPING, "    age: { from: traits.age, as: integer, on_error: omit }\n", "");
    assert_eq!(folder.test(&["--update"]).0, 0);
    let after = folder.read(FILE);
    assert!(is_even(&after) && after.contains("# small letters\r\n  - name: several\r\n"), "{after:?}");
}

#[test]
fn only_an_equal_name_gets_a_number() {
    let folder = Folder::new();
    let tests = TESTS.replace("a person", "nobody");
    assert!(recorded(&folder, &tests, EVENT, "b").contains("  - name: b\n"));
    assert!(recorded(&folder, &tests, EVENT, "nobody").contains("  - name: nobody (2)\n"));
}

#[test]
fn characters_that_yaml_has_only_escaped_are_escaped() {
    let folder = Folder::new();
    let event = "{\"type\":\"identify\",\"userId\":\"a\u{7f}\u{80}\u{85}\u{9f}\u{2028}\u{fffe}\u{ffff}\"}";
    let after = recorded(&folder, TESTS, event, "odd");
    assert!(after.contains(r#"userId: "a\x7f\x80\x85\x9f\u2028\uFFFE\uFFFF""#), "{after}");
    assert_eq!(folder.test(&[]).0, 0);
}

#[test]
fn the_small_event_of_a_property_is_yaml() {
    let folder = Folder::new();
    let property = |event: &str, must: &str| {
        let property = format!(
            "properties:\n  - {{ name: a, settings: {{ apiKey: zQ7x }}, event: {{ {event} }}, must: {must} }}\n"
        );
        folder.write(FILE, &format!("{property}{TESTS}"));
        let (code, out, _) = folder.test(&[]);
        assert_eq!(code, 1);
        out
    };
    let out = property("userId: \"a\\x7fb\"", "userId == 7");
    assert!(out.contains(r#"userId: "a\x7fb""#), "{out}");
    let out = property("userId: zQ7x", "userId == 7");
    assert!(out.contains("userId: \"[redacted]\"") && out.contains("apiKey: \"[redacted]\""), "{out}");
}

#[test]
fn a_file_without_content_gets_its_first_test() {
    let folder = Folder::new();
    for (text, kept) in [
        ("", ""),
        ("# later\n", "# later\n"),
        ("# later", "# later\n"),
        ("\n# a\r\n", "\n# a\r\n"),
        ("---\n", "---\n"),
        ("{}\n", ""),
    ] {
        let after = recorded(&folder, text, EVENT, "first");
        let added = after.strip_prefix(kept).unwrap();
        assert!(added.starts_with("tests:") && added.contains("  - name: first"), "{after}");
        assert_eq!(folder.test(&[]).1, "1 test passes, with 1 event\n", "{text:?}");
    }
}

#[test]
fn what_other_readers_take_for_a_sign_is_in_quotes() {
    let folder = Folder::new();
    let after = recorded(&folder, TESTS, EVENT, "more");
    let found = r#"url: "https://api.acme.example.com/people?id=u2""#;
    assert!(after.contains(found), "{after}");
}

#[cfg(unix)]
#[test]
fn files_without_an_end_are_not_read_for_ever() {
    let folder = Folder::new();
    let args = ["--record", EVENT, "--set", "apiKey=zQ7x", "--answers", "/dev/zero"];
    let (code, _, err) = folder.test(&args);
    let said = "it has more than 4194304 bytes (limit `file_bytes`)";
    assert!(code == 2 && err.contains(said), "{err}");
    let mut command = Command::new(env!("CARGO_BIN_EXE_validate-mappings"));
    let args = ["mappings", "--baseline", "/dev/zero"];
    let output = command.args(args).current_dir(folder.path()).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains(said), "{output:?}");
}

#[test]
fn a_part_of_a_body_stays_that_part() {
    let folder = Folder::new();
    let tests = "settings: { apiKey: key }\ntests:\n  - name: one\n    event: { type: identify, userId: u1 }\n    expect: { requests: [{}, { body_includes: { email: a@example.com } }] }\n";
    folder.write(FILE, tests);
    let (code, out, _) = folder.test(&["--update"]);
    assert!(
        code == 1 && out.contains("`body_includes` of `send` has `email`, which the body lacks"),
        "{out}"
    );
    assert_eq!(folder.read(FILE), tests);
}

#[test]
fn tests_of_several_mappings_may_share_a_name() {
    let (folder, other) = (Folder::new(), "mappings/acme/1/track.test.yaml");
    folder.write("mappings/acme/1/track.yaml", &IDENTIFY.replace("identify", "track"));
    for (file, kind) in [(FILE, "identify"), (other, "track")] {
        let expected = "expect: { requests: [{}, { step: find }] }";
        folder.write(file, &format!("settings: {{ apiKey: key }}\ntests:\n  - {{ name: same, event: {{ type: {kind}, userId: u1 }}, {expected} }}\n"));
    }
    let line = |file| format!("{file}:3: updated `same` of acme/1\n");
    assert_eq!(folder.test(&["--update"]).2, line(FILE) + &line(other));
}
