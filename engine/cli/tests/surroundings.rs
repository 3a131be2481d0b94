//! Commands in hostile or unusual surroundings: limits of the system, outages, outputs, input that is not an event.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "common/sandbox.rs"]
mod sandbox;

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use intercom_sandbox::Fault;
use sandbox::{Ended, World, events};

/// Runs a command in a shell with limits, as a user whom they concern. `$MAPWRIGHT` is the binary.
fn limited(world: &World, limits: &str, args: &[&str]) -> Ended {
    // root is not limited in its number of processes
    let binary = world.path("mapwright");
    std::fs::copy(env!("CARGO_BIN_EXE_mapwright"), &binary).unwrap();
    for (path, mode) in
        [(binary.as_path(), 0o755), (world.folder.path(), 0o755), (&world.path("token"), 0o644)]
    {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    let root =
        String::from_utf8(Command::new("id").arg("-u").output().unwrap().stdout).unwrap().trim() == "0";
    let user: &[&str] =
        if root { &["setpriv", "--reuid", "64321", "--regid", "64321", "--clear-groups"] } else { &[] };
    let script = format!("{limits}; exec \"$0\" \"$@\"");
    let mut words = user.to_vec();
    words.extend(["sh", "-c", &script, "./mapwright"]);
    words.extend(args);
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).current_dir(world.folder.path()).stdin(Stdio::null());
    Ended::of(command.output().unwrap())
}

#[test]
fn a_system_that_gives_too_little_is_a_clear_error() {
    let world = World::new();
    world.write("events.ndjson", events(4));
    let url = world.sandbox().base_url();
    let to = ["--secret", "apiKey=@token", "--base-url", &url];
    let send = [&["send", "events.ndjson"][..], &to].concat();
    let delete = [&["delete", "--user-id", "u0", "--yes"][..], &to].concat();
    for (limits, said) in [
        ("ulimit -n 8", "raise `ulimit -n`"),
        ("ulimit -n 12", "raise `ulimit -n`"),
        ("ulimit -n 20", "raise `ulimit -n`"),
        ("ulimit -u 2", "raise `ulimit -u`"),
    ] {
        // dash calls it differently
        let limits = limits.replace("ulimit -u", "ulimit -p 2>/dev/null 2; ulimit -u 2>/dev/null");
        for args in [&send, &delete] {
            let ended = limited(&world, &limits, args).exits(2);
            let error = ended.stderr.lines().last().unwrap();
            assert!(error.starts_with("error: cannot ") && error.contains(said), "{limits}: {ended:?}");
            assert!(!ended.stderr.contains("panicked"), "{ended:?}");
        }
    }
    assert_eq!(world.stats().total, 0);
    let mut map = Command::new(env!("CARGO_BIN_EXE_mapwright"));
    let ended =
        Ended::of(map.args(["map", "events.ndjson", "--threads", "100000"]).output().unwrap()).exits(2);
    assert!(ended.stderr.contains("expected a number from 1 to 1024"), "{}", ended.stderr);
    limited(&world, "ulimit -n 64", &send).exits(0);
}

#[test]
fn an_outage_ends_after_the_given_time_and_its_cause_is_in_words() {
    let world = World::new();
    world.write("events.ndjson", events(400));
    let give_up = ["--give-up-after", "1s", "--secret", "apiKey=@token"];
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (url, cause) in [
        (format!("http://{closed}"), "the connection was refused"),
        ("http://name.invalid".to_owned(), "the host name cannot be resolved"),
    ] {
        let args = [&["send", "events.ndjson", "--summary", "summary.json"][..], &give_up].concat();
        let ended = Ended::of(world.command_to(&url, &args).output().unwrap()).exits(2);
        assert!(ended.stderr.contains(cause), "{url}: {}", ended.stderr);
        assert!(!ended.stderr.contains("client error"), "{url}: {}", ended.stderr);
        assert!(ended.stderr.contains("longer than `--give-up-after`"), "{}", ended.stderr);
        let summary = world.json("summary.json");
        assert_eq!(
            (summary["failed"].as_u64(), summary["delivered"].as_u64()),
            (Some(0), Some(0)),
            "{summary:#}"
        );
    }
    world.sandbox().set_outage(Some(Fault::Error503));
    let args = [&["send", "events.ndjson"][..], &give_up[..2]].concat();
    let ended = world.run(&args).exits(2);
    assert!(ended.stderr.contains("answered with 503"), "{}", ended.stderr);
}

