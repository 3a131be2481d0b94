//! Tests of checkpoints across crashes.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod support;

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mapwright_driver::checkpoint::{
    Checkpoint, CheckpointError, Confirmed, Damage, Ended, Identity, Inspection, Known, LogCheckpoint, Mark,
};
use mapwright_driver::{Delivered, Delivery, Driver, Ending, FinishedAs, Outcome};
use serde_json::{Value, json};
use support::{Reply, Server, client, config, identify, incoming, mapper, ok, outcomes, page, status};

fn identity() -> Identity {
    Identity::new("events", "acme", "1")
}

fn start(path: &Path, server: &Server, events: Vec<Value>) -> Delivery<usize> {
    let log = LogCheckpoint::resume(path, identity()).unwrap();
    Driver::builder(mapper(), client(&server.url))
        .config(config())
        .checkpoint(log)
        .build()
        .deliver(incoming(events))
}

/// Drops a delivery and waits until its log is unlocked, as after the death of a process.
async fn crash(delivery: Delivery<usize>, path: &Path) {
    drop(delivery);
    let mut tries = 0;
    while fs::File::open(path).unwrap().try_lock().is_err() {
        tokio::time::sleep(Duration::from_millis(1)).await;
        tries += 1;
        assert!(tries < 5_000, "the delivery continues");
    }
}

async fn until(mut holds: impl FnMut() -> bool) {
    while !holds() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn a_step_that_was_answered_is_not_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let server = Server::start(|n, _| if n == 1 { Reply::Silence } else { ok(json!({ "id": "p1" })) }).await;
    let delivery = start(&path, &server, vec![identify("u1", 1)]);
    until(|| server.count() == 2).await;
    crash(delivery, &path).await;
    let (outcomes, ending) = outcomes(start(&path, &server, vec![identify("u1", 1)])).await;
    assert!(matches!(outcomes[0], Outcome::Delivered(_)));
    assert_eq!(ending, Ending::Complete);
    assert_eq!(server.lines(), ["GET /people?q=u1", "PUT /people/p1", "PUT /people/p1"]);
}

#[tokio::test]
async fn an_outcome_that_nobody_acknowledged_comes_again_and_nothing_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let server = Server::start(|n, _| if n == 0 { ok(json!({})) } else { status(404) }).await;
    let events = || vec![page("u1", 1), page("u1", 2), page("u1", 3)];
    let mut delivery = start(&path, &server, events());
    let first = delivery.next().await.unwrap();
    first.acknowledge();
    let (second, third) = (delivery.next().await.unwrap(), delivery.next().await.unwrap());
    // taken, followed by a crash before they were stored
    let failures = [second.outcome.clone(), third.outcome.clone()];
    drop((second, third));
    assert!(matches!(failures[0], Outcome::Failed(_)));
    let metrics = delivery.metrics().clone();
    delivery.end().await.unwrap();
    assert_eq!(metrics.snapshot().failed, 2);
    let delivery = start(&path, &server, events());
    let metrics = delivery.metrics().clone();
    let (again, _) = outcomes(delivery).await;
    assert_eq!(again, failures);
    assert_eq!((server.count(), metrics.snapshot().resumed), (3, 1));
    let (nothing, _) = outcomes(start(&path, &server, events())).await;
    assert_eq!(nothing, []);
    assert_eq!(server.count(), 3);
}

#[tokio::test]
async fn what_was_paused_goes_on_when_somebody_has_acted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let good = Arc::new(Mutex::new(false));
    let switch = good.clone();
    let server =
        Server::start(move |_, _| if *switch.lock().unwrap() { ok(json!({})) } else { status(401) }).await;
    let events = || (0..30).map(|n| page(&format!("u{}", n % 3), n)).collect::<Vec<_>>();
    let (left, ending) = outcomes(start(&path, &server, events())).await;
    assert!(matches!(ending, Ending::Paused(_)));
    assert!(left.iter().all(|outcome| matches!(outcome, Outcome::Unfinished(_))));
    *good.lock().unwrap() = true;
    let (all, ending) = outcomes(start(&path, &server, events())).await;
    assert_eq!((all.len(), ending), (30, Ending::Complete));
}

