//! `mapwright sandbox` as a process: it says how to deliver to it, checks and keeps what arrives, and ends when it is interrupted.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]
#![cfg(unix)]

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use common::{root, run_in};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A sandbox in a process of its own, which is killed when the test ends.
struct Double {
    child: Child,
    url: String,
    /// The line that says how to deliver to it.
    how: String,
}

impl Double {
    fn start(folder: &Path, args: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mapwright"));
        command.arg("sandbox").args(args).current_dir(folder);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let line = |from: &mut dyn BufRead| {
            let mut line = String::new();
            from.read_line(&mut line).unwrap();
            line.trim().to_owned()
        };
        let first = line(&mut BufReader::new(child.stdout.as_mut().unwrap()));
        let url = first.strip_prefix("listening on ").unwrap_or_else(|| panic!("{first}")).to_owned();
        let mut said = BufReader::new(child.stderr.as_mut().unwrap());
        let mut how = line(&mut said);
        while !how.starts_with("mapwright send") {
            how = line(&mut said);
            assert!(!how.is_empty());
        }
        Self { child, url, how }
    }

    fn get(&self, what: &str) -> Value {
        let mut stream = TcpStream::connect(self.url.trim_start_matches("http://")).unwrap();
        write!(stream, "GET /_sandbox/{what} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    }

    fn ends_by(mut self, signal: &str) {
        let kill = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(kill.unwrap().success());
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        let mut rest = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "");
    }
}

impl Drop for Double {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder with the mappings of a destination that is made up for tests.
fn with_mappings(name: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let made_up = root().join("tests/mappings").join(name).canonicalize().unwrap();
    std::os::unix::fs::symlink(made_up, folder.path().join("own")).unwrap();
    folder
}

#[test]
fn the_command_that_it_prints_delivers_to_it() {
    let folder = with_mappings("formpost");
    let event = json!({ "type": "identify", "traits": { "email": "a@example.com" }, "integrations": { "Formpost": { "listId": "l" } } });
    std::fs::write(folder.path().join("events.ndjson"), format!("{event}\n")).unwrap();
    std::fs::write(folder.path().join("answers.yaml"), "find_member: [{ body: { members: [] } }]\n").unwrap();
    let double = Double::start(
        folder.path(),
        &["formpost/1", "--mappings", "own", "--no-builtin", "--answers", "answers.yaml", "--log-bodies"],
    );
    assert!(double.how.contains("--set key=any-key"), "{}", double.how);
    let words: Vec<&str> = double.how.split(' ').skip(1).collect();
    let sent = run_in(folder.path(), words);
    assert_eq!(sent.code, Some(0), "{sent}");
    let stats = double.get("stats");
    assert_eq!(stats["by_operation"], json!({ "find_member": 1, "subscribe": 1 }));
    let requests = double.get("requests");
    assert_eq!(requests[0]["path"], "/api/lists/l/members?key=[redacted]&email=a%40example.com");
    assert_eq!(requests[1]["body"], "email=a%40example.com&confirmed=false");
    double.ends_by("-INT");
}

#[test]
fn settings_that_are_made_up_match_their_patterns_and_stand_for_any() {
    let folder = tempfile::tempdir().unwrap();
    let files = [
        (
            "destination.yaml",
            "title: Acme\nnames: [Acme]\nversions: { default: '1' }\nhosts: [api.acme.example.com]\nsettings:\n  key: { type: string, required: true, secret: true, pattern: '^[0-9a-f]{8}$' }\n",
        ),
        (
            "1/version.yaml",
            "version: '1'\nserver: { value: https://api.acme.example.com }\nheaders: { Authorization: { template: 'Bearer {{ settings.key }}' } }\noperations:\n  send: { method: POST, path: /send }\n",
        ),
        ("1/track.yaml", "message: track\nsteps: { send: { operation: send, body: { name: event } } }\n"),
    ];
    for (path, text) in files {
        let path = folder.path().join("own/acme").join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let double = Double::start(folder.path(), &["acme/1", "--mappings", "own", "--no-builtin"]);
    assert!(double.how.contains("--set key=abcdef01"), "{}", double.how);
    std::fs::write(folder.path().join("events.ndjson"), "{\"type\":\"track\",\"event\":\"Sent\"}\n").unwrap();
    for key in ["abcdef01", "00000000"] {
        let how = double.how.replace("key=abcdef01", &format!("key={key}"));
        let sent = run_in(folder.path(), how.split(' ').skip(1));
        assert_eq!(sent.code, Some(0), "{sent}");
    }
    double.ends_by("-INT");
}

#[test]
fn a_preview_of_batches_is_what_is_sent_and_items_are_counted() {
    let folder = with_mappings("depot");
    let events = [
        json!({ "type": "identify", "userId": "u1", "traits": { "plan": "free" } }),
        json!({ "type": "track", "userId": "u1", "event": "e2" }),
        json!({ "type": "identify", "userId": "u1", "traits": { "plan": "pro" } }),
        json!({ "type": "page", "name": "Home" }),
        json!({ "type": "page", "name": "Jobs" }),
        json!({ "type": "group", "groupId": "g1" }),
        json!({ "type": "group", "groupId": "g2" }),
        json!({ "type": "identify", "userId": "u3" }),
    ];
    let lines: String = events.iter().map(|event| format!("{event}\n")).collect();
    std::fs::write(folder.path().join("events.ndjson"), lines).unwrap();
    let own = ["--mappings", "own", "--no-builtin", "--set", "apiKey=sekrit"];
    let double = Double::start(folder.path(), &[&["depot/1", "--log-bodies"][..], &own].concat());
    let map = run_in(folder.path(), [&["map", "events.ndjson", "-q", "--batches"][..], &own].concat());
    let to = ["send", "events.ndjson", "--base-url", &double.url];
    let sent = run_in(folder.path(), [&to[..], &own].concat());
    assert_eq!(sent.code, Some(0), "{sent}");
    let body = |body: &Value| match body {
        Value::String(text) => serde_json::from_str(text).unwrap(),
        other => other.clone(),
    };
    let arrived = double.get("requests");
    let arrived = arrived
        .as_array()
        .unwrap()
        .iter()
        .map(|request| format!("{} {}", request["path"].as_str().unwrap(), body(&request["body"])));
    let mut arrived: Vec<String> = arrived.collect();
    let shown = map.stdout.lines().map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        let url = line["request"]["url"].as_str().unwrap();
        format!("{} {}", url.trim_start_matches("https://api.depot.example.com"), line["request"]["body"])
    });
    let mut shown: Vec<String> = shown.collect();
    assert_eq!(shown.len(), 5, "{map}");
    arrived.sort();
    shown.sort();
    assert_eq!(shown, arrived);
    let stats = double.get("stats");
    assert_eq!(
        stats["by_operation"],
        json!({ "import_events": 1, "save_groups": 1, "save_pages": 1, "save_people": 2 })
    );
    assert_eq!(
        stats["items"],
        json!({ "import_events": 1, "save_groups": 2, "save_pages": 2, "save_people": 3 })
    );
    double.ends_by("-INT");
}

/// Whether tests, previews and deliveries of events send these requests, in this order (deliveries: as far as keys say it).
fn sends_in_order(order: &str, steps: &str, events: &[Value], requests: &[(&str, Value)]) {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("own/queue");
    std::fs::create_dir_all(own.join("1")).unwrap();
    let write = |file: &str, text: String| std::fs::write(own.join(file), text).unwrap();
    let host = "https://api.queue.example.com/";
    write(
        "destination.yaml",
        "{ title: Queue, names: [Queue], versions: { default: '1' }, hosts: [api.queue.example.com] }".into(),
    );
    write(
        "1/version.yaml",
        format!(
            "
version: '1'
server: {{ value: {host} }}
order: {order}
operations:
  find: {{ method: GET, path: '/people/{{id}}', idempotent: true }}
  import: {{ method: POST, path: /import, idempotent: true, batch: {{ most: 10, body: {{ events: items }} }} }}
  close: {{ method: POST, path: '/closed/{{id}}', idempotent: true }}"
        ),
    );
    write("1/track.yaml", format!("message: track\nsteps:\n{steps}"));
    let lines: String = events.iter().map(|event| format!("{event}\n")).collect();
    std::fs::write(folder.path().join("events.ndjson"), lines).unwrap();
    let expected = requests.iter().map(|(path, body)| match body {
        Value::Null => json!({ "url": format!("{host}{path}") }),
        body => json!({ "url": format!("{host}{path}"), "body": body }),
    });
    let expect = json!({ "requests": expected.collect::<Vec<_>>() });
    let responses = vec![json!({ "status": 200 }); requests.len()];
    let tests = json!([
        { "name": "a preview", "events": events, "expect": expect },
        { "name": "a delivery", "events": events, "responses": responses, "expect": expect },
    ]);
    write("1/track.test.yaml", json!({ "tests": tests }).to_string());
    let tested = run_in(folder.path(), ["test", "own"]);
    assert_eq!(tested.code, Some(0), "{tested}");

    let own = ["--mappings", "own", "--no-builtin"];
    let map = run_in(folder.path(), [&["map", "events.ndjson", "-q", "--batches"][..], &own].concat());
    let shown = map.stdout.lines().map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        let url = line["request"]["url"].as_str().unwrap();
        (url.trim_start_matches(host).to_owned(), line["request"]["body"].clone())
    });
    let wanted: Vec<(String, Value)> =
        requests.iter().map(|(path, body)| ((*path).to_owned(), body.clone())).collect();
    assert_eq!(shown.collect::<Vec<_>>(), wanted, "{map}");

    let double = Double::start(folder.path(), &[&["queue/1", "--log-bodies"][..], &own].concat());
    let to = ["send", "events.ndjson", "--concurrency", "1", "--base-url", &double.url];
    let sent = run_in(folder.path(), [&to[..], &own].concat());
    assert_eq!(sent.code, Some(0), "{sent}");
    let arrived = double.get("requests");
    let arrived = arrived.as_array().unwrap().iter().map(|request| {
        let path = request["path"].as_str().unwrap().trim_start_matches('/').to_owned();
        let body = request["body"].as_str().map(|body| serde_json::from_str(body).unwrap_or_default());
        (path, body.unwrap_or_default())
    });
    assert_eq!(by_operation(arrived.collect()), by_operation(wanted));
    double.ends_by("-INT");
}