#[test]
fn the_summary_has_latencies_by_operation() {
    let world = World::new();
    world.write("events.ndjson", events(40));
    let ended = world.run(&["send", "events.ndjson", "--summary", "-"]).exits(0);
    let summary: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    let latency = &summary["latencies"]["track_event"];
    assert_eq!(latency["requests"], 20);
    let number = |name: &str| latency[name].as_f64().unwrap();
    assert!(number("p50_ms") > 0.0 && number("p50_ms") <= number("p95_ms"), "{latency}");
    assert!(number("p95_ms") <= number("p99_ms"), "{latency}");
    assert!(ended.stderr.contains("track_event: "), "{}", ended.stderr);
}

#[test]
fn a_dash_is_standard_output() {
    let world = World::new();
    world.write("events.ndjson", "{}\n");
    let ended = world.run(&["send", "events.ndjson", "--dead-letter", "-"]).exits(1);
    assert_eq!(ended.lines()[0]["outcome"], "rejected");
    let mapped = Command::new(env!("CARGO_BIN_EXE_mapwright"))
        .args(["map", "events.ndjson", "-o", "-", "--set", "apiKey=k"])
        .current_dir(world.folder.path())
        .output()
        .unwrap();
    assert!(String::from_utf8(mapped.stdout).unwrap().starts_with("{\"line\":1"));
    let ended = world.run(&["delete", "--user-id", "u1", "--yes", "--report", "-"]).exits(1);
    assert_eq!(ended.lines()[0]["outcome"], "not_found");
    assert!(!world.path("-").exists());
}

#[test]
fn a_missing_setting_names_every_way_to_state_it() {
    let world = World::new();
    world.write("events.ndjson", events(1));
    let ended = Ended::of(world.without_token(&["send", "events.ndjson"]).output().unwrap()).exits(2);
    for way in [
        "Access Token is not present",
        "`apiKey`",
        "--secret apiKey=@FILE",
        "`MAPWRIGHT_API_KEY`",
        "--settings",
    ] {
        assert!(ended.stderr.contains(way), "{way}: {}", ended.stderr);
    }
}

#[test]
fn an_envelope_is_unpacked_and_what_is_no_event_gets_a_hint() {
    let world = World::new();
    let all: Vec<String> = events(6).lines().map(str::to_owned).collect();
    world.write(
        "batch.json",
        format!("{{\"sentAt\":\"2024-05-01T12:00:00Z\",\"batch\":[{}]}}\n", all.join(",\n ")),
    );
    let ended = world.run(&["send", "batch.json", "--summary", "summary.json"]).exits(0);
    assert_eq!(world.json("summary.json")["delivered"], 6, "{ended:?}");
    world.write("batch.ndjson", format!("{{\"batch\":[{}]}}\n{{\"batch\":[{},{{}}]}}\n", all[0], all[1]));
    let ended = world.run(&["send", "batch.ndjson", "--summary", "summary.json"]).exits(1);
    assert_eq!(world.json("summary.json")["delivered"], 2, "{ended:?}");
    // `{}` is the second event of the envelope on this line
    let column = 2 + "{\"batch\":[".len() - 1 + all[1].len() + 1;
    assert_eq!((&ended.lines()[0]["line"], &ended.lines()[0]["column"]), (&2.into(), &column.into()));
    let mut tar = vec![0_u8; 1_024];
    tar[..13].copy_from_slice(b"events.ndjson");
    tar[257..262].copy_from_slice(b"ustar");
    for (content, hint) in [
        (tar, "looks like a tar archive"),
        (b"type,userId\nidentify,u1\n".to_vec(), "looks like CSV"),
        (b"type;userId\nidentify;u1\n".to_vec(), "looks like CSV"),
        (b"\x7fELF\0\0\0".to_vec(), "looks like a binary file"),
    ] {
        world.write("input", content);
        let ended = world.run(&["send", "input"]).exits(1);
        assert!(ended.stdout.contains(hint), "{hint}: {}", ended.stdout);
    }
}

