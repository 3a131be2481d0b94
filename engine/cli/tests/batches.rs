//! Events that become one request, as `map` and `explain` print them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::{Ran, line, run, run_with};

const DEPOT: [&str; 7] = [
    "--no-builtin",
    "--mappings",
    "../../../../tests/mappings/depot",
    "--set",
    "apiKey=sekrit",
    "--now",
    "2024-05-01T12:00:00Z",
];

const EVENTS: &[u8] = br#"{"type":"track","event":"e1"}
{"type":"identify","userId":"u1","traits":{"email":"a@example.com"}}
{"type":"track","event":"e2"} {"type":"track","event":"e3","properties":{"list":"other"}}
{"type":"page","name":"Home"}
{"type":"track","event":"e4","properties":{"test":true}}
{"type":"track"}
{"type":"alias"}
{"type":"page","name":"Jobs"}
{"type":"identify","userId":"u1","traits":{"plan":"pro"}}
"#;

fn map(args: &[&str]) -> Ran {
    run_with(line(&[&["map", "-q"], &DEPOT, args]), EVENTS)
}

#[test]
fn a_request_says_what_it_shares() {
    insta::assert_snapshot!(map(&[]));
}

#[test]
fn events_become_requests_together() {
    insta::assert_snapshot!(map(&["--batches"]));
}

#[test]
fn what_stands_together_keeps_the_order_of_each_key() {
    let events = br#"{"type":"identify","userId":"u1","traits":{"plan":"free"}}
{"type":"track","event":"e2","userId":"u1"}
{"type":"track","event":"e3","userId":"u2"}
{"type":"identify","userId":"u1","traits":{"plan":"pro"}}
{"type":"page","name":"Home"}
{"type":"identify","userId":"u3"}
"#;
    let ran = run_with(line(&[&["map", "-q", "--batches"], &DEPOT]), events);
    let lines = ran.stdout.lines().map(|line| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let events = line["events"].as_array().unwrap().iter().map(|event| event["line"].to_string());
        format!("{} {}", line["request"]["step"].as_str().unwrap(), events.collect::<Vec<_>>().join(" "))
    });
    // u1's event waits for the batch with the person before it, and the person after it for that event
    assert_eq!(lines.collect::<Vec<_>>(), ["save 1 6", "import 3", "save 5", "import 2", "save 4"], "{ran}");
}

#[test]
fn no_event_of_a_key_overtakes_another_and_each_comes_once() {
    let events = (0..500_usize).map(|at| {
        // some order, the same every time
        let mixed = (at * at * 31 + at * 17) % 1_009;
        let kind = if mixed % 3 == 0 { "identify" } else { "track" };
        (mixed % 40, format!(r#"{{"type":"{kind}","event":"e{at}""#))
    });
    let events: Vec<(usize, String)> = events.collect();
    let text: String =
        events.iter().map(|(user, event)| format!("{event},\"userId\":\"u{user}\"}}\n")).collect();
    let ran = run_with(line(&[&["map", "-q", "--batches"], &DEPOT]), text.as_bytes());
    let (mut last, mut seen) = ([0; 40], 0);
    for line in ran.stdout.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        for event in line["events"].as_array().unwrap() {
            let at = event["line"].as_u64().unwrap();
            let last = &mut last[events[at as usize - 1].0];
            assert!(*last < at, "line {at} comes after line {last}");
            (*last, seen) = (at, seen + 1);
        }
    }
    assert_eq!(seen, 500);
}

#[test]
fn batches_are_counted_verified_and_printed_for_people() {
    let ran =
        run_with(line(&[&["map", "--batches", "--verify", "--pretty", "--limit", "1"], &DEPOT]), EVENTS);
    let (stdout, stderr) = (&ran.stdout, &ran.stderr);
    assert!(stdout.starts_with("{\n  \"events\": [\n    {\n      \"line\": 1\n"), "{ran}");
    assert!(stderr.contains("mapped    1 (requests 1)"), "{ran}");
    assert_eq!(ran.code, Some(0));
}

#[test]
fn a_dry_run_counts_the_requests_that_events_share() {
    let depot = DEPOT.split_last_chunk::<2>().map_or(&DEPOT[..], |(depot, _)| depot);
    let ran = run_with(line(&[&["send", "-", "--dry-run"], depot]), EVENTS);
    assert!(ran.stderr.contains("would send 4 requests\n"), "{ran}");
}

#[test]
fn an_event_without_a_request_has_its_line() {
    let ran = run_with(line(&[&["map", "--batches"], &DEPOT]), br#"{"type":"screen"}"#);
    assert!(ran.stdout.contains("\"requests\":[]"), "{ran}");
}

#[test]
fn explain_says_what_an_item_may_share() {
    let explain = |event: &str| run(line(&[&["explain", event], &DEPOT]));
    insta::assert_snapshot!("shares", explain(r#"{"type":"track","event":"e1"}"#));
    let alone = explain(r#"{"type":"track","event":"e1","properties":{"test":true}}"#);
    assert!(
        alone.stdout.contains("is sent alone: `unless` of the batch of `import_events` holds"),
        "{alone}"
    );
}
