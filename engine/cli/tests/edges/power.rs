//! The order of writes and syncs of a real process, as `strace` records it.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Stdio};

use crate::sandbox::{Ended, World};

/// What is between two words of a line.
fn between<'l>(line: &'l str, start: &str, end: &str) -> Option<&'l str> {
    line.split_once(start)?.1.split_once(end).map(|(text, _)| text)
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "needs `strace`; run it with `--ignored`"]
fn the_process_syncs_its_letters_before_it_calls_their_events_finished() {
    let world = World::new();
    let events = crate::size("MAPWRIGHT_POWER_EVENTS", 300);
    let lines = (0..events).map(|n| match n % 2 {
        0 => format!("{{\"type\":\"track\",\"userId\":\"ghost{n}\",\"event\":\"Order\"}}\n"),
        _ => "{}\n".to_owned(),
    });
    world.write("events.ndjson", lines.collect::<String>());
    let args = ["send", "events.ndjson", "--dead-letter", "dead.ndjson", "--checkpoint", "progress"];
    let program = world.command(&args);
    let mut command = Command::new("strace");
    command.args(["-f", "-y", "-s", "4096", "-e", "trace=write,fdatasync,fsync", "-o", "trace"]);
    command.arg(program.get_program()).args(program.get_args());
    command.current_dir(world.folder.path()).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    Ended::of(command.output().unwrap()).exits(1);

    // calls of several threads overlap: a sync covers what was written before it started, and is done when it has returned
    let (mut written, mut synced): (BTreeSet<u64>, BTreeSet<u64>) = Default::default();
    let mut syncing: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
    let mut finished = 0;
    let trace = world.read("trace");
    for line in trace.lines() {
        let thread = line.split_whitespace().next().unwrap();
        if line.contains("fdatasync(") && line.contains("dead.ndjson>") {
            syncing.insert(thread, written.clone());
        }
        if line.contains("fdatasync") && line.contains("= 0") {
            synced.extend(syncing.remove(thread).unwrap_or_default());
        } else if line.contains("write(") && line.contains("dead.ndjson>") {
            let at: u64 = between(line, "\\\"line\\\":", ",").unwrap().parse().unwrap();
            written.insert(at - 1);
        } else if line.contains("write(") && line.contains("\\\"is\\\":\\\"finished\\\"") {
            let event: u64 = between(line, "\\\"event\\\":", ",").unwrap().parse().unwrap();
            assert!(synced.contains(&event), "{event} is called finished before its letter is on disk");
            finished += 1;
        }
    }
    assert_eq!((finished, written.len()), (events, events));
}
