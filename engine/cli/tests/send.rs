//! `mapwright send` as a process, to the Intercom sandbox over a real socket.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]

#[path = "common/sandbox.rs"]
mod sandbox;

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;

use intercom_sandbox::{Chaos, Fault};
use sandbox::{Ended, TOKEN, World, events, samples, until};
use serde_json::{Value, json};

/// Asserts that the numbers of a summary add up.
fn adds_up(summary: &Value) {
    let number = |name: &str| summary[name].as_u64().unwrap();
    let outcomes = ["delivered", "skipped", "rejected", "failed", "unfinished"];
    assert_eq!(number("read"), outcomes.iter().map(|name| number(name)).sum::<u64>(), "{summary:#}");
    let by_message: u64 = summary["by_message"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|counts| counts.as_object().unwrap().values())
        .map(|count| count.as_u64().unwrap())
        .sum();
    assert_eq!(number("read"), by_message, "{summary:#}");
}

#[test]
fn the_sample_events_arrive() {
    for version in ["1.4", "2.10"] {
        let world = World::new();
        let samples = samples().display().to_string();
        let ended = world
            .run(&[
                "send",
                &samples,
                "--api-version",
                version,
                "--summary",
                "summary.json",
                "--log",
                "json",
                "--log-level",
                "debug",
            ])
            .exits(0);
        assert_eq!(ended.stdout, "");
        let summary = world.json("summary.json");
        adds_up(&summary);
        assert_eq!(summary["delivered"], 6);
        assert_eq!(summary["requests"], world.stats().total);
        assert_eq!(summary["version"], version);
        insta::assert_yaml_snapshot!(format!("samples_{version}"), world.state());
        // logs contain no values of events
        assert!(ended.stderr.contains("\"step\""), "{}", ended.stderr);
        assert!(
            !ended.stderr.contains("1hKOmRA4GRlm") && !ended.stderr.contains("example.com"),
            "{}",
            ended.stderr
        );
    }
}