/// Crashes after some requests, repeatedly, until everything is delivered.
#[tokio::test]
async fn nothing_is_lost_and_only_what_is_in_flight_is_sent_twice() {
    for seed in 0..12_u64 {
        let mut random = fastrand::Rng::with_seed(seed);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let seen: Arc<Mutex<HashMap<String, Vec<u64>>>> = Arc::default();
        let watch = seen.clone();
        let server = Server::start(move |n, received| {
            if received.line.starts_with("GET") {
                return ok(json!({ "id": received.line.rsplit('=').next() }));
            }
            let number = serde_json::from_str::<Value>(&received.body).unwrap()["n"].as_u64().unwrap();
            watch.lock().unwrap().entry(received.line.clone()).or_default().push(number);
            if n % 5 == 0 {
                Reply::After(Duration::from_millis(2), Box::new(ok(json!({}))))
            } else {
                ok(json!({}))
            }
        })
        .await;
        let events = || (0..150).map(|n| identify(&format!("u{}", n % 13), n)).collect::<Vec<_>>();
        let mut crashes = 0;
        let mut finished: BTreeMap<usize, usize> = BTreeMap::new();
        loop {
            let mut delivery = start(&path, &server, events());
            let stop_at = server.count() + random.usize(1..80);
            let crashed = loop {
                tokio::select! {
                    () = until(|| server.count() >= stop_at) => break true,
                    outcome = delivery.next() => match outcome {
                        Some(outcome) => {
                            assert!(matches!(outcome.outcome, Outcome::Delivered(_)));
                            *finished.entry(outcome.tag).or_default() += 1;
                            outcome.acknowledge();
                        }
                        None => break false,
                    },
                }
            };
            if !crashed {
                delivery.end().await.unwrap();
                break;
            }
            crash(delivery, &path).await;
            crashes += 1;
        }
        assert!(crashes > 0);
        let seen = seen.lock().unwrap();
        assert_eq!(finished.len(), 150, "an event is lost");
        let sent: usize = seen.values().map(Vec::len).sum();
        // the events of a user are sequential, so at most one event per user is in flight
        assert!(sent <= 150 + crashes * 13, "{sent} sent with {crashes} crashes");
        for (line, numbers) in seen.iter() {
            assert!(numbers.is_sorted(), "{line}: {numbers:?}");
        }
        let file = fs::read_to_string(&path).unwrap();
        assert!(file.len() < 100_000);
    }
}

/// A disk that is full after some records.
struct Full {
    left: usize,
}

impl Full {
    fn write(&mut self) -> Result<(), CheckpointError> {
        let error = || CheckpointError::Io { path: "progress".into(), error: ErrorKind::StorageFull.into() };
        self.left = self.left.checked_sub(1).ok_or_else(error)?;
        Ok(())
    }
}

impl Checkpoint for Full {
    fn known(&mut self, _: u64) -> Known {
        Known::New
    }

    fn confirmed(&mut self, _: u64, _: &Confirmed) -> Result<(), CheckpointError> {
        self.write()
    }

    fn ended(&mut self, _: u64, _: &Ended) -> Result<(), CheckpointError> {
        self.write()
    }

    fn finished(&mut self, _: u64, _: FinishedAs) -> Result<(), CheckpointError> {
        self.write()
    }

    fn flush(&mut self) -> Result<(), CheckpointError> {
        Ok(())
    }
}

#[tokio::test]
async fn a_delivery_that_cannot_keep_its_progress_stops() {
    for left in 0..12 {
        let server = Server::start(|_, _| ok(json!({ "id": "p1" }))).await;
        let events = (0..100).map(|n| identify(&format!("u{n}"), n)).collect();
        let mut config = config();
        config.concurrency = 2;
        let driver = Driver::builder(mapper(), client(&server.url)).config(config).checkpoint(Full { left });
        let mut delivery = driver.build().deliver(incoming(events));
        let mut delivered = 0;
        while let Some(finished) = delivery.next().await {
            delivered += usize::from(matches!(finished.outcome, Outcome::Delivered(_)));
            finished.acknowledge();
        }
        let error = delivery.end().await.unwrap_err().to_string();
        assert!(
            error.starts_with("progress cannot be recorded: cannot use the checkpoint `progress`: "),
            "{error}"
        );
        assert!(delivered <= left, "{delivered} with {left} records");
        assert!(server.count() <= 2 * (left + 4), "{} requests with {left} records", server.count());
    }
}

