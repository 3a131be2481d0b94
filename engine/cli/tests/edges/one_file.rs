//! Files that are one file are found before anything is opened for writing.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::sandbox::{Ended, World, events};

/// A folder with every file that a command reads, and links to them.
fn world() -> World {
    let world = World::new();
    world.write("events.ndjson", events(4));
    world.write("settings.yaml", "apiServer: us\n");
    world.write("users", "u1\n");
    fs::create_dir_all(world.path("mappings/acme/1.0")).unwrap();
    world.write(
        "mappings/acme/destination.yaml",
        "title: Acme\nnames: [Acme]\nversions: { default: '1.0' }\nhosts: [api.example.com]\n",
    );
    world.write(
        "mappings/acme/1.0/version.yaml",
        "version: '1.0'\nserver: { value: https://api.example.com }\noperations: { say: { method: POST, path: /b } }\n",
    );
    world.write(
        "mappings/acme/1.0/identify.yaml",
        "message: identify\nsteps:\n  say: { operation: say, body: { id: userId } }\n",
    );
    symlink("events.ndjson", world.path("link")).unwrap();
    symlink("not-there-yet", world.path("dangling")).unwrap();
    fs::hard_link(world.path("events.ndjson"), world.path("hard")).unwrap();
    fs::hard_link(world.path("mappings/acme/1.0/identify.yaml"), world.path("hard-mapping")).unwrap();
    world
}

/// Everything in a folder.
fn content(folder: &Path, all: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let kind = fs::symlink_metadata(&path).unwrap().file_type();
        if kind.is_dir() {
            content(&path, all);
        } else {
            // a link is what it leads to, and reading a pipe would wait
            let bytes = match fs::read_link(&path) {
                Ok(to) => to.display().to_string().into_bytes(),
                Err(_) if kind.is_file() => fs::read(&path).unwrap(),
                Err(_) => Vec::new(),
            };
            all.insert(path.display().to_string(), bytes);
        }
    }
}

/// Asserts that a command is refused, and that it has neither changed nor made a file, nor sent anything.
fn refuses(world: &World, mut command: Command, what: &str) -> String {
    let (mut before, mut after) = (BTreeMap::new(), BTreeMap::new());
    content(world.folder.path(), &mut before);
    let ended = Ended::of(command.output().unwrap());
    content(world.folder.path(), &mut after);
    assert_eq!(ended.code, Some(2), "{what}: {ended:#?}");
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>(), "{what}");
    assert_eq!(before, after, "{what}");
    assert_eq!(world.stats().total, 0, "{what}");
    ended.stderr
}

#[test]
fn an_output_is_no_other_file_of_the_command() {
    let send = ["send", "events.ndjson"];
    let cases: [&[&str]; 27] = [
        &["--checkpoint", "x", "--dead-letter", "x"],
        &["--checkpoint", "x", "--summary", "x"],
        &["--dead-letter", "x", "--summary", "x"],
        &["--dead-letter", "x", "--summary", "./y/../x"],
        &["--dead-letter", "dangling", "--summary", "not-there-yet"],
        &["--summary", "events.ndjson"],
        &["--summary", "link"],
        &["--summary", "hard"],
        &["--dead-letter", "events.ndjson"],
        &["--dead-letter", "link"],
        &["--dead-letter", "hard"],
        &["--checkpoint", "events.ndjson", "--resume"],
        &["--checkpoint", "hard", "--resume"],
        &["--checkpoint", "link", "--resume"],
        &["--checkpoint", "token", "--resume"],
        &["--summary", "token"],
        &["--dead-letter", "token"],
        &["--settings", "settings.yaml", "--summary", "settings.yaml"],
        &["--settings", "settings.yaml", "--dead-letter", "settings.yaml"],
        &["--settings", "settings.yaml", "--checkpoint", "settings.yaml", "--resume"],
        &[
            "--mappings",
            "mappings",
            "--destination",
            "intercom",
            "--summary",
            "mappings/acme/destination.yaml",
        ],
        &["--mappings", "mappings", "--destination", "intercom", "--dead-letter", "hard-mapping"],
        &["--mappings", "mappings", "--destination", "intercom", "--checkpoint", "hard-mapping", "--resume"],
        &["--summary", "mappings"],
        &["--dead-letter", "mappings"],
        &["--checkpoint", "mappings", "--resume"],
        &["--summary", "no-such-folder/summary.json"],
    ];
    let world = world();
    fs::create_dir(world.path("y")).unwrap();
    for case in cases {
        let said = refuses(&world, world.command(&[&send[..], case].concat()), &format!("{case:?}"));
        assert!(said.starts_with("error: "), "{case:?}: {said}");
    }
}

