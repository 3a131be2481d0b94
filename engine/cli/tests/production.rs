//! The unit of docs/production.md: its command runs, is stopped as systemd stops it, and continues.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "common/sandbox.rs"]
mod sandbox;

use std::path::Path;
use std::process::{Command, Stdio};

use sandbox::{Running, TOKEN, World, events, until};

/// Returns the unit as the page shows it.
fn unit() -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/production.md");
    let page = std::fs::read_to_string(page).unwrap();
    page.split("```ini\n").nth(1).unwrap().split("```").next().unwrap().to_owned()
}

#[test]
fn the_command_of_the_service_runs_stops_and_continues() {
    let world = World::new();
    let unit = unit().replace("\\\n", "");
    let command = unit.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
    let code: i32 =
        unit.lines().find_map(|line| line.strip_prefix("SuccessExitStatus=")).unwrap().parse().unwrap();
    for folder in ["events", "credentials"] {
        std::fs::create_dir(world.path(folder)).unwrap();
    }
    world.write("credentials/apiKey", TOKEN);
    world.write("settings.yaml", "apiServer: standard\n");
    let events = events(20);
    world.write("events/live.ndjson", &events);
    let command = command.replace("/srv/events/live.ndjson", "events/live.ndjson");
    let command = command.replace("/etc/mapwright/settings.yaml", "settings.yaml");
    // any free port, since tests run at the same time
    let command = command.replace("--metrics 9464", "--metrics 0");
    let mut words =
        command.split_whitespace().map(|word| word.replace("${CREDENTIALS_DIRECTORY}", "credentials"));
    assert_eq!(words.next().unwrap(), "/usr/local/bin/mapwright");
    let words: Vec<String> = words.collect();
    let start = || {
        let mut service = Command::new(env!("CARGO_BIN_EXE_mapwright"));
        service.args(&words).args(["--base-url", &world.sandbox().base_url()]);
        service.current_dir(world.folder.path()).stdin(Stdio::null());
        Running::of(service.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap())
    };
    let mut running = start();
    until("the events have arrived", || world.state().events.len() == 10);
    running.kill();
    std::fs::rename(world.path("events/live.ndjson"), world.path("events/live.ndjson.1")).unwrap();
    world.write("events/live.ndjson", "{}\n{\"type\":\"identify\",\"userId\":\"later\"}\n");
    let running = start();
    until("the new file is read", || world.state().contacts.len() == 11);
    until("the letter is written", || world.read("failed.ndjson").ends_with('\n'));
    running.signal("TERM");
    running.end().exits(code);
    assert_eq!(world.lines("failed.ndjson").len(), 1);
}

#[test]
fn systemd_accepts_the_unit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mapwright.service");
    std::fs::write(&path, unit().replace("/usr/local/bin/mapwright", env!("CARGO_BIN_EXE_mapwright")))
        .unwrap();
    // a machine without systemd has nothing to test
    let Ok(ended) = Command::new("systemd-analyze").arg("verify").arg(&path).output() else { return };
    assert!(ended.status.success() && ended.stderr.is_empty(), "{}", String::from_utf8_lossy(&ended.stderr));
}