fn answer(n: u64) -> Confirmed {
    Confirmed {
        mapped_at: 1,
        at: 2,
        request: n,
        status: 200,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: if n.is_multiple_of(2) { b"{\"id\":\"\xc3\xa9\"}".to_vec() } else { vec![0xff, 0, n as u8] },
    }
}

/// Writes a log of ten events, and returns its bytes.
fn written(path: &Path) -> Vec<u8> {
    let mut log = LogCheckpoint::create(path, identity()).unwrap();
    for event in 0..10 {
        log.confirmed(event, &answer(event)).unwrap();
        log.confirmed(event, &answer(event + 1)).unwrap();
        if event % 3 != 0 {
            log.ended(event, &Ended::Delivered(Delivered::default())).unwrap();
        }
        if event % 3 == 1 {
            log.finished(event, FinishedAs::Delivered).unwrap();
        }
    }
    drop(log);
    fs::read(path).unwrap()
}

fn known(path: &Path) -> Result<Vec<Known>, CheckpointError> {
    let mut log = LogCheckpoint::resume(path, identity())?;
    Ok((0..10).map(|event| log.known(event)).collect())
}

/// Returns how far an event is. Losing a part of the log must only reduce it.
fn progress(known: &Known) -> usize {
    match known {
        Known::New => 0,
        Known::UnderWay(answers) => answers.len(),
        Known::Ended(_) => 3,
        Known::Finished => 4,
    }
}

#[test]
fn a_log_is_read_as_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    written(&path);
    for _ in 0..2 {
        let known = known(&path).unwrap();
        assert_eq!(known[0], Known::UnderWay(vec![answer(0), answer(1)]));
        assert_eq!(known[1], Known::Finished);
        assert_eq!(known[2], Known::Ended(Ended::Delivered(Delivered::default())));
    }
}

#[test]
fn a_log_that_is_cut_anywhere_is_read_up_to_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let whole = written(&path);
    let full: Vec<usize> = known(&path).unwrap().iter().map(progress).collect();
    let mut before = vec![0; 10];
    for length in 0..=whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        if length < 20 {
            // anything could start like this, such as the number in a pid file
            let no_log = LogCheckpoint::resume(&path, identity()).unwrap_err();
            assert!(matches!(no_log, CheckpointError::Unreadable { .. }), "{no_log}");
            assert_eq!(fs::read(&path).unwrap(), &whole[..length]);
            continue;
        }
        let found: Vec<usize> = known(&path).unwrap().iter().map(progress).collect();
        assert!(before.iter().zip(&found).all(|(before, found)| before <= found), "{length} bytes know less");
        before = found;
    }
    assert_eq!(before, full);
}

#[test]
fn a_log_with_a_wrong_byte_never_says_more_than_it_did() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let whole = written(&path);
    let full: Vec<usize> = known(&path).unwrap().iter().map(progress).collect();
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x15;
        fs::write(&path, &bytes).unwrap();
        match known(&path) {
            Ok(known) => {
                assert!(known.iter().map(progress).zip(&full).all(|(found, full)| found <= *full), "{at}")
            }
            Err(error) => assert!(matches!(error, CheckpointError::Unreadable { .. }), "{at}: {error}"),
        }
    }
}

#[test]
fn a_log_stays_small_however_many_events_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let mut log = LogCheckpoint::create(&path, identity()).unwrap();
    // the first event never ends, and every second one of the others ends later than the one after it
    log.confirmed(0, &answer(0)).unwrap();
    let mut longest = 0;
    for pair in 0..50_000_u64 {
        for event in [2 * pair + 2, 2 * pair + 1] {
            log.confirmed(event, &answer(event)).unwrap();
            log.finished(event, FinishedAs::Delivered).unwrap();
        }
        longest = longest.max(fs::metadata(&path).unwrap().len());
    }
    assert!(longest < 1_100_000, "{longest} bytes");
    assert_eq!(log.watermark(), 0);
    assert_eq!(log.known(77_777), Known::Finished);
    log.finished(0, FinishedAs::Delivered).unwrap();
    assert_eq!(log.watermark(), 100_001);
    drop(log);
    assert_eq!(LogCheckpoint::resume(&path, identity()).unwrap().watermark(), 100_001);
    assert!(fs::metadata(&path).unwrap().len() < 300);
}