#[test]
fn an_output_of_map_is_no_input() {
    let world = world();
    let map = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mapwright"));
        command.arg("map").args(args).args(["--set", "apiKey=k"]).current_dir(world.folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    };
    for args in [
        &["events.ndjson", "-o", "events.ndjson"][..],
        &["events.ndjson", "-o", "link"],
        &["events.ndjson", "-o", "hard"],
        &["events.ndjson", "--settings", "settings.yaml", "-o", "settings.yaml"],
        &["events.ndjson", "--secret", "apiKey=@token", "-o", "token"],
        &["events.ndjson", "--mappings", "mappings", "--destination", "acme", "-o", "hard-mapping"],
    ] {
        refuses(&world, map(args), &format!("{args:?}"));
    }
    // `map -o f < f`
    for output in ["events.ndjson", "link", "hard"] {
        let mut command = map(&["-o", output]);
        command.stdin(File::open(world.path("events.ndjson")).unwrap());
        let said = refuses(&world, command, output);
        assert!(said.contains("standard input"), "{said}");
    }
    // `map f >> f`
    let mut command = map(&["hard"]);
    command.stdout(OpenOptions::new().append(true).open(world.path("events.ndjson")).unwrap());
    let said = refuses(&world, command, "map f >> f");
    assert!(said.contains("standard output"), "{said}");
}

#[test]
fn standard_output_is_no_input() {
    let world = world();
    let append = || OpenOptions::new().append(true).open(world.path("events.ndjson")).unwrap();
    let mut command = world.command(&["send", "events.ndjson"]);
    command.stdout(append());
    refuses(&world, command, "send f >> f");
    let mut command = world.command(&["send"]);
    command.stdin(File::open(world.path("events.ndjson")).unwrap()).stdout(append());
    refuses(&world, command, "send < f >> f");
    let mut command = world.command(&["send", "events.ndjson", "--dry-run"]);
    command.stdout(append());
    refuses(&world, command, "send --dry-run f >> f");
    let mut command = world.command(&["send", "events.ndjson", "--dead-letter", "dead.ndjson"]);
    command.stderr(append());
    let (mut before, mut after) = (BTreeMap::new(), BTreeMap::new());
    content(world.folder.path(), &mut before);
    assert_eq!(command.output().unwrap().status.code(), Some(2));
    content(world.folder.path(), &mut after);
    assert_eq!(before.len(), after.len());
    assert_eq!(world.stats().total, 0);
    let mut command = world.command(&["delete", "--file", "users", "--yes"]);
    command.stdout(OpenOptions::new().append(true).open(world.path("users")).unwrap());
    refuses(&world, command, "delete f >> f");
}

#[test]
fn files_that_are_not_shared_are_none_of_its_business() {
    let world = world();
    // one input twice is read twice, and a null device is as many files as one likes
    let args = ["send", "events.ndjson", "link", "--summary", "/dev/null", "--dead-letter", "/dev/null"];
    world.run(&args).exits(0);
    let log = || OpenOptions::new().append(true).create(true).open(world.path("log")).unwrap();
    let mut command = world.command(&["send", "events.ndjson"]);
    command.stdout(log()).stderr(log());
    assert_eq!(command.output().unwrap().status.code(), Some(0));
}