/// Requests of one operation that follow each other, sorted: those of events that have no key in common may overtake each other.
fn by_operation(mut requests: Vec<(String, Value)>) -> Vec<(String, Value)> {
    let operation = |path: &str| path.split('/').next().unwrap_or_default().to_owned();
    let together = requests.chunk_by_mut(|a, b| operation(&a.0) == operation(&b.0));
    together.for_each(|run| run.sort_by(|a, b| a.0.cmp(&b.0)));
    requests
}

/// The request that events share.
fn import(names: &[&str]) -> (&'static str, Value) {
    let items = names.iter().map(|name| json!({ "name": name })).collect::<Vec<_>>();
    ("import", json!({ "events": items }))
}

#[test]
fn tests_previews_and_deliveries_keep_to_the_order_of_a_user() {
    let steps = "
  find: { operation: find, params: { id: userId } }
  import: { operation: import, body: { name: event } }
  close: { operation: close, params: { id: event } }";
    let events = [("u", "a"), ("v", "b"), ("u", "c")]
        .map(|(user, name)| json!({ "type": "track", "userId": user, "event": name }));
    let alone = |path| (path, Value::Null);
    // what u sends last waits for what u has in the batch, and for what follows it
    let requests = [
        alone("people/u"),
        alone("people/v"),
        import(&["a", "b"]),
        alone("closed/a"),
        alone("closed/b"),
        alone("people/u"),
        import(&["c"]),
        alone("closed/c"),
    ];
    sends_in_order("{ user: userId }", steps, &events, &requests);
}

