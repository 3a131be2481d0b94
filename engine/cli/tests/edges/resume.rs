//! Resuming: the whole delivery counts, and another one is not continued by mistake.

use std::fs;

use crate::sandbox::{Ended, World, events};

const SEND: [&str; 6] = ["send", "events.ndjson", "--checkpoint", "progress", "--dead-letter", "dead.ndjson"];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&SEND[..], more].concat()
}

#[test]
fn the_exit_code_is_that_of_the_whole_delivery() {
    let world = World::new();
    world.write("events.ndjson", format!("{{}}\n{}", events(6)));
    world.run(&with(&["--limit", "2"])).exits(1);
    for _ in 0..2 {
        let ended = world.run(&with(&["--resume", "--summary", "summary.json"])).exits(1);
        assert!(ended.stderr.contains("(rejected 1, failed 0)"), "{}", ended.stderr);
        let summary = world.json("summary.json");
        assert_eq!((&summary["rejected"], &summary["whole"]["rejected"]), (&0.into(), &1.into()));
        assert_eq!(summary["whole"]["delivered"], 6);
    }
    assert_eq!(world.lines("dead.ndjson").len(), 1);
}

#[test]
fn a_limit_is_for_the_next_events() {
    let world = World::new();
    world.write("events.ndjson", events(10));
    for (run, limit, delivered) in [(0, "4", 4), (1, "3", 7), (2, "3", 10), (3, "3", 10)] {
        let more: &[&str] = if run == 0 { &[] } else { &["--resume"] };
        world.run(&with(&[more, &["--limit", limit, "--summary", "summary.json"]].concat())).exits(0);
        assert_eq!(world.json("summary.json")["whole"]["delivered"], delivered, "run {run}");
    }
    assert_eq!((world.state().contacts.len(), world.state().events.len()), (5, 5));
}

#[test]
fn another_delivery_needs_force_and_the_difference_is_told() {
    let world = World::new();
    world.write("events.ndjson", events(4));
    world.write("other", "zQ7x-other");
    fs::create_dir_all(world.path("mappings/acme/1.0")).unwrap();
    world.write(
        "mappings/acme/destination.yaml",
        "title: Acme\nnames: [Acme]\nversions: { default: '1.0' }\nhosts: [api.example.com]\n",
    );
    world.write(
        "mappings/acme/1.0/version.yaml",
        "version: '1.0'\nserver: { value: https://api.example.com }\noperations: {}\n",
    );
    world.run(&with(&["--limit", "2", "--api-version", "2.10", "--destination", "intercom"])).exits(0);
    let sent = world.stats().total;
    let resume = ["--resume", "--destination", "intercom"];
    let told = |token: &str, more: &[&str], what: &str| {
        let mut command = world.without_token(&with(&[&resume[..], more].concat()));
        command.args(["--secret", &format!("apiKey=@{token}")]);
        let ended = Ended::of(command.output().unwrap()).exits(2);
        assert!(ended.stderr.contains(what) && ended.stderr.contains("`--force`"), "{}", ended.stderr);
        assert!(!ended.stderr.contains("zQ7x"), "{}", ended.stderr);
        assert_eq!(world.stats().total, sent);
    };
    told("token", &["--api-version", "1.4"], "its version is `2.10`, expected `1.4`");
    told("token", &["--api-version", "2.10", "--set", "apiServer=eu"], "its setting `apiServer` is another");
    told("other", &["--api-version", "2.10"], "its setting `apiKey` is another");
    told("token", &["--api-version", "2.10", "--mappings", "mappings"], "its set of mappings is another");
    // more than one difference, and a changed file
    world.write("events.ndjson", events(6));
    told("token", &["--set", "apiServer=eu", "--api-version", "1.4"], "; its setting `apiServer` is another");
    told("token", &["--api-version", "2.10"], "its input is `1 file, ");
    world.run(&with(&[&resume[..], &["--api-version", "2.10", "--force"]].concat())).exits(0);
    world.run(&with(&[&resume[..], &["--api-version", "2.10"]].concat())).exits(0);
    assert_eq!((world.state().contacts.len(), world.state().events.len()), (3, 3));
}

#[test]
fn lost_progress_is_told_and_shown() {
    let world = World::new();
    world.write("events.ndjson", events(8));
    world.run(&SEND).exits(0);
    let ended = world.run_offline(&["checkpoint", "progress"]).exits(0);
    assert!(
        ended.stdout.contains("finished   8 (delivered 8, skipped 0, rejected 0, failed 0)"),
        "{}",
        ended.stdout
    );
    assert!(ended.stdout.contains("the file is whole"), "{}", ended.stdout);

    let mut bytes = fs::read(world.path("progress")).unwrap();
    let third = bytes.split_inclusive(|byte| *byte == b'\n').take(3).map(<[u8]>::len).sum::<usize>();
    let records = bytes[third..].iter().filter(|byte| **byte == b'\n').count();
    bytes[third + 12] ^= 1;
    let told =
        format!("from byte {third} on, {records} records ({} bytes) cannot be used", bytes.len() - third);
    world.write("progress", &bytes);
    let ended = world.run_offline(&["checkpoint", "progress"]).exits(1);
    assert!(ended.stdout.contains(&told), "{}", ended.stdout);
    let ended = world.run_offline(&["checkpoint", "progress", "--json"]).exits(1);
    let shown: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(shown["damage"]["from_byte"], third);
    assert_eq!(fs::read(world.path("progress")).unwrap(), bytes);
    let ended = world.run(&with(&["--resume"])).exits(0);
    assert!(ended.stderr.contains(&told) && ended.stderr.contains("may be sent twice"), "{}", ended.stderr);
    let ended = world.run(&with(&["--resume"])).exits(0);
    assert!(!ended.stderr.contains("lost progress"), "{}", ended.stderr);
    let ended = world.run_offline(&["checkpoint", "events.ndjson"]).exits(2);
    assert!(ended.stderr.contains("is not a checkpoint"), "{}", ended.stderr);
}

#[test]
fn a_checkpoint_of_another_format_is_told_from_what_is_none_and_stays() {
    let world = World::new();
    world.write("events.ndjson", events(2));
    let old = r#"fd5e00f1 {"is":"log","format":1,"identity":{"input":"i","destination":"intercom","version":"2.10"},"finished":[[0,7]]}"#;
    world.write("progress", format!("{old}\n"));
    let said = "error: the checkpoint `progress` has format 1, expected format 2: finish its delivery with the version that wrote it, \
                or delete the file to start over, which sends all of its events again\n";
    let resumed = world.run(&with(&["--resume"])).exits(2);
    let started = world.run(&SEND).exits(2);
    let forced = world.run(&with(&["--resume", "--force"])).exits(2);
    let shown = world.run_offline(&["checkpoint", "progress"]).exits(2);
    for ended in [resumed, started, forced, shown] {
        assert_eq!(ended.stderr, said);
    }
    assert_eq!((world.read("progress"), world.stats().total), (format!("{old}\n"), 0));
}
