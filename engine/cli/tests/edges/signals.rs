//! Signals: the first stops, a second one soon after is the same one, and even a hard stop accounts for every event.

use std::io::Read as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use intercom_sandbox::{Chaos, Fault};
use serde_json::Value;

use crate::sandbox::{Ended, Running, World, events, until};
use crate::size;

fn slow(millis: u64) -> World {
    let time = Duration::from_millis(millis);
    World::with(|builder| builder.chaos(Chaos::seeded(1).latency(1.0, time, time)))
}

/// Asserts that every event that was read is either done or among the letters.
fn accounts(world: &World) -> Value {
    let summary = world.json("summary.json");
    let number = |name: &str| summary[name].as_u64().unwrap();
    let outcomes = ["delivered", "skipped", "rejected", "failed", "unfinished"];
    assert_eq!(number("read"), outcomes.iter().map(|name| number(name)).sum::<u64>(), "{summary:#}");
    let letters = world.lines("dead.ndjson").len() as u64;
    assert_eq!(letters, number("rejected") + number("failed") + number("unfinished"), "{summary:#}");
    summary
}

const SEND: [&str; 6] =
    ["send", "events.ndjson", "--dead-letter", "dead.ndjson", "--summary", "summary.json"];

#[test]
fn a_second_signal_within_a_second_is_the_same_one() {
    for (first, second, code) in [("TERM", "TERM", 143), ("INT", "TERM", 130)] {
        let world = slow(300);
        world.write("events.ndjson", events(200));
        let running = world.start(&[&SEND[..], &["--concurrency", "4"]].concat());
        until("a request was sent", || world.stats().total > 0);
        running.signal(first);
        // as soon as the first was noticed, or not: both must lead to the same end
        std::thread::sleep(Duration::from_millis(50));
        running.signal(second);
        running.end().exits(code);
        let summary = accounts(&world);
        assert_eq!(summary["ending"], "stopped");
        assert_eq!(summary["requests"], world.stats().total);
    }
}

#[test]
fn timeout_delivers_its_signal_twice() {
    for _ in 0..size("MAPWRIGHT_TIMEOUTS", 3) {
        let world = slow(20);
        world.write("events.ndjson", events(2_000));
        let program = world.command(&SEND);
        let mut command = Command::new("timeout");
        command.arg("0.5").arg(program.get_program()).args(program.get_args());
        command.current_dir(world.folder.path()).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let ended = Ended::of(command.output().unwrap());
        // killed before it has read anything, it has nothing to account for
        if world.stats().total > 0 {
            ended.exits(124);
            assert_eq!(accounts(&world)["ending"], "stopped");
        }
    }
}

#[test]
fn a_hard_stop_writes_letters_and_summary_first() {
    let world = World::new();
    world.sandbox().set_outage(Some(Fault::HangBefore));
    world.write("events.ndjson", events(40));
    let mut running = world.start(&SEND);
    until("a request hangs", || world.stats().total > 0);
    let start = Instant::now();
    until("it is over", || {
        running.signal("TERM");
        running.is_over()
    });
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    running.end().exits(143);
    let summary = accounts(&world);
    assert_eq!((summary["read"].as_u64(), summary["unfinished"].as_u64()), (Some(40), Some(40)));
}

#[test]
fn a_hard_stop_does_not_wait_for_a_reader_for_ever() {
    let world = World::new();
    world.sandbox().set_outage(Some(Fault::HangBefore));
    world.write("events.ndjson", events(2_000));
    // letters go to standard output, a pipe that nobody reads
    let mut running = world.start(&["send", "events.ndjson"]);
    until("a request hangs", || world.stats().total > 0);
    let start = Instant::now();
    until("it is over", || {
        running.signal("INT");
        running.is_over()
    });
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
    let ended = running.end().exits(130);
    assert!(ended.stderr.contains("before everything was written"), "{}", ended.stderr);
}

#[test]
fn a_lost_terminal_stops_it() {
    let world = slow(50);
    world.write("events.ndjson", events(200));
    let running = world.start(&[&SEND[..], &["--concurrency", "4"]].concat());
    until("a request was sent", || world.stats().total > 0);
    running.signal("HUP");
    running.end().exits(129);
    assert_eq!(accounts(&world)["ending"], "stopped");
}

#[cfg(target_os = "linux")]
#[test]
fn a_signal_that_the_caller_ignores_is_ignored() {
    let world = slow(20);
    world.write("events.ndjson", events(60));
    let program = world.command(&[&SEND[..], &["--concurrency", "1"]].concat());
    let mut command = Command::new("sh");
    command
        .args(["-c", "trap '' HUP; exec \"$0\" \"$@\""])
        .arg(program.get_program())
        .args(program.get_args());
    command.current_dir(world.folder.path()).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let running = Running::of(command.spawn().unwrap());
    until("a request was sent", || world.stats().total > 0);
    running.signal("HUP");
    running.end().exits(0);
    assert_eq!(accounts(&world)["delivered"], 60);
}

#[test]
fn the_report_of_a_deletion_is_complete_after_a_hard_stop() {
    let world = World::new();
    world.sandbox().set_outage(Some(Fault::HangBefore));
    world.write("users", (0..6_000).map(|n| format!("u{n}\n")).collect::<String>());
    let mut running = world.start(&["delete", "--file", "users", "--yes", "--report", "report.ndjson"]);
    until("a request hangs", || world.stats().total > 0);
    until("it is over", || {
        running.signal("TERM");
        running.is_over()
    });
    running.end().exits(143);
    let report = world.lines("report.ndjson");
    assert_eq!(report.len(), 6_000);
    assert!(report.iter().all(|line| line["outcome"] == "unfinished"));
}

#[test]
fn a_report_that_cannot_be_completed_says_where_it_stopped() {
    let world = World::new();
    world.sandbox().set_outage(Some(Fault::HangBefore));
    world.write("users", (0..6_000).map(|n| format!("u{n}\n")).collect::<String>());
    // the report goes to a pipe that is not read to its end
    let mut command = world.command(&["delete", "--file", "users", "--yes"]);
    let mut child = command.spawn().unwrap();
    let mut report = child.stdout.take().unwrap();
    let mut running = Running::of(child);
    until("a request hangs", || world.stats().total > 0);
    until("it is over", || {
        running.signal("INT");
        running.is_over()
    });
    let ended = running.end().exits(130);
    assert!(ended.stderr.contains("before everything was written"), "{}", ended.stderr);
    let mut text = String::new();
    report.read_to_string(&mut text).unwrap();
    assert!(!text.is_empty() && text.lines().count() < 6_000);
}