#[test]
fn failures_of_items_that_were_not_sent_are_told() {
    let folder = with_mappings("depot");
    let event = json!({ "type": "track", "userId": "u1", "event": "e1" });
    std::fs::write(folder.path().join("events.ndjson"), format!("{event}\n")).unwrap();
    let answers =
        "import_events: [{ status: 207, body: { errors: [{ index: 9, kind: bad, reason: no }] } }]\n";
    std::fs::write(folder.path().join("answers.yaml"), answers).unwrap();
    let own = ["--mappings", "own", "--no-builtin", "--set", "apiKey=sekrit"];
    let double =
        Double::start(folder.path(), &[&["depot/1", "--answers", "answers.yaml"][..], &own].concat());
    let to = ["send", "events.ndjson", "--base-url", &double.url];
    let send = |args: &[&str]| run_in(folder.path(), [&to[..], &own, args].concat());
    let sent = send(&[]);
    assert!(
        sent.stderr.contains("\nunmatched  1 (responses that name items that were not sent)\n"),
        "{sent}"
    );
    let notice = "warning: a response names failed items that were not sent, so these failures have no effect; check `index` or `id`";
    assert_eq!(sent.stderr.matches(notice).count(), 1, "{sent}");
    let quiet = send(&["--quiet", "--summary", "summary.json"]);
    assert_eq!(quiet.stderr.matches(notice).count(), 1, "{quiet}");
    let summary = std::fs::read_to_string(folder.path().join("summary.json")).unwrap();
    assert!(summary.contains("\"unmatched\": 1,"), "{summary}");
    let logged = send(&["--log", "text"]);
    assert!(!logged.stderr.contains(notice), "{logged}");
    double.ends_by("-INT");
}

