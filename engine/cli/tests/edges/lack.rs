//! Too few file descriptors, from the start and in the middle of a delivery, and inputs that cannot be read for a while.

use std::process::{Command, Stdio};
use std::time::Duration;

use intercom_sandbox::{Builder, Chaos, Fault};

use crate::sandbox::{Running, World, events, until};

/// Without a stated limit, the mapping's own would apply.
fn unlimited(builder: Builder) -> Builder {
    builder.rate_limit(1_000_000, Duration::from_secs(1))
}

fn slow(millis: u64) -> World {
    let time = Duration::from_millis(millis);
    World::with(|builder| unlimited(builder).chaos(Chaos::seeded(1).latency(1.0, time, time)))
}

/// Starts the command after a line of shell.
fn start_after(world: &World, line: &str, args: &[&str]) -> Running {
    let program = world.command(args);
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{line}; exec \"$0\" \"$@\"")]);
    command.arg(program.get_program()).args(program.get_args());
    command.current_dir(world.folder.path()).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    Running::of(command.spawn().unwrap())
}

/// Sets the number of files that a running process may open.
#[cfg(target_os = "linux")]
fn allow_files(running: &Running, files: u32) {
    let pid = running.id().to_string();
    let set = Command::new("prlimit").args(["--pid", &pid, &format!("--nofile={files}:4096")]).status();
    assert!(set.unwrap().success());
}

/// Closes every connection, and lets no other one be opened. Fewer connections than failures in an outage, so that each is tried.
#[cfg(target_os = "linux")]
fn take_connections(world: &World, running: &Running) {
    world.sandbox().set_outage(Some(Fault::DropBefore));
    allow_files(running, 8);
    std::thread::sleep(Duration::from_millis(400));
    world.sandbox().set_outage(None);
}

const ARGS: [&str; 10] = [
    "--checkpoint",
    "progress",
    "--resume",
    "--dead-letter",
    "dead.ndjson",
    "--summary",
    "summary.json",
    "--give-up-after",
    "1s",
    "--log=text",
];

#[test]
fn few_descriptors_mean_fewer_connections_and_no_failure() {
    let world = slow(30);
    let all = events(600);
    let mut lines: Vec<&str> = all.lines().collect();
    // a letter, so that this file is opened and synced too
    lines.insert(300, "{}");
    for (name, part) in ["a.ndjson", "b.ndjson", "c.ndjson"].iter().zip(lines.chunks(201)) {
        world.write(name, part.join("\n"));
    }
    let args = [&["send", "a.ndjson", "b.ndjson", "c.ndjson"][..], &ARGS].concat();
    let ended = start_after(&world, "ulimit -n 40", &args).end().exits(1);
    let said =
        "events are in flight at a time instead of 100, since no more files can be open; raise `ulimit -n`";
    assert!(ended.stderr.contains(said), "{}", ended.stderr);
    assert!(!ended.stderr.contains("no more file descriptors"), "{}", ended.stderr);
    let summary = world.json("summary.json");
    assert_eq!(
        (&summary["delivered"], &summary["rejected"], &summary["retries"]),
        (&600.into(), &1.into(), &0.into()),
        "{summary:#}"
    );
    assert_eq!(world.lines("dead.ndjson").len(), 1);
}

#[cfg(target_os = "linux")]
#[test]
fn descriptors_that_run_out_cost_no_event() {
    let world = slow(5);
    world.write("events.ndjson", events(2_000));
    let args =
        [&["send", "events.ndjson", "--concurrency", "10"][..], &ARGS[..7], &["--give-up-after", "1m"]]
            .concat();
    let running = world.start(&args);
    until("it delivers", || world.stats().total > 100);
    take_connections(&world, &running);
    let before = world.stats().total;
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(world.stats().total, before);
    allow_files(&running, 4_096);
    running.end().exits(0);
    let summary = world.json("summary.json");
    assert_eq!((&summary["delivered"], &summary["failed"]), (&2_000.into(), &0.into()), "{summary:#}");
    let last = summary["last_failure"]["problem"].as_str().unwrap();
    assert_eq!(last, "this process has no more file descriptors: raise `ulimit -n` or lower `--concurrency`");
    assert_eq!(world.state().events.len(), 1_000);
}

#[cfg(target_os = "linux")]
#[test]
fn descriptors_that_stay_away_pause_the_delivery_and_it_can_be_resumed() {
    let world = slow(5);
    world.write("events.ndjson", events(1_000));
    let args = [&["send", "events.ndjson", "--concurrency", "10"][..], &ARGS].concat();
    let running = world.start(&args);
    until("it delivers", || world.stats().total > 100);
    take_connections(&world, &running);
    let ended = running.end().exits(2);
    let said = "this process has no more file descriptors: raise `ulimit -n` or lower `--concurrency`";
    assert!(ended.stderr.contains(said) && ended.stderr.contains("`--resume`"), "{}", ended.stderr);
    // the summary needs a descriptor as well
    let counts = if world.path("summary.json").exists() { world.read("summary.json") } else { ended.stderr };
    assert!(counts.contains("\"failed\": 0,"), "{counts}");
    world.run(&args).exits(0);
    let summary = world.json("summary.json");
    assert_eq!(
        (&summary["whole"]["delivered"], &summary["failed"]),
        (&1_000.into(), &0.into()),
        "{summary:#}"
    );
    assert_eq!(world.state().contacts.len(), 500);
}

#[test]
fn nothing_is_read_after_an_input_that_cannot_be_read_so_that_its_events_are_not_mistaken_for_others() {
    let world = slow(20);
    // the first file is more than is read ahead, by members that no mapping reads
    let event = |file: &str, n: usize, bytes: usize| {
        format!("{{\"type\":\"identify\",\"userId\":\"{file}{n}\",\"filler\":\"{}\"}}\n", "x".repeat(bytes))
    };
    for (file, count, bytes) in [("a", 60, 1 << 20), ("b", 30, 10), ("c", 30, 10)] {
        world.write(file, (0..count).map(|n| event(file, n, bytes)).collect::<String>());
    }
    let args = [&["send", "a", "b", "c", "--concurrency", "4"][..], &ARGS[..7]].concat();
    let running = world.start(&args);
    until("it delivers", || world.stats().total > 0);
    std::fs::rename(world.path("b"), world.path("elsewhere")).unwrap();
    let ended = running.end().exits(2);
    assert!(ended.stderr.contains("cannot open `b`"), "{}", ended.stderr);
    assert!(ended.stderr.contains("what comes after it was not read"), "{}", ended.stderr);
    std::fs::rename(world.path("elsewhere"), world.path("b")).unwrap();
    world.run(&args).exits(0);
    assert_eq!(world.state().contacts.len(), 120);
    assert_eq!(world.json("summary.json")["whole"]["delivered"], 120);
}
