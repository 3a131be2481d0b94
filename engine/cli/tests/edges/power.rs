//! The order of writes and syncs of a real process, as `strace` records it.

#![allow(clippy::print_stderr, reason = "figures for docs/delivery-tests.md")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
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

/// A file system in an image, mounted until the end of the test.
struct Mounted(PathBuf);

impl Mounted {
    fn new(world: &World, image: &str, at: &str) -> Self {
        let at = world.path(at);
        std::fs::create_dir_all(&at).unwrap();
        run(Command::new("mount").args(["-o", "loop"]).arg(world.path(image)).arg(&at));
        Self(at)
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

fn run(command: &mut Command) {
    let ended = command.output().unwrap();
    assert!(ended.status.success(), "{command:?}: {ended:?}");
}

/// The device of the checkpoint and the letters is copied while the process stands still. The checkpoint is synced before, and the letters
/// are not: whatever the system has not written of them by itself is missing in the copy.
#[cfg(target_os = "linux")]
#[test]
#[ignore = "needs root and loop devices; run it with `--ignored`"]
fn a_copy_of_the_device_at_any_moment_has_the_letters_of_all_finished_events() {
    let world = World::new();
    let events = crate::size("MAPWRIGHT_POWER_EVENTS", 300);
    let lines = (0..events).map(|n| format!("{{\"n\":{n},\"filler\":\"{}\"}}\n", "x".repeat(500)));
    world.write("events.ndjson", lines.collect::<String>());
    std::fs::File::create(world.path("image")).unwrap().set_len(32 << 20).unwrap();
    run(Command::new("mkfs.ext4").arg("-q").arg(world.path("image")));
    let disk = Mounted::new(&world, "image", "disk");
    let args =
        ["send", "events.ndjson", "--dead-letter", "disk/dead.ndjson", "--checkpoint", "disk/progress"];
    let mut running = world.start(&args);
    let mut copies = 0;
    while !running.is_over() {
        std::thread::sleep(std::time::Duration::from_millis(5 + 7 * (copies % 5)));
        running.signal("STOP");
        if let Ok(progress) = std::fs::File::open(world.path("disk/progress")) {
            progress.sync_all().unwrap();
            std::fs::copy(world.path("image"), world.path(&format!("copy-{copies}"))).unwrap();
            copies += 1;
        }
        running.signal("CONT");
    }
    running.end().exits(1);
    drop(disk);
    let mut partial = 0;
    for copy in 0..copies {
        let copied = Mounted::new(&world, &format!("copy-{copy}"), "copied");
        let shown = world.run_offline(&["checkpoint", "copied/progress", "--json"]);
        let shown: serde_json::Value = serde_json::from_str(&shown.stdout).unwrap();
        let (finished, first) =
            (shown["finished"].as_u64().unwrap(), shown["finished_up_to"].as_u64().unwrap());
        let letters = std::fs::read_to_string(world.path("copied/dead.ndjson")).unwrap_or_default();
        // the last line may be torn
        let letters = letters.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        let letters: BTreeSet<u64> = letters.map(|letter| letter["event"]["n"].as_u64().unwrap()).collect();
        assert!(
            (0..first).all(|event| letters.contains(&event)),
            "{finished} finished, {} letters",
            letters.len()
        );
        assert!(letters.len() as u64 >= finished, "{finished} finished, {} letters", letters.len());
        partial += u64::from(finished > 0 && finished < events as u64);
        drop(copied);
    }
    eprintln!("{copies} copies, {partial} of them in the middle");
    assert!(partial > 0, "{copies} copies");
}