#[test]
fn a_log_is_for_one_delivery() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let mut log = LogCheckpoint::create(&path, identity()).unwrap();
    log.finished(0, FinishedAs::Delivered).unwrap();
    for in_use in [LogCheckpoint::resume(&path, identity()), LogCheckpoint::create(&path, identity())] {
        let in_use = in_use.unwrap_err();
        assert!(matches!(in_use, CheckpointError::InUse { .. }), "{in_use}");
        assert!(!in_use.to_string().contains("delete"), "{in_use}");
    }
    drop(log);
    let exists = LogCheckpoint::create(&path, identity()).unwrap_err();
    assert!(matches!(exists, CheckpointError::Exists { .. }), "{exists}");
    let other = Identity { input: "others".to_owned(), ..identity() };
    let refused = LogCheckpoint::resume(&path, other).unwrap_err().to_string();
    assert!(refused.ends_with("its input is `events`, expected `others`"), "{refused}");
    fs::write(&path, "{\"type\":\"identify\"}\n").unwrap();
    let no_log = LogCheckpoint::resume(&path, identity()).unwrap_err();
    assert!(matches!(no_log, CheckpointError::Unreadable { .. }), "{no_log}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "{\"type\":\"identify\"}\n", "it is left as it is");
}

/// Several deliveries that start at once with one new checkpoint: one of them has it, and the others say so.
#[test]
fn a_new_log_belongs_to_the_first() {
    let folder = tempfile::tempdir().unwrap();
    for round in 0..20 {
        let path = folder.path().join(format!("log{round}"));
        let start = std::sync::Barrier::new(4);
        let opened: Vec<_> = std::thread::scope(|scope| {
            let open = || {
                start.wait();
                LogCheckpoint::resume(&path, identity())
            };
            let all: Vec<_> = (0..4).map(|_| scope.spawn(open)).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert_eq!(opened.iter().filter(|log| log.is_ok()).count(), 1, "{opened:?}");
        let in_use = |error: &CheckpointError| matches!(error, CheckpointError::InUse { .. });
        assert!(opened.iter().filter_map(|log| log.as_ref().err()).all(in_use), "{opened:?}");
    }
}

#[test]
fn lost_progress_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let whole = written(&path);
    let lines: Vec<usize> = (0..whole.len()).filter(|at| whole[*at] == b'\n').map(|at| at + 1).collect();
    let inspected = Inspection::of(&path).unwrap();
    assert_eq!((inspected.damage, inspected.identity), (None, identity()));
    assert_eq!(inspected.finished, [(1, 1), (4, 4), (7, 7)]);
    assert_eq!((inspected.counts.delivered, inspected.counts.total(), inspected.in_flight), (3, 3, 7));

    // a process that dies leaves the last record without an end
    fs::write(&path, &whole[..whole.len() - 3]).unwrap();
    let damage = Inspection::of(&path).unwrap().damage.unwrap();
    let last = lines[lines.len() - 2];
    let bytes = (whole.len() - 3 - last) as u64;
    let told = |damage: Damage| (damage.from, damage.bytes, damage.records, damage.truncated);
    assert_eq!(told(damage), (last as u64, bytes, 1, true));

    let mut broken = whole.clone();
    broken[lines[4] + 20] ^= 1;
    fs::write(&path, &broken).unwrap();
    let damage = Inspection::of(&path).unwrap().damage.unwrap();
    let bytes = (whole.len() - lines[4]) as u64;
    assert_eq!(told(damage), (lines[4] as u64, bytes, lines.len() as u64 - 5, false));
    assert_eq!(fs::read(&path).unwrap(), broken, "looking at it changes nothing");
    assert_eq!(LogCheckpoint::resume(&path, identity()).unwrap().damage(), Some(damage));
    assert_eq!(LogCheckpoint::resume(&path, identity()).unwrap().damage(), None);
}

#[test]
fn another_delivery_is_resumed_only_on_demand() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let with = |token: &str| {
        let mut identity = identity();
        identity.facts.insert("setting `token`".to_owned(), token.to_owned());
        identity
    };
    let mut log = LogCheckpoint::create(&path, with("one")).unwrap();
    log.finished(0, FinishedAs::Rejected).unwrap();
    drop(log);
    let refused = LogCheckpoint::resume(&path, with("two")).unwrap_err().to_string();
    assert!(refused.ends_with("belongs to another delivery: its setting `token` is another"), "{refused}");
    let log = LogCheckpoint::resume_anyway(&path, with("two")).unwrap();
    assert_eq!((log.watermark(), log.counts().rejected), (1, 1));
    drop(log);
    LogCheckpoint::resume(&path, with("two")).unwrap();
}