#[test]
fn a_checkpoint_is_laid_over_a_checkpoint_only() {
    let world = world();
    world.write("pid", "12345");
    world.write("empty", "");
    world.write("hex", "deadbeef ");
    symlink("pid", world.path("to-pid")).unwrap();
    let mkfifo = Command::new("mkfifo").arg(world.path("pipe")).status().unwrap();
    assert!(mkfifo.success());
    for path in ["pid", "hex", "empty", "to-pid", "dangling", "mappings"] {
        for resume in [&["--resume"][..], &[]] {
            let args = [&["send", "events.ndjson", "--checkpoint", path][..], resume].concat();
            let said = refuses(&world, world.command(&args), path);
            assert!(!said.contains("delete the file"), "{said}");
        }
    }
    for resume in [&["--resume"][..], &[]] {
        let args = [&["send", "events.ndjson", "--checkpoint", "pipe"][..], resume].concat();
        let ended = world.run(&args).exits(2);
        assert!(ended.stderr.contains("expected a file"), "{}", ended.stderr);
    }
    assert!(fs::symlink_metadata(world.path("to-pid")).unwrap().is_symlink());
    // a pipe stands for every device: one that is replaced here is missed by nobody
    assert!(!fs::metadata(world.path("pipe")).unwrap().is_file());
}

#[test]
fn what_is_beside_a_checkpoint_is_neither_followed_nor_replaced() {
    let world = world();
    symlink("events.ndjson", world.path("progress.new")).unwrap();
    let before = world.read("events.ndjson");
    world.run(&["send", "events.ndjson", "--checkpoint", "progress"]).exits(0);
    assert_eq!(world.read("events.ndjson"), before);
    assert!(fs::symlink_metadata(world.path("progress.new")).unwrap().is_symlink());
    fs::remove_file(world.path("progress.new")).unwrap();
    world.write("progress.new", "mine");
    world.run(&["send", "events.ndjson", "--checkpoint", "progress", "--resume"]).exits(0);
    assert_eq!(world.read("progress.new"), "mine");
}

#[test]
fn a_summary_is_whole_or_not_there() {
    let world = world();
    world.write("summary.json", "the old one");
    world.sandbox().set_outage(Some(intercom_sandbox::Fault::HangBefore));
    let mut running = world.start(&["send", "events.ndjson", "--summary", "summary.json"]);
    crate::sandbox::until("a request hangs", || world.stats().total > 0);
    assert_eq!(world.read("summary.json"), "the old one");
    running.kill();
    assert_eq!(world.read("summary.json"), "the old one");
    let left: Vec<_> =
        fs::read_dir(world.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().ends_with(".tmp")), "{left:?}");
    world.sandbox().set_outage(None);
    // a link stays, and what it points to is replaced
    symlink("summary.json", world.path("to-summary")).unwrap();
    world.run(&["send", "events.ndjson", "--summary", "to-summary"]).exits(0);
    assert!(fs::symlink_metadata(world.path("to-summary")).unwrap().is_symlink());
    assert_eq!(world.json("summary.json")["delivered"], 4);
    // standard output is written as it is
    let ended =
        world.run(&["send", "events.ndjson", "--dead-letter", "dead", "--summary", "/dev/stdout"]).exits(0);
    assert!(ended.stdout.contains("\"delivered\": 4"), "{}", ended.stdout);
}

#[test]
fn counts_of_a_summary_that_cannot_be_written_go_to_standard_error() {
    let world = world();
    fs::create_dir(world.path("out")).unwrap();
    world.sandbox().set_outage(Some(intercom_sandbox::Fault::HangBefore));
    let running = world.start(&[
        "send",
        "events.ndjson",
        "--dead-letter",
        "dead",
        "--summary",
        "out/summary.json",
        "--quiet",
        "--timeout",
        "1s",
    ]);
    crate::sandbox::until("a request hangs", || world.stats().total > 0);
    fs::remove_dir_all(world.path("out")).unwrap();
    world.sandbox().set_outage(None);
    running.signal("TERM");
    running.signal("TERM");
    let ended = running.end().exits(2);
    assert!(ended.stderr.contains("cannot write `out/summary.json`"), "{}", ended.stderr);
    assert!(ended.stderr.contains("\"read\""), "{}", ended.stderr);
}