#[test]
fn a_dead_letter_has_no_empty_error_of_the_api() {
    let folder = with_mappings("depot");
    std::fs::write(folder.path().join("events.ndjson"), "{\"type\":\"page\",\"name\":\"Home\"}\n").unwrap();
    std::fs::write(folder.path().join("answers.yaml"), "save_page: [{ status: 404 }]\n").unwrap();
    let own = ["--mappings", "own", "--no-builtin", "--set", "apiKey=sekrit"];
    let double =
        Double::start(folder.path(), &[&["depot/1", "--answers", "answers.yaml"][..], &own].concat());
    let sent =
        run_in(folder.path(), [&["send", "events.ndjson", "--base-url", &double.url][..], &own].concat());
    assert!(sent.stdout.contains("\"outcome\":\"failed\"") && !sent.stdout.contains("\"api\""), "{sent}");
    double.ends_by("-INT");
}

#[test]
fn an_event_that_is_past_an_ordered_step_holds_nobody_up_while_it_waits_in_a_batch() {
    let steps = "
  find: { operation: find, params: { id: event } }
  close: { operation: close, when: properties.close, params: { id: event }, order: { user: userId } }
  import: { operation: import, unless: properties.close, body: { name: event } }";
    let event = |name: &str, close: bool| json!({ "type": "track", "userId": "u", "event": name, "properties": { "close": close } });
    let alone = |path| (path, Value::Null);
    let requests = [alone("people/a"), alone("people/b"), alone("closed/b"), import(&["a"])];
    sends_in_order("{}", steps, &[event("a", false), event("b", true)], &requests);
}

#[test]
fn an_api_that_refuses_tells_why_in_the_dead_letters() {
    let folder = with_mappings("herald");
    let event = json!({ "type": "identify", "userId": "u1", "traits": { "email": "a@example.com" } });
    std::fs::write(folder.path().join("events.ndjson"), format!("{event}\n")).unwrap();
    let settings = r#"{"accountToken": "right-token", "listId": "l1"}"#;
    let double = Double::start(folder.path(), &["herald", "--mappings", "own", "--settings", settings]);
    // the version is the default, and no secret is printed
    assert!(double.how.contains("--api-version 2 ") && !double.how.contains("right-token"), "{}", double.how);
    let to =
        ["send", "events.ndjson", "--destination", "herald", "--mappings", "own", "--base-url", &double.url];
    let set = ["--set", "accountToken=wrong-token", "--set", "listId=l1"];
    let sent = run_in(folder.path(), to.iter().chain(&set));
    assert!(sent.stderr.contains("the header `Authorization` is not what the settings make of it"), "{sent}");
    assert_eq!(double.get("stats")["refused"], json!({ "unauthorized": 1 }));
    double.ends_by("-TERM");
}

#[test]
fn what_cannot_be_served_is_an_error() {
    let folder = with_mappings("herald");
    std::fs::write(folder.path().join("answers.yaml"), "find: [{}]\n").unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let of = |args: &[&str]| {
        let base = ["sandbox", "--mappings", "own", "--no-builtin"];
        let ran = run_in(folder.path(), base.iter().chain(args));
        assert_eq!(ran.code, Some(2), "{ran}");
        ran.stderr
    };
    assert!(of(&["herold/1"]).contains("did you mean `herald`"), "{}", of(&["herold/1"]));
    assert!(of(&["herald/3"]).contains('3'));
    let answers = of(&["herald/1", "--answers", "answers.yaml"]);
    assert!(
        answers.contains("cannot use the responses in `answers.yaml`: the version has no operation `find`"),
        "{answers}"
    );
    std::fs::write(folder.path().join("answers.yaml"), "find: [{ state: 503 }]\n").unwrap();
    let answers = of(&["herald/1", "--answers", "answers.yaml"]);
    let said = "cannot use the responses in `answers.yaml`: line 1, column 10: unknown key `state`: did you mean `status`?";
    assert!(answers.contains(said), "{answers}");
    let settings = of(&["herald/1", "--set", "region=xx"]);
    assert!(settings.contains("the setting `region` must be one of"), "{settings}");
    assert!(of(&["herald/1", "--port", &port]).contains("cannot listen on"));
    assert!(of(&["herald/1", "--fault", "storm=1"]).contains("`storm` is not a fault"));
}
