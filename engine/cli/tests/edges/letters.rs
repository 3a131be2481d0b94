//! Dead letters of several processes in one file.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::sandbox::{World, until};
use crate::size;

/// Events that are rejected, each of about this many bytes.
fn rejected(process: usize, events: usize, bytes: usize) -> String {
    let filler = "x".repeat(bytes);
    let event = |n| format!("{{\"process\":{process},\"n\":{n},\"filler\":\"{filler}\"}}\n");
    (0..events).map(event).collect()
}

/// Returns which event of which process each letter holds.
fn held(world: &World, name: &str) -> Vec<(u64, u64)> {
    let number = |letter: &serde_json::Value, name: &str| letter["event"][name].as_u64().unwrap();
    world.lines(name).iter().map(|letter| (number(letter, "process"), number(letter, "n"))).collect()
}

#[test]
fn processes_that_share_a_file_lose_no_letter() {
    let (processes, events) = (size("MAPWRIGHT_SHARDS", 4), size("MAPWRIGHT_SHARD_EVENTS", 300));
    let bytes = size("MAPWRIGHT_SHARD_BYTES", 6_000);
    for round in 0..size("MAPWRIGHT_SHARD_ROUNDS", 1) {
        let world = World::new();
        let name = |process| format!("events-{process}.ndjson");
        for process in 0..processes {
            world.write(&name(process), rejected(process, events, bytes));
        }
        let send =
            |process| world.start(&["send", &name(process), "--dead-letter", "dead.ndjson", "--quiet"]);
        let running: Vec<_> = (0..processes).map(send).collect();
        for process in running {
            process.end().exits(1);
        }
        let letters = held(&world, "dead.ndjson");
        assert_eq!(letters.len(), processes * events, "round {round}");
        assert_eq!(letters.iter().collect::<BTreeSet<_>>().len(), processes * events, "round {round}");
    }
}

#[test]
fn a_line_that_another_process_is_writing_is_not_cut() {
    let world = World::new();
    world.write("events.ndjson", rejected(1, 1, 10));
    let letter = "{\"dead_letter\":1,\"outcome\":\"rejected\",\"event\":{\"process\":0,\"n\":0}}\n";
    let mut other = OpenOptions::new().append(true).create(true).open(world.path("dead.ndjson")).unwrap();
    other.lock().unwrap();
    let (start, end) = letter.split_at(30);
    other.write_all(start.as_bytes()).unwrap();
    let mut running = world.start(&["send", "events.ndjson", "--dead-letter", "dead.ndjson"]);
    // whether it has come to the file by then or not, the result is the same
    let patience = Instant::now() + Duration::from_millis(300);
    until("it had its chance", || running.is_over() || Instant::now() > patience);
    other.write_all(end.as_bytes()).unwrap();
    other.unlock().unwrap();
    running.end().exits(1);
    assert_eq!(held(&world, "dead.ndjson"), [(0, 0), (1, 0)]);
}

#[test]
fn a_line_that_a_dead_process_left_is_not_continued() {
    let world = World::new();
    let mut command = world.command(&["send", "--dead-letter", "dead.ndjson"]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let running = crate::sandbox::Running::of(child);
    let events = rejected(1, 2, 10);
    let (first, second) = events.split_at(events.len() / 2);
    stdin.write_all(first.as_bytes()).unwrap();
    let lines = || std::fs::read_to_string(world.path("dead.ndjson")).unwrap_or_default().lines().count();
    until("the first letter is there", || lines() == 1);
    // killed in the middle of a line
    let mut other = OpenOptions::new().append(true).open(world.path("dead.ndjson")).unwrap();
    other.write_all(b"{\"dead_letter\":1,\"outcome\":\"rej").unwrap();
    drop(other);
    stdin.write_all(second.as_bytes()).unwrap();
    drop(stdin);
    running.end().exits(1);
    assert_eq!(held(&world, "dead.ndjson"), [(1, 0), (1, 1)]);
}

#[test]
fn a_file_that_stays_locked_is_refused_with_the_reason() {
    let world = World::new();
    world.write("events.ndjson", rejected(1, 1, 10));
    let other = File::create(world.path("dead.ndjson")).unwrap();
    other.lock().unwrap();
    let ended = world.run(&["send", "events.ndjson", "--dead-letter", "dead.ndjson"]).exits(2);
    assert!(ended.stderr.contains("`dead.ndjson`") && ended.stderr.contains("locked"), "{}", ended.stderr);
}

#[test]
fn a_pipe_takes_letters_too() {
    let world = World::new();
    world.write("events.ndjson", rejected(1, 3, 10));
    let made = std::process::Command::new("mkfifo").arg(world.path("pipe")).status().unwrap();
    assert!(made.success());
    let running = world.start(&["send", "events.ndjson", "--dead-letter", "pipe"]);
    let mut text = String::new();
    File::open(world.path("pipe")).unwrap().read_to_string(&mut text).unwrap();
    running.end().exits(1);
    assert_eq!(text.lines().count(), 3);
}

#[cfg(target_os = "linux")]
#[test]
fn a_letter_that_cannot_be_written_ends_the_delivery_and_its_event_is_not_finished() {
    let world = World::new();
    world.write("events.ndjson", rejected(1, 3, 10));
    let send = ["send", "events.ndjson", "--checkpoint", "progress", "--resume", "--summary", "summary.json"];
    let ended = world.run(&[&send[..], &["--dead-letter", "/dev/full"]].concat()).exits(2);
    assert!(ended.stderr.contains("cannot write `/dev/full`: No space left on device"), "{}", ended.stderr);
    assert!(ended.stderr.contains("--resume"), "{}", ended.stderr);
    let summary = world.json("summary.json");
    assert_eq!((&summary["ending"], &summary["read"]), (&"failed".into(), &3.into()));
    world.run(&[&send[..], &["--dead-letter", "dead.ndjson"]].concat()).exits(1);
    let letters: BTreeSet<_> = held(&world, "dead.ndjson").into_iter().collect();
    assert_eq!(letters, BTreeSet::from([(1, 0), (1, 1), (1, 2)]));
}