#[test]
fn without_progress_a_log_is_for_any_delivery() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    drop(LogCheckpoint::create(&path, identity()).unwrap());
    let other = Identity { input: "others".to_owned(), ..identity() };
    drop(LogCheckpoint::resume(&path, other.clone()).unwrap());
    assert_eq!(Inspection::of(&path).unwrap().identity, other);
}

#[test]
fn events_that_are_given_up_count_as_finished() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let mut log = LogCheckpoint::create(&path, identity()).unwrap();
    log.finished(2, FinishedAs::Delivered).unwrap();
    log.confirmed(4, &answer(1)).unwrap();
    assert_eq!((log.watermark(), log.end(), log.after(0, 3)), (0, 5, 4));
    log.give_up_before(log.end()).unwrap();
    drop(log);
    let log = LogCheckpoint::resume(&path, identity()).unwrap();
    assert_eq!((log.watermark(), log.counts().total()), (5, 1));
}

#[test]
fn marks_last_until_their_events_are_finished() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let mark = |from, text: &str| Mark { from, text: text.to_owned() };
    let mut log = LogCheckpoint::create(&path, identity()).unwrap();
    for mark in [mark(0, "a"), mark(2, "x"), mark(2, "b"), mark(5, "c")] {
        log.mark(mark).unwrap();
    }
    for (finished, left) in [(1, 3), (2, 2), (3, 2), (5, 1), (9, 1)] {
        for event in log.watermark()..finished {
            log.finished(event, FinishedAs::Delivered).unwrap();
        }
        drop(log);
        log = LogCheckpoint::resume(&path, identity()).unwrap();
        assert_eq!(log.marks().len(), left, "{finished}");
    }
    assert_eq!(log.marks(), [mark(5, "c")]);
}

#[cfg(unix)]
#[test]
fn a_file_that_took_the_place_of_the_log_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let mut log = LogCheckpoint::create(&path, identity()).unwrap();
    fs::rename(&path, folder.path().join("moved")).unwrap();
    fs::write(&path, "mine").unwrap();
    let error = (0..50_000).find_map(|event| {
        let written = log.confirmed(event, &answer(1));
        written.and_then(|()| log.finished(event, FinishedAs::Delivered)).and_then(|()| log.flush()).err()
    });
    assert!(matches!(error, Some(CheckpointError::Replaced { .. })), "{error:?}");
    assert_eq!(fs::read(&path).unwrap(), b"mine");
    let names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
}

#[tokio::test]
async fn a_halt_does_not_wait_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let server = Server::start(|n, _| if n < 4 { ok(json!({})) } else { Reply::Silence }).await;
    let events = || (0..20).map(|n| page(&format!("u{n}"), n)).collect::<Vec<_>>();
    let mut delivery = start(&path, &server, events());
    let stopper = delivery.stopper();
    let mut all = Vec::new();
    while let Some(finished) = delivery.next().await {
        all.push(finished.outcome.clone());
        finished.acknowledge();
        if all.len() == 4 {
            // without a response, they would hang for as long as a request may take
            stopper.halt();
        }
    }
    assert_eq!(delivery.end().await.unwrap().ending, Ending::Stopped);
    let unfinished = all.iter().filter(|outcome| matches!(outcome, Outcome::Unfinished(_))).count();
    assert!(unfinished > 0 && all.len() == unfinished + 4, "{all:?}");
    let known = Inspection::of(&path).unwrap();
    assert_eq!(known.counts.delivered, 4);
}