#[test]
fn every_form_of_input_is_read() {
    let world = World::new();
    world.write("array.json", r#"[{"type":"identify","userId":"a"}, {"type":"identify","userId":"b"}]"#);
    world.write(
        "pretty.json",
        "{\n \"type\": \"identify\",\n \"userId\": \"c\"\n}\n{ \"type\": \"identify\", \"userId\": \"d\" }",
    );
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(b"{\"type\":\"identify\",\"userId\":\"e\"}\n").unwrap();
    world.write("events.gz", gzip.finish().unwrap());
    let mut command = world.command(&["send", "array.json", "pretty.json", "events.gz", "-"]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(br#"{"type":"identify","userId":"f"}"#).unwrap();
    Ended::of(child.wait_with_output().unwrap()).exits(0);
    let ids: Vec<_> = world.state().contacts.into_iter().filter_map(|contact| contact.external_id).collect();
    assert_eq!(ids, ["a", "b", "c", "d", "e", "f"]);
}

#[test]
fn a_token_that_is_refused_pauses_and_says_what_to_do() {
    let world = World::new();
    world.write("wrong", "zQ7x-wrong");
    world.write("events.ndjson", events(20));
    let args = [
        "send",
        "events.ndjson",
        "--secret",
        "apiKey=@wrong",
        "--checkpoint",
        "progress",
        "--summary",
        "summary.json",
    ];
    let ended = Ended::of(world.without_token(&args).output().unwrap()).exits(2);
    assert!(ended.stderr.contains("401"), "{}", ended.stderr);
    assert!(ended.stderr.contains("check the access token"), "{}", ended.stderr);
    assert!(ended.stderr.contains("--resume"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("zQ7x"), "{}", ended.stderr);
    assert_eq!(ended.stdout, "", "what comes again on resume is no dead letter");
    let summary = world.json("summary.json");
    adds_up(&summary);
    assert_eq!((&summary["ending"], &summary["paused_by"]["status"]), (&json!("paused"), &json!(401)));
    assert!(summary["unfinished"].as_u64() > Some(0));

    let ended = world.run(&["send", "events.ndjson", "--checkpoint", "progress", "--resume"]).exits(0);
    assert_eq!(ended.stdout, "");
    assert_eq!((world.state().contacts.len(), world.state().events.len()), (10, 10));
}

#[test]
fn without_a_checkpoint_nothing_that_was_read_is_lost() {
    let world = World::new();
    world.write("wrong", "zQ7x-wrong");
    world.write("events.ndjson", events(20));
    let args = ["send", "events.ndjson", "--secret", "apiKey=@wrong", "--dead-letter", "dead.ndjson"];
    Ended::of(world.without_token(&args).output().unwrap()).exits(2);
    let letters = world.lines("dead.ndjson");
    assert_eq!(letters.len(), 20);
    assert!(letters.iter().all(|letter| letter["outcome"] == "unfinished"));
    world.run(&["send", "dead.ndjson"]).exits(0);
    assert_eq!((world.state().contacts.len(), world.state().events.len()), (10, 10));
}

#[test]
fn dead_letters_say_why_and_are_sent_again() {
    let world = World::new();
    let broken = concat!(
        "{\"type\":\"identify\",\"userId\":\"u1\"}\n",
        "{\"type\":\"identify\",\"userId\":\"u2\",\n",
        "\u{feff}no json\n",
        "{\"type\":\"track\",\"userId\":\"ghost\",\"event\":\"Order\"}\n",
        "{\"type\":\"identify\",\"traits\":{}}\n",
        "{\"type\":\"page\",\"userId\":\"u1\"}\n",
        "{\"type\":\"identify\",\"userId\":\"u3\"}\n",
    );
    world.write("events.ndjson", broken);
    let ended = world.run(&["send", "events.ndjson", "--summary", "summary.json"]).exits(1);
    let letters = ended.lines();
    let mut lines: Vec<_> = letters.iter().map(|letter| letter["line"].as_u64().unwrap()).collect();
    lines.sort_unstable();
    assert_eq!(lines, [2, 3, 4, 5]);
    let of = |line: u64| letters.iter().find(|letter| letter["line"] == line).unwrap();
    assert_eq!((&of(2)["outcome"], &of(2)["error"]["code"]), (&json!("rejected"), &json!("invalid_json")));
    assert_eq!(of(2)["text"], "{\"type\":\"identify\",\"userId\":\"u2\",");
    assert_eq!((&of(4)["outcome"], &of(4)["error"]["code"]), (&json!("failed"), &json!("contact_not_found")));
    assert_eq!(of(4)["error"]["status"], 404);
    assert_eq!(of(4)["event"]["userId"], "ghost");
    assert_eq!(of(5)["error"]["code"], "missing_required");
    let summary = world.json("summary.json");
    adds_up(&summary);
    let counts =
        ["read", "delivered", "skipped", "rejected", "failed"].map(|name| summary[name].as_u64().unwrap());
    assert_eq!(counts, [7, 2, 1, 3, 1]);
    assert_eq!(summary["failed_by_code"], json!({ "contact_not_found": 1 }));

    // once the contact exists, its dead letter is delivered, and the others are rejected again
    world.write("dead.ndjson", &ended.stdout);
    world.write("ghost.ndjson", "{\"type\":\"identify\",\"userId\":\"ghost\"}");
    world.run(&["send", "ghost.ndjson"]).exits(0);
    let again = world.run(&["send", "dead.ndjson", "--dead-letter", "again.ndjson"]).exits(1);
    assert_eq!(again.stdout, "");
    assert_eq!(world.state().events.len(), 1);
    let again = world.lines("again.ndjson");
    assert_eq!(again.len(), 3);
    for letter in &again {
        let first =
            letters.iter().find(|first| first["event"] == letter["event"] && first["text"] == letter["text"]);
        assert_eq!(first.unwrap()["error"]["code"], letter["error"]["code"]);
    }
    // `map` maps a dead letter like its event
    let map = |file: &str| {
        let ended = world.command(&["map", file, "--now", "2024-05-01T12:00:00Z"]);
        let args: Vec<_> =
            ended.get_args().map(|arg| arg.to_owned()).filter(|arg| arg != "--base-url").collect();
        let args: Vec<_> =
            args.into_iter().filter(|arg| !arg.to_string_lossy().starts_with("http:")).collect();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_mapwright"));
        let output = command.args(args).current_dir(world.folder.path()).output().unwrap();
        sandbox::lines(&String::from_utf8(output.stdout).unwrap())
    };
    world.write("one.ndjson", "{\"type\":\"track\",\"userId\":\"ghost\",\"event\":\"Order\"}\n");
    world.write("letter.ndjson", of(4).to_string());
    assert_eq!(map("one.ndjson"), map("letter.ndjson"));
}

#[test]
fn what_could_not_be_cut_out_is_accounted_for() {
    let world = World::new();
    world.write("broken.json", "[\n{\"type\":\"identify\",\"userId\":\"u1\"},\n{\"type\" oops},\n{\"type\":\"identify\",\"userId\":\"u2\"}\n]");
    let ended = world.run(&["send", "broken.json"]).exits(1);
    let letters = ended.lines();
    assert_eq!(letters.len(), 1);
    assert_eq!((&letters[0]["line"], &letters[0]["error"]["line"]), (&json!(3), &json!(3)));
    assert_eq!(letters[0]["error"]["code"], "invalid_json");
    assert_eq!(world.state().contacts.len(), 2);
    world.write("dead.ndjson", &ended.stdout);
    let again = world.run(&["send", "dead.ndjson"]).exits(1).lines();
    assert_eq!(
        again[0]["error"]["message"],
        "the dead letter contains no event; the event was on line 3 of `broken.json`"
    );
}

#[test]
fn the_dead_letter_file_is_added_to() {
    let world = World::new();
    world.write("events.ndjson", "{}\n");
    for _ in 0..2 {
        world.run(&["send", "events.ndjson", "--dead-letter", "dead.ndjson"]).exits(1);
    }
    assert_eq!(world.lines("dead.ndjson").len(), 2);
    let ended = world.run(&["send", "dead.ndjson", "--dead-letter", "dead.ndjson"]).exits(2);
    let message =
        "error: `--dead-letter dead.ndjson` is also the input `dead.ndjson`; write to another file\n";
    assert_eq!(ended.stderr, message);
}

#[test]
fn files_that_cannot_be_read_are_no_success() {
    let world = World::new();
    world.write("events.ndjson", events(2));
    let ended = world.run(&["send", "missing.ndjson", "events.ndjson", "--summary", "summary.json"]).exits(2);
    assert!(ended.stderr.contains("cannot open `missing.ndjson`"), "{}", ended.stderr);
    assert_eq!(world.json("summary.json")["unreadable"].as_array().unwrap().len(), 1);
    assert_eq!(world.state().contacts.len(), 1);
}

#[test]
fn a_dry_run_sends_nothing_and_counts() {
    let world = World::new();
    world.write("events.ndjson", events(20));
    let ended = world.run(&["send", "events.ndjson", "--dry-run", "--rate", "1/s"]).exits(0);
    assert_eq!(ended.lines().len(), 20);
    assert!(ended.stdout.contains("[redacted]"));
    assert!(ended.stderr.contains("would send 20 to "), "{}", ended.stderr);
    assert!(ended.stderr.contains("minutes at 1 requests in 1 s"), "{}", ended.stderr);
    assert_eq!(world.stats().total, 0);
}

#[test]
fn limits_hold() {
    let world = World::new();
    world.write("events.ndjson", events(20));
    world
        .run(&["send", "events.ndjson", "--limit", "4", "--summary", "summary.json", "--concurrency", "1"])
        .exits(0);
    assert_eq!(world.json("summary.json")["read"], 4);
    assert_eq!(world.state().contacts.len(), 2);
    // with six requests per window, not all can be sent at once
    let limited = World::with(|builder| builder.rate_limit(6, std::time::Duration::from_secs(1)));
    limited.write("events.ndjson", events(4));
    limited.run(&["send", "events.ndjson", "--rate", "6/1100ms"]).exits(0);
    assert_eq!(limited.stats().rejected_by_rate_limit, 0);
}

#[test]
fn the_token_comes_from_the_environment_or_a_file_and_is_complained_about_elsewhere() {
    let world = World::new();
    world.write("events.ndjson", events(1));
    let by_environment =
        world.without_token(&["send", "events.ndjson"]).env("MAPWRIGHT_API_KEY", TOKEN).output();
    let ended = Ended::of(by_environment.unwrap()).exits(0);
    assert!(!ended.stderr.contains("warning"), "{}", ended.stderr);
    // the environment overrides the settings file, and a secret file overrides both
    world.write("settings.yaml", "apiKey: wrong\n");
    let mut command = world.command(&["send", "events.ndjson", "--settings", "settings.yaml"]);
    Ended::of(command.env("MAPWRIGHT_API_KEY", "wrong, too").output().unwrap()).exits(0);
    for settings in [
        ["--set".to_owned(), format!("apiKey={TOKEN}")],
        ["--settings".to_owned(), format!("{{\"apiKey\":\"{TOKEN}\"}}")],
    ] {
        let args: Vec<&str> =
            ["send", "events.ndjson"].into_iter().chain(settings.iter().map(String::as_str)).collect();
        let ended = Ended::of(world.without_token(&args).output().unwrap()).exits(0);
        assert!(
            ended.stderr.starts_with("warning: other users of this machine can read `apiKey` on the command line; use `MAPWRIGHT_API_KEY`, or `--secret apiKey=@FILE`\n"),
            "{}",
            ended.stderr
        );
    }
    let ended = Ended::of(world.without_token(&["send", "events.ndjson"]).output().unwrap()).exits(2);
    assert!(ended.stderr.contains("Access Token is not present"), "{}", ended.stderr);
    let ended = Ended::of(world.without_token(&["send", "--secret", TOKEN]).output().unwrap()).exits(2);
    assert!(ended.stderr.contains("`--secret` takes `key=@file`"), "{}", ended.stderr);
}

#[test]
fn an_api_that_fails_now_and_then_gets_everything() {
    let faults = Chaos::seeded(7).fault(Fault::Error503, 0.1).fault(Fault::DropAfter, 0.05);
    let world = World::with(|builder| builder.chaos(faults.at_most(3)));
    world.write("events.ndjson", events(60));
    world.run(&["send", "events.ndjson", "--summary", "summary.json"]).exits(0);
    let summary = world.json("summary.json");
    adds_up(&summary);
    assert!(summary["retries"].as_u64() > Some(0));
    assert_eq!(summary["requests"], world.stats().total);
    assert_eq!((world.state().contacts.len(), world.state().events.len()), (30, 30));
}

#[test]
fn metrics_are_served_while_events_are_sent() {
    let world = World::new();
    let mut command = world.command(&["send", "--metrics", "0"]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut stderr = child.stderr.take().unwrap();
    let mut said = String::new();
    while !said.ends_with('\n') {
        let mut byte = [0];
        stderr.read_exact(&mut byte).unwrap();
        said.push(char::from(byte[0]));
    }
    let address = said.trim().strip_prefix("metrics at http://").unwrap().strip_suffix("/metrics").unwrap();
    assert!(address.starts_with("127.0.0.1:"), "{address}");
    let get = |path: &str| {
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    };
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(events(2).as_bytes()).unwrap();
    stdin.flush().unwrap();
    until("the event is counted", || get("/metrics").contains("outcome=\"delivered\""));
    let metrics = get("/metrics");
    assert!(metrics.contains("mapwright_request_duration_seconds_bucket"), "{metrics}");
    assert!(!metrics.contains(TOKEN) && !metrics.contains("u0@example.com"), "{metrics}");
    assert!(get("/").starts_with("HTTP/1.1 404"));
    drop(stdin);
    Ended::of(child.wait_with_output().unwrap()).exits(0);
}

/// Memory does not depend on the length of the input: a few megabytes for read-ahead.
#[cfg(target_os = "linux")]
#[test]
fn memory_stays_flat() {
    // rejected events need no request, so a long input is fast
    let line = format!("{{\"type\":\"identify\",\"traits\":{{\"x\":\"{}\"}}}}\n", "y".repeat(12_000));
    let peak = |events: usize| {
        let world = World::new();
        let mut command = world.command(&["send", "--dead-letter", "/dev/null", "--quiet"]);
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        for _ in 0..events {
            stdin.write_all(line.as_bytes()).unwrap();
        }
        // it must read the remaining input, and cannot end before
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
        drop(stdin);
        Ended::of(child.wait_with_output().unwrap()).exits(1);
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        peak.trim().trim_end_matches(" kB").parse::<u64>().unwrap()
    };
    let peak = peak(10_000);
    assert!(peak < 100 * 1024, "{peak} kB for 120 MB");
}

/// Returns the URL of an API that echoes its requests.
fn echo(status: u16) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read_exact(&mut byte).is_ok() {
                head.push(byte[0]);
            }
            let head = String::from_utf8_lossy(&head).into_owned();
            let body = json!({ "app": { "name": head }, "errors": [{ "code": "echo", "message": format!("you said {head}") }] });
            let body = body.to_string();
            let _ = write!(
                stream,
                "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.shutdown(std::net::Shutdown::Write);
            let _ = stream.read_to_end(&mut Vec::new());
        }
    });
    url
}

#[test]
fn an_api_that_repeats_the_token_is_not_quoted_with_it() {
    let world = World::new();
    world.write("events.ndjson", events(1));
    let secret = ["--secret", "apiKey=@token"];
    for (status, code) in [(400, 1), (401, 2)] {
        let url = echo(status);
        let args = [
            &["send", "events.ndjson", "--summary", "summary.json", "--log", "text", "--log-level", "debug"]
                [..],
            &secret,
        ]
        .concat();
        let ended = Ended::of(world.command_to(&url, &args).output().unwrap()).exits(code);
        assert!(format!("{}{}", ended.stdout, ended.stderr).contains("you said"), "{ended:#?}");
        assert!(!world.read("summary.json").contains(TOKEN));
        let args = [&["delete", "--user-id", "u1", "--yes"][..], &secret].concat();
        Ended::of(world.command_to(&url, &args).output().unwrap()).exits(code);
        let args = [&["check-connection"][..], &secret].concat();
        Ended::of(world.command_to(&url, &args).output().unwrap()).exits(2);
    }
    let args = [&["check-connection", "--json"][..], &secret].concat();
    let ended = Ended::of(world.command_to(&echo(200), &args).output().unwrap()).exits(0);
    assert!(ended.stdout.contains("[redacted]"), "{}", ended.stdout);
}
