//! `--tail` across rotation, and files that shrink while they are read.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::process::{Command, Stdio};

use intercom_sandbox::Fault;

use crate::sandbox::{Running, World, until};

const SEND: [&str; 8] =
    ["send", "live", "--tail", "--checkpoint", "progress", "--resume", "--summary", "summary.json"];

/// The events that identify these users.
fn users(numbers: std::ops::Range<usize>) -> String {
    numbers.map(|n| format!("{{\"type\":\"identify\",\"userId\":\"u{n:03}\"}}\n")).collect()
}

fn append(world: &World, name: &str, text: &str) {
    let mut file = OpenOptions::new().append(true).create(true).open(world.path(name)).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

fn arrived(world: &World, count: usize) {
    until("they have arrived", || world.state().contacts.len() == count);
}

fn stop(running: Running) {
    running.signal("TERM");
    running.end().exits(143);
}

fn ids(world: &World) -> Vec<String> {
    let mut ids: Vec<_> =
        world.state().contacts.into_iter().filter_map(|contact| contact.external_id).collect();
    ids.sort_unstable();
    ids
}

fn everybody(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("u{n:03}")).collect()
}

#[test]
fn a_new_file_is_read_from_its_start_after_what_is_left_of_the_old_one() {
    let world = World::new();
    append(&world, "live", &users(0..3));
    let running = world.start(&SEND);
    arrived(&world, 3);
    fs::rename(world.path("live"), world.path("live.1")).unwrap();
    // who writes to it continues for a while, and ends in the middle of a line; the new file is longer than the old one
    append(&world, "live.1", &users(3..5));
    append(&world, "live", "");
    append(&world, "live.1", users(5..6).trim_end());
    append(&world, "live", &users(6..20));
    arrived(&world, 20);
    fs::rename(world.path("live"), world.path("live.2")).unwrap();
    append(&world, "live", &users(20..21));
    arrived(&world, 21);
    append(&world, "live", &users(21..22));
    arrived(&world, 22);
    stop(running);
    assert_eq!(ids(&world), everybody(22));
    assert_eq!(world.json("summary.json")["delivered"], 22);
    let sent = world.stats().total;
    // again: nothing is left, and nothing is sent twice
    append(&world, "live", &users(22..23));
    let running = world.start(&SEND);
    arrived(&world, 23);
    stop(running);
    assert_eq!(world.json("summary.json")["delivered"], 1);
    assert!(world.stats().total <= sent + 3, "{} after {sent}", world.stats().total);
}

#[test]
fn a_line_that_is_finished_after_the_rotation_is_read() {
    let world = World::new();
    append(&world, "live", &users(0..2));
    let running = world.start(&SEND);
    arrived(&world, 2);
    let line = users(2..3);
    let (start, end) = line.split_at(20);
    fs::rename(world.path("live"), world.path("live.1")).unwrap();
    append(&world, "live.1", start);
    append(&world, "live", &users(4..6));
    std::thread::sleep(std::time::Duration::from_millis(500));
    append(&world, "live.1", end);
    append(&world, "live.1", &users(3..4));
    arrived(&world, 6);
    stop(running);
    assert_eq!(ids(&world), everybody(6));
}

#[test]
fn a_rotation_between_two_runs_is_noticed() {
    let world = World::new();
    append(&world, "live", &users(0..4));
    let running = world.start(&SEND);
    arrived(&world, 4);
    stop(running);
    append(&world, "live", &users(4..8));
    fs::rename(world.path("live"), world.path("live.1")).unwrap();
    append(&world, "live", &users(8..20));
    let running = world.start(&SEND);
    arrived(&world, 20);
    stop(running);
    assert_eq!(ids(&world), everybody(20));
    assert_eq!(
        (&world.json("summary.json")["delivered"], &world.json("summary.json")["resumed"]),
        (&16.into(), &4.into())
    );
}

#[test]
fn several_rotations_between_two_runs_are_noticed() {
    let world = World::new();
    append(&world, "live", &users(0..2));
    let running = world.start(&SEND);
    arrived(&world, 2);
    stop(running);
    // what was rotated long ago is finished, and what only has a similar name is none of its files
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(3_600);
    append(&world, "live.4", &users(90..91));
    OpenOptions::new().append(true).open(world.path("live.4")).unwrap().set_modified(old).unwrap();
    fs::rename(world.path("live"), world.path("live.3")).unwrap();
    let newer = fs::metadata(world.path("live.3")).unwrap().modified().unwrap();
    for (name, numbers, later) in [("live.2", 2..4, 1), ("live.1", 4..6, 2)] {
        append(&world, name, &users(numbers));
        let file = OpenOptions::new().append(true).open(world.path(name)).unwrap();
        file.set_modified(newer + std::time::Duration::from_secs(later)).unwrap();
    }
    append(&world, "live.failed", &users(91..92));
    append(&world, "live", &users(6..9));
    let running = world.start(&SEND);
    arrived(&world, 9);
    stop(running);
    assert_eq!(ids(&world), everybody(9));
}

#[test]
fn killed_after_a_rotation_it_finds_both_files_again() {
    let world = World::new();
    append(&world, "live", &users(0..3));
    let mut running = world.start(&SEND);
    arrived(&world, 3);
    // the rest of the old file and the start of the new one are in flight
    world.sandbox().set_outage(Some(Fault::HangBefore));
    append(&world, "live", &users(3..5));
    let before = world.stats().total;
    until("they are in flight", || world.stats().total > before);
    fs::rename(world.path("live"), world.path("live.1")).unwrap();
    append(&world, "live", &users(5..9));
    until("both files are known", || world.read("progress").matches("\"is\":\"mark\"").count() == 1 + 1);
    running.kill();
    world.sandbox().set_outage(None);
    let running = world.start(&SEND);
    arrived(&world, 9);
    stop(running);
    assert_eq!(ids(&world), everybody(9));
}

