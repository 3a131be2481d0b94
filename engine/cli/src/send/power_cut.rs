//! A power failure at any moment: what the checkpoint calls finished is on disk in the dead letters.
//!
//! The letters go to a layer that records what was synced. The checkpoint is read as if all of it were on disk, which is the worst case: a
//! system writes back what was not synced in any order.

use std::collections::BTreeSet;
use std::io::{self, Read as _, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use clap::Parser as _;
use mapwright_driver::Config;
use mapwright_driver::checkpoint::{Identity, Inspection, LogCheckpoint};
use serde_json::Value;

use super::Account;
use super::letters::Letters;
use crate::append::AppendLines;
use crate::args::{Cli, Command};
use crate::delivery::summary::DeliveryTally;
use crate::delivery::{self, DeliveryProgress, Setup, feed};
use crate::input::{Input, Limits, Source};
use crate::target::{Secrets, Target};

/// The letters, and what a power failure would leave of them.
#[derive(Default)]
struct Disk {
    written: Vec<u8>,
    synced: usize,
    syncs: usize,
    cuts: usize,
}

struct Recorded {
    disk: Arc<Mutex<Disk>>,
    checkpoint: PathBuf,
}

impl Recorded {
    /// Cuts the power: every finished event must have its letter on disk.
    fn cut(&self) -> BTreeSet<u64> {
        let finished = Inspection::of(&self.checkpoint).unwrap().finished;
        let finished: BTreeSet<u64> = finished.into_iter().flat_map(|(first, last)| first..=last).collect();
        let mut disk = self.disk.lock().unwrap();
        let left = std::str::from_utf8(&disk.written[..disk.synced]).unwrap();
        let letters = left.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let letters: BTreeSet<u64> = letters.map(|letter| letter["line"].as_u64().unwrap() - 1).collect();
        let lost: Vec<_> = finished.difference(&letters).collect();
        assert!(lost.is_empty(), "finished, and gone after a power failure: {lost:?}");
        disk.cuts += 1;
        finished
    }
}

impl AppendLines for Recorded {
    fn append(&mut self, line: &[u8]) -> io::Result<()> {
        self.cut();
        self.disk.lock().unwrap().written.extend_from_slice(line);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.cut();
        let mut disk = self.disk.lock().unwrap();
        (disk.synced, disk.syncs) = (disk.written.len(), disk.syncs + 1);
        Ok(())
    }
}

const FILES: [(&str, &str); 3] = [
    (
        "destination.yaml",
        "title: Acme\nnames: [Acme]\nversions: { default: '1.0' }\nhosts: [api.example.com]\n",
    ),
    (
        "1.0/version.yaml",
        "version: '1.0'\nserver: { value: https://api.example.com }\noperations: { say: { method: POST, path: /b, idempotent: true } }\n",
    ),
    ("1.0/identify.yaml", "message: identify\nsteps:\n  say: { operation: say, body: { id: userId } }\n"),
];

/// Answers every request with 404, and returns the address.
fn refusing() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            // all of a short request arrives at once
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 404 X\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
        }
    });
    url
}

#[test]
fn what_a_checkpoint_calls_finished_is_on_disk_in_the_letters() {
    const EVENTS: usize = 300;
    let folder = tempfile::tempdir().unwrap();
    let (events, checkpoint) = (folder.path().join("events.ndjson"), folder.path().join("progress"));
    // every event gets a letter: half of them fail at the API, the others are rejected
    let lines = (0..EVENTS).map(|n| match n % 2 {
        0 => format!("{{\"type\":\"identify\",\"userId\":\"u{n}\"}}\n"),
        _ => "{}\n".to_owned(),
    });
    std::fs::write(&events, lines.collect::<String>()).unwrap();
    let mappings = folder.path().join("mappings");
    for (path, text) in FILES {
        let path = mappings.join("acme").join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let (url, mappings) = (refusing(), mappings.display().to_string());
    let arguments = ["mapwright", "send", "--base-url", &url, "--no-builtin", "--mappings", &mappings];
    let Command::Send(args) = Cli::try_parse_from(arguments).unwrap().command else { panic!("no `send`") };
    let target = Target::new(&args.target).unwrap();

    let disk = Arc::new(Mutex::new(Disk::default()));
    let recorded = |checkpoint| Recorded { disk: disk.clone(), checkpoint };
    let out = Box::new(recorded(checkpoint.clone()));
    let mut account = Account { tally: DeliveryTally::default(), letters: Letters::to(out, "letters", true) };
    let log = LogCheckpoint::create(&checkpoint, Identity::new("events", "acme", "1.0")).unwrap();
    let progress = DeliveryProgress { log: Arc::new(Mutex::new(log)), first: 0 };
    let input = Input::new([Source::file(&events)], Limits::default());
    let reading = feed::reading(&input);
    let (events, _) = feed::start(input, reading).unwrap();
    let mapper = target.mapper(Secrets::Open).unwrap();
    let config = Config::default();
    let surroundings = delivery::surroundings(&args.wire).unwrap();
    let progress = Some(progress);
    let setup =
        Setup { mapper, wire: &args.wire, config, checkpoint: progress, surroundings, progress: None };
    let ended = setup.deliver(events, &mut account).unwrap();

    assert_eq!((ended.numbers.failed, ended.numbers.rejected), (EVENTS as u64 / 2, EVENTS as u64 / 2));
    assert_eq!(recorded(checkpoint).cut().len(), EVENTS);
    let disk = disk.lock().unwrap();
    assert!(disk.cuts > EVENTS, "{} power failures", disk.cuts);
    // a sync takes milliseconds: it is shared by the events that are there by then
    assert!(disk.syncs < EVENTS, "{} syncs", disk.syncs);
}