#[test]
fn clients_of_metrics_that_never_read_make_room_for_others() {
    use std::io::Write as _;
    const GET: &[u8] = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
    let world = World::new();
    world.sandbox().set_outage(Some(Fault::Error503));
    world.write("events.ndjson", events(40));
    let mut command = world.command(&["send", "events.ndjson", "--metrics", "0"]);
    let mut child = command.spawn().unwrap();
    let stderr = child.stderr.take().unwrap();
    let _running = sandbox::Running::of(child);
    let mut said = String::new();
    BufReader::new(stderr).read_line(&mut said).unwrap();
    let address =
        said.trim().trim_start_matches("metrics at http://").trim_end_matches("/metrics").to_owned();
    let silent: Vec<TcpStream> = (0..40)
        .map(|_| {
            let client = TcpStream::connect(&address).unwrap();
            // the server takes requests until nobody takes its responses
            client.set_nonblocking(true).unwrap();
            while (&client).write(&GET.repeat(100)).is_ok() {}
            client
        })
        .collect();
    let mut scraper = TcpStream::connect(&address).unwrap();
    scraper.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    scraper.write_all(GET).unwrap();
    let mut head = [0; 15];
    scraper.read_exact(&mut head).unwrap();
    assert_eq!(&head, b"HTTP/1.1 200 OK");
    // a dropped connection is closed: whatever was sent before, the connection has an end
    let mut first = &silent[0];
    first.set_nonblocking(false).unwrap();
    first.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let end = std::io::copy(&mut first, &mut std::io::sink());
    assert!(end.is_ok_and(|bytes| bytes > 0) || first.take_error().is_ok(), "it is closed or reset");
}

#[test]
fn a_long_wait_is_one_line_on_standard_error() {
    let world = World::with(|builder| builder.rate_limit(10, Duration::from_secs(45)));
    world.sandbox().set_outage(Some(Fault::RateStorm));
    world.write("events.ndjson", events(40));
    let mut command = world.command(&["send", "events.ndjson"]);
    let mut child = command.spawn().unwrap();
    let stderr = child.stderr.take().unwrap();
    let running = sandbox::Running::of(child);
    let mut lines = BufReader::new(stderr).lines().map(Result::unwrap);
    let first = lines.next().unwrap();
    assert!(first.starts_with("waits ") && first.contains(" s more: "), "{first}");
    running.signal("TERM");
    // a second signal, so that the end does not wait for the limit
    std::thread::sleep(Duration::from_millis(1_100));
    running.signal("TERM");
    let rest: Vec<String> = lines.collect();
    assert!(!rest.iter().any(|line| line.starts_with("waits ")), "{rest:?}");
    running.end().exits(143);
}

#[test]
#[ignore = "takes half a minute: an outage is reported after 30 s; run it with `--ignored`"]
fn a_long_outage_is_one_line_on_standard_error_and_so_is_its_end() {
    let world = World::new();
    world.sandbox().set_outage(Some(Fault::Error503));
    world.write("events.ndjson", events(400));
    let mut child = world.command(&["send", "events.ndjson"]).spawn().unwrap();
    let stderr = child.stderr.take().unwrap();
    let started = std::time::Instant::now();
    let running = sandbox::Running::of(child);
    let mut lines = BufReader::new(stderr).lines().map(Result::unwrap);
    let first = lines.next().unwrap();
    assert!(first.starts_with("waits since 3") && first.contains("answered with 503"), "{first}");
    assert!(started.elapsed() > Duration::from_secs(30));
    world.sandbox().set_outage(None);
    let next = lines.next().unwrap();
    assert!(next.starts_with("continues after "), "{next}");
    assert!(lines.next().unwrap().starts_with("read "), "nothing else is reported before the summary");
    running.end().exits(0);
}

#[cfg(target_os = "linux")]
#[test]
fn letters_that_cannot_be_written_are_not_said_to_be_there() {
    let world = World::new();
    world.write("events.ndjson", format!("{}{{}}\n", events(1)));
    let ended = world.run(&["send", "events.ndjson", "--dead-letter", "/dev/full"]).exits(2);
    let said = "error: cannot write `/dev/full`: No space left on device (os error 28); \
                the event that starts on line 2 of `events.ndjson` has no dead letter\n\
                other events that were read and not delivered have no dead letter either, and later events were not read; \
                with `--checkpoint FILE`, `--resume` could continue here\n";
    assert!(ended.stderr.ends_with(said), "{}", ended.stderr);
}