#[test]
fn a_file_that_is_gone_is_told() {
    let world = World::new();
    append(&world, "live", &users(0..4));
    let running = world.start(&SEND);
    arrived(&world, 4);
    stop(running);
    fs::rename(world.path("live"), world.path("elsewhere")).unwrap();
    fs::create_dir(world.path("old")).unwrap();
    fs::rename(world.path("elsewhere"), world.path("old/live.1")).unwrap();
    append(&world, "live", &users(4..9));
    let ended = world.run(&SEND).exits(2);
    assert!(ended.stderr.contains("may not have been delivered"), "{}", ended.stderr);
    let running = world.start(&[&SEND[..], &["--force"]].concat());
    arrived(&world, 9);
    stop(running);
    // from then on, the new one is the one to continue
    append(&world, "live", &users(9..10));
    let running = world.start(&SEND);
    arrived(&world, 10);
    stop(running);
    assert_eq!(ids(&world), everybody(10));
}

#[test]
fn another_file_with_the_same_number_is_not_taken_for_the_old_one() {
    let world = World::new();
    append(&world, "live", &users(0..4));
    let running = world.start(&SEND);
    arrived(&world, 4);
    stop(running);
    // truncated and written again between two runs; a file system gives the number of a deleted file to a new one, too
    fs::write(world.path("live"), users(50..90)).unwrap();
    let ended = world.run(&SEND).exits(2);
    assert!(ended.stderr.contains("from number 5 on may not have been delivered"), "{}", ended.stderr);
    assert_eq!(world.state().contacts.len(), 4);
    let running = world.start(&[&SEND[..], &["--force"]].concat());
    arrived(&world, 44);
    stop(running);
}

#[test]
fn a_file_that_is_truncated_while_it_is_followed_is_told() {
    for content in [String::new(), users(50..90)] {
        let world = World::new();
        append(&world, "live", &users(0..4));
        let running = world.start(&SEND);
        arrived(&world, 4);
        // as `copytruncate` does; also if it is longer than before by the time that it is looked at
        let name = world.path("live");
        fs::write(&name, &content).unwrap();
        let ended = running.end().exits(2);
        assert!(ended.stderr.contains("while it was followed"), "{}", ended.stderr);
    }
}

#[test]
fn a_file_that_shrinks_while_it_is_read_is_told() {
    // more than is read ahead
    let filler = "x".repeat(100_000);
    let line =
        |n| format!("{{\"type\":\"identify\",\"userId\":\"u{n}\",\"traits\":{{\"filler\":\"{filler}\"}}}}\n");
    let events: String = (0..450).map(line).collect();
    for name in ["events.ndjson", "-"] {
        let world = World::new();
        world.sandbox().set_outage(Some(Fault::HangBefore));
        let path = world.write("events.ndjson", &events);
        let mut command = world.command(&["send", name, "--dead-letter", "dead", "--timeout", "1s"]);
        command.stdin(fs::File::open(&path).unwrap());
        let running = Running::of(command.spawn().unwrap());
        until("a request hangs", || world.stats().total > 0);
        OpenOptions::new().write(true).open(path).unwrap().set_len(1_000_000).unwrap();
        world.sandbox().set_outage(None);
        let ended = running.end().exits(2);
        assert!(ended.stderr.contains("became shorter while it was read"), "{}", ended.stderr);
    }
}

#[test]
fn a_file_in_between_that_cannot_be_opened_is_not_left_out() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new();
    append(&world, "live", &users(0..3));
    let allow = |name: &str, mode| {
        fs::set_permissions(world.path(name), fs::Permissions::from_mode(mode)).unwrap();
    };
    // root can open everything
    for (name, mode) in [(".", 0o777), ("token", 0o644)] {
        allow(name, mode);
    }
    let binary = world.path("mapwright");
    fs::copy(env!("CARGO_BIN_EXE_mapwright"), &binary).unwrap();
    let is_root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    let program = world.command(&SEND);
    let mut command = Command::new(if is_root { "setpriv" } else { "env" });
    if is_root {
        command.args(["--reuid", "64321", "--regid", "64321", "--clear-groups"]);
    }
    command.arg(&binary).args(program.get_args()).current_dir(world.folder.path());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let running = Running::of(command.spawn().unwrap());
    arrived(&world, 3);
    append(&world, "second", &users(3..6));
    append(&world, "third", &users(6..9));
    allow("second", 0);
    for (from, to) in [("live", "live.2"), ("second", "live.1"), ("third", "live")] {
        fs::rename(world.path(from), world.path(to)).unwrap();
    }
    let ended = running.end().exits(2);
    assert!(ended.stderr.contains("`live.1` follows it and cannot be opened"), "{}", ended.stderr);
    assert_eq!(ids(&world), everybody(3));
    allow("live.1", 0o644);
    fs::set_permissions(world.path("progress"), fs::Permissions::from_mode(0o666)).unwrap();
    let running = world.start(&SEND);
    arrived(&world, 9);
    stop(running);
    assert_eq!(ids(&world), everybody(9));
}
