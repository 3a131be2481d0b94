//! `mapwright send`, stopped, killed and resumed.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]
#![cfg(unix)]

#[path = "common/sandbox.rs"]
mod sandbox;

use std::fs::OpenOptions;
use std::io::Write as _;
use std::time::Duration;

use intercom_sandbox::{Chaos, Fault};
use sandbox::{World, events, until};
use serde_json::json;

const EVENTS: usize = 300;

/// Returns a slow sandbox.
fn slow(millis: u64) -> World {
    let time = Duration::from_millis(millis);
    World::with(|builder| builder.chaos(Chaos::seeded(1).latency(1.0, time, time)))
}

/// Returns the expected state after all events.
fn everything(events: usize) -> intercom_sandbox::State {
    let world = World::new();
    world.write("events.ndjson", sandbox::events(events));
    world.run(&["send", "events.ndjson"]).exits(0);
    world.state()
}

#[test]
fn ctrl_c_finishes_what_is_in_flight_and_the_rest_comes_later() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let world = slow(10);
        world.write("events.ndjson", events(EVENTS));
        let args = [
            "send",
            "events.ndjson",
            "--checkpoint",
            "progress",
            "--resume",
            "--concurrency",
            "4",
            "--summary",
            "summary.json",
        ];
        let running = world.start(&args);
        until("some requests were sent", || world.stats().total > 40);
        running.signal(signal);
        let ended = running.end().exits(code);
        assert!(ended.stderr.contains("--resume"), "{}", ended.stderr);
        let first = world.json("summary.json");
        assert_eq!(first["ending"], "stopped");
        let number = |name: &str| first[name].as_u64().unwrap();
        assert_eq!(number("read"), number("delivered") + number("unfinished"));
        assert!(number("unfinished") > 0 && number("delivered") > 0, "{first:#}");
        let sent = world.stats().total;
        assert_eq!(number("requests"), sent);

        world.run(&args).exits(0);
        let second = world.json("summary.json");
        assert_eq!(second["resumed"], first["delivered"]);
        assert_eq!(second["read"].as_u64().unwrap() + number("delivered"), EVENTS as u64);
        assert_eq!(world.state(), everything(EVENTS));
    }
}

#[test]
fn a_second_signal_ends_the_process() {
    let world = World::new();
    world.sandbox().set_outage(Some(Fault::HangBefore));
    world.write("events.ndjson", events(2));
    let mut running = world.start(&["send", "events.ndjson"]);
    until("a request hangs", || world.stats().total > 0);
    until("it is over", || {
        running.signal("INT");
        running.is_over()
    });
    running.end().exits(130);
}

/// What is killed and resumed; [`CONCURRENCY`] events are in flight at once.
const RESUMED: [&str; 9] = [
    "send",
    "events.ndjson",
    "--checkpoint",
    "progress",
    "--resume",
    "--concurrency",
    "4",
    "--dead-letter",
    "dead.ndjson",
];
const CONCURRENCY: u64 = 4;

fn killed_and_resumed(events: usize, kills: u64) {
    let world = slow(3);
    world.write("events.ndjson", sandbox::events(events));
    let whole = World::new();
    whole.write("events.ndjson", sandbox::events(events));
    whole.run(&["send", "events.ndjson"]).exits(0);
    let requests = whole.stats().total;
    for kill in 1..=kills {
        let mut running = world.start(&RESUMED);
        until("it is time to kill", || world.stats().total > requests * kill / (kills + 1));
        running.kill();
    }
    world.run(&RESUMED).exits(0);
    assert_eq!(world.state(), whole.state());
    assert_eq!(world.read("dead.ndjson"), "");
    // a request without a response is sent twice, and a repeated write may lead to different steps
    let most = requests + kills * CONCURRENCY * 3;
    assert!(world.stats().total <= most, "{} requests, expected {most} at most", world.stats().total);
}

#[test]
fn kill_9_loses_nothing() {
    killed_and_resumed(EVENTS, 3);
}

#[test]
#[ignore = "the long form; run it with `--ignored`"]
fn kill_9_loses_nothing_of_5000_events() {
    killed_and_resumed(5_000, 50);
}

#[test]
fn dead_letters_survive_kill_9() {
    let world = slow(3);
    // every other event fails
    let failing: String = (0..EVENTS)
        .map(|n| match n % 2 {
            0 => format!("{{\"type\":\"identify\",\"userId\":\"u{n}\"}}\n"),
            _ => format!("{{\"type\":\"track\",\"userId\":\"ghost{n}\",\"event\":\"Order\"}}\n"),
        })
        .collect();
    world.write("events.ndjson", failing);
    for kill in 1..=3 {
        let mut running = world.start(&RESUMED);
        until("it is time to kill", || world.stats().total > kill * 80);
        running.kill();
    }
    world.run(&RESUMED).exits(1);
    let mut lines: Vec<u64> =
        world.lines("dead.ndjson").iter().map(|letter| letter["line"].as_u64().unwrap()).collect();
    lines.sort_unstable();
    lines.dedup();
    assert_eq!(lines, (0..EVENTS as u64).filter(|n| n % 2 == 1).map(|n| n + 1).collect::<Vec<_>>());
    assert_eq!(world.state().contacts.len(), EVENTS / 2);
}

#[test]
fn progress_is_that_of_one_input() {
    let world = World::new();
    world.write("events.ndjson", events(4));
    world.write("other.ndjson", events(6));
    world.run(&["send", "events.ndjson", "--checkpoint", "progress"]).exits(0);
    let sent = world.stats().total;
    let ended = world.run(&["send", "events.ndjson", "--checkpoint", "progress"]).exits(2);
    assert!(ended.stderr.contains("holds the progress of a delivery: resume it"), "{}", ended.stderr);
    let ended = world.run(&["send", "other.ndjson", "--checkpoint", "progress", "--resume"]).exits(2);
    assert!(ended.stderr.contains("belongs to another delivery: its input is `1 file, "), "{}", ended.stderr);
    // the same content under another name is the same input, and it is already finished
    std::fs::rename(world.path("events.ndjson"), world.path("moved.ndjson")).unwrap();
    world
        .run(&["send", "moved.ndjson", "--checkpoint", "progress", "--resume", "--summary", "summary.json"])
        .exits(0);
    assert_eq!(
        (&world.json("summary.json")["resumed"], &world.json("summary.json")["read"]),
        (&json!(4), &json!(0))
    );
    assert_eq!(world.stats().total, sent);
    for args in [
        &["send", "--checkpoint", "p"][..],
        &["send", "-", "--checkpoint", "p"],
        &["send", "/dev/null", "--checkpoint", "p"],
    ] {
        let ended = world.run(args).exits(2);
        assert!(ended.stderr.contains("cannot be read again from its start"), "{}", ended.stderr);
    }
}

#[test]
fn a_growing_file_is_followed() {
    let world = World::new();
    let path = world.write("live.ndjson", events(2));
    let args = [
        "send",
        "live.ndjson",
        "--tail",
        "--checkpoint",
        "progress",
        "--resume",
        "--summary",
        "summary.json",
    ];
    let running = world.start(&args);
    let add = |text: &str| {
        OpenOptions::new().append(true).open(&path).unwrap().write_all(text.as_bytes()).unwrap();
    };
    until("the first event is there", || world.state().events.len() == 1);
    let all = events(8);
    let (now, later) = all.split_at(events(4).len());
    // an event is read when its line is complete
    add(&now[events(2).len()..now.len() - 20]);
    until("the third event is there", || world.state().contacts.len() == 2);
    add(&now[now.len() - 20..]);
    until("the fourth event is there", || world.state().events.len() == 2);
    running.signal("INT");
    running.end().exits(130);
    assert_eq!(world.json("summary.json")["delivered"], 4);
    add(later);
    let running = world.start(&args);
    until("the rest is there", || world.state().events.len() == 4);
    running.signal("INT");
    running.end().exits(130);
    assert_eq!(world.json("summary.json")["resumed"], 4);
}

#[test]
fn an_unreachable_destination_is_told_with_the_reason() {
    let world = World::new();
    world.write("events.ndjson", events(60));
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut command = world.command_to(
        &format!("http://{nobody}"),
        &["send", "events.ndjson", "--secret", "apiKey=@token", "--log", "text", "--summary", "summary.json"],
    );
    command.stderr(std::fs::File::create(world.path("log")).unwrap());
    let running = sandbox::Running::of(command.spawn().unwrap());
    until("the outage is logged", || world.read("log").contains("events wait"));
    running.signal("INT");
    let ended = running.end().exits(130);

    let log = world.read("log");
    let refused = |line: &&str| line.contains("the connection was refused");
    let told: Vec<&str> = log.lines().filter(refused).collect();
    let [first, outage, summary] = told[..] else { panic!("{log}") };
    assert!(first.contains("WARN") && first.contains("a request failed"), "{first}");
    assert!(outage.contains("WARN") && outage.contains("events wait"), "{outage}");
    assert!(summary.starts_with("last failure: `"), "{summary}");
    assert!(!log.contains(&nobody.to_string()), "{log}");

    let last = &world.json("summary.json")["last_failure"];
    assert!(last["problem"].as_str().unwrap().contains("the connection was refused"), "{last}");
    let letters = ended.lines();
    assert_eq!(letters.len(), 60);
    assert!(letters.iter().all(|letter| letter["error"]["code"] == "stopped"));
    let tried: Vec<_> =
        letters.iter().filter_map(|letter| letter["error"]["last_failure"]["problem"].as_str()).collect();
    assert!(!tried.is_empty() && tried.iter().all(|problem| problem.contains("the connection was refused")));
}

#[test]
fn a_time_for_requests_can_be_given() {
    let world = World::new();
    world.sandbox().set_outage(Some(Fault::HangBefore));
    world.write("users.csv", "userId\nu1\n");
    let running = world.start(&["delete", "--file", "users.csv", "--yes", "--timeout", "50ms"]);
    until("the request is sent again", || world.stats().total > 1);
    running.signal("INT");
    let ended = running.end().exits(130);
    let line = &ended.lines()[0];
    assert_eq!(line["outcome"], "unfinished");
    assert!(line["message"].as_str().unwrap().contains("timed out"), "{line}");
}
