//! Who can read what is written, and what errors repeat.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use intercom_sandbox::Fault;

use crate::sandbox::{Running, World, events, until};

fn mode(world: &World, name: &str) -> u32 {
    fs::metadata(world.path(name)).unwrap().permissions().mode() & 0o777
}

#[test]
fn what_is_written_is_for_its_owner_alone() {
    let world = World::new();
    world.write("events.ndjson", format!("{{}}\n{}", events(2)));
    let args = ["--dead-letter", "dead", "--summary", "summary", "--checkpoint", "progress"];
    world.run(&[&["send", "events.ndjson"][..], &args].concat()).exits(1);
    world.run(&["delete", "--user-id", "u0", "--yes", "--report", "report.csv"]).exits(0);
    world.run_offline(&["map", "events.ndjson", "--set", "apiKey=k", "-o", "requests"]).exits(1);
    for name in ["dead", "summary", "progress", "report.csv", "requests"] {
        assert_eq!(mode(&world, name), 0o600, "{name}");
    }
    // a file that is there keeps the permissions that somebody has given it
    for name in ["dead", "summary", "requests"] {
        fs::set_permissions(world.path(name), PermissionsExt::from_mode(0o640)).unwrap();
    }
    world.run(&["send", "events.ndjson", "--dead-letter", "dead", "--summary", "summary"]).exits(1);
    world.run_offline(&["map", "events.ndjson", "--set", "apiKey=k", "-o", "requests"]).exits(1);
    for name in ["dead", "summary", "requests"] {
        assert_eq!(mode(&world, name), 0o640, "{name}");
    }
}

#[test]
fn a_checkpoint_does_not_have_the_token() {
    let world = World::new();
    world.write("events.ndjson", events(2));
    world.run(&["send", "events.ndjson", "--checkpoint", "progress"]).exits(0);
    let progress = world.read("progress");
    assert!(progress.contains("setting `apiKey`"), "{progress}");
    assert!(!progress.contains(crate::sandbox::TOKEN), "{progress}");
    // nor does it have a hash that is long enough to find a token by it
    let facts = crate::sandbox::lines(progress.lines().next().unwrap().split_once(' ').unwrap().1);
    let facts = facts[0]["identity"]["facts"].as_object().unwrap();
    assert!(facts.values().all(|hash| hash.as_str().unwrap().len() == 8), "{progress}");
}

fn mapwright(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mapwright"));
    command.args(args).current_dir(folder).stdin(Stdio::null()).output().unwrap()
}

#[test]
fn errors_of_arguments_repeat_neither_settings_nor_passwords() {
    let world = World::new();
    world.write("events.ndjson", events(1));
    let commands: [&[&str]; 5] = [
        &["map", "events.ndjson"],
        &["explain", "events.ndjson"],
        &["send", "events.ndjson"],
        &["delete", "--user-id", "u", "--yes"],
        &["check-connection"],
    ];
    let settings = [
        "apiKey: zQ7xvW9k",
        "apiKey: zQ7xvW9k\napiServer: eu",
        "---\napiKey: zQ7xvW9k",
        "apiKey: zQ7xvW9k.json",
        "apiKey: ./zQ7xvW9k",
        "apiKey:zQ7xvW9k",
        "apiKey=zQ7xvW9k",
        "{apiKey: zQ7xvW9k}",
        "{\"apiKey\": zQ7xvW9k}",
        "zQ7xvW9k",
        "\"zQ7xvW9k\"",
    ];
    let urls = [
        "http://user:zQ7xvW9k@127.0.0.1:1",
        "user:zQ7xvW9k@127.0.0.1:1",
        "http:/user:zQ7xvW9k@h:99999",
        "https://user:zQ7xvW9k@h:port",
        "https://user:zQ7xvW9k",
        "https://user:zQ7xvW9k?x",
        "https://user:zQ7xvW9k%40h:x",
        "https://user:a@zQ7xvW9k/zQ7xvW9k@h",
        "https//user:zQ7xvW9k@h",
        "ftp://user:zQ7xvW9k@h",
        "https://zQ7xvW9k@h",
    ];
    let clean = |args: &[&str]| {
        let output = mapwright(world.folder.path(), args);
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert!(!said.to_lowercase().contains("zq7x"), "{args:?}: {said}");
    };
    for command in commands {
        for settings in settings {
            clean(&[command, &["--settings", settings]].concat());
        }
    }
    for command in commands.into_iter().filter(|command| !["map", "explain"].contains(&command[0])) {
        for url in urls {
            clean(&[command, &["--secret", "apiKey=@token", "--base-url", url]].concat());
            clean(&[command, &["--secret", "apiKey=@token", &format!("--base-url={url}")]].concat());
        }
    }
    // a value without quotes
    clean(&["delete", "--user-id", "u", "--settings", "apiKey:", "zQ7xvW9k"]);
    // the name of an option is no secret
    let said = mapwright(world.folder.path(), &["map", "--setings", "x"]).stderr;
    assert!(String::from_utf8_lossy(&said).contains("--setings"));
}

#[test]
fn a_response_that_repeats_the_token_leaves_no_trace_after_a_kill() {
    // the sandbox answers what it was asked, and the event is killed while its next request hangs
    let world = World::new();
    let token = crate::sandbox::TOKEN;
    world.write(
        "events.ndjson",
        format!("{{\"type\":\"identify\",\"userId\":\"{token}\",\"traits\":{{\"company\":{{\"id\":\"{token}\",\"name\":\"{token}\"}}}}}}\n"),
    );
    let mut running =
        world.start(&["send", "events.ndjson", "--checkpoint", "progress", "--api-version", "2.10"]);
    until("a response is recorded", || {
        if world.stats().total == 2 {
            world.sandbox().set_outage(Some(Fault::HangBefore));
        }
        fs::read_to_string(world.path("progress")).is_ok_and(|text| text.contains("\"is\":\"answer\""))
            || running.is_over()
    });
    running.kill();
    let progress = world.read("progress");
    assert!(progress.contains("\"is\":\"answer\""), "{progress}");
    assert!(!progress.contains(token), "{progress}");
}

/// Puts something into a project.
type Make<'m> = &'m dyn Fn(&Path);

/// A folder of mappings with something in it that is none.
fn hostile(make: impl FnOnce(&Path)) -> World {
    let world = World::new();
    world.write("outside.yaml", "secret-from-outside: [zQ7x\n");
    fs::create_dir_all(world.path("far/away")).unwrap();
    fs::copy(world.path("outside.yaml"), world.path("far/away/file.yaml")).unwrap();
    let folder = world.path("project/mappings/acme/1.0");
    fs::create_dir_all(&folder).unwrap();
    let destination = "title: Acme\nnames: [Acme]\nversions: { default: '1.0' }\nhosts: [api.example.com]\n";
    fs::write(world.path("project/mappings/acme/destination.yaml"), destination).unwrap();
    let version = "version: '1.0'\nserver: { value: https://api.example.com }\noperations: {}\n";
    fs::write(folder.join("version.yaml"), version).unwrap();
    make(&world.path("project"));
    world
}

#[test]
fn a_folder_of_mappings_does_not_reach_out_of_itself() {
    let pipe = |path: &Path| assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    let cases: [(&str, Make<'_>); 8] = [
        ("leads out", &|project| {
            symlink("../../../outside.yaml", project.join("mappings/acme/identify.yaml")).unwrap()
        }),
        ("leads out", &|project| {
            symlink("../../../../far/away", project.join("mappings/acme/1.0/more")).unwrap()
        }),
        ("leads out", &|project| symlink("../../far", project.join("mappings/far")).unwrap()),
        ("leads out", &|project| symlink("../far", project.join("schemas")).unwrap()),
        ("leads out", &|project| {
            symlink("/etc/passwd", project.join("mappings/acme/1.0/track.yaml")).unwrap()
        }),
        ("No such file", &|project| {
            symlink("nowhere", project.join("mappings/acme/1.0/track.yaml")).unwrap()
        }),
        ("a pipe", &|project| pipe(&project.join("mappings/acme/1.0/track.yaml"))),
        ("a pipe", &|project| {
            fs::create_dir(project.join("schemas")).unwrap();
            pipe(&project.join("schemas/track.json"));
        }),
    ];
    for (reason, make) in cases {
        let world = hostile(make);
        let validate = || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_validate-mappings"));
            command.args(["project/mappings", "--no-tests"]);
            command
        };
        let map = || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_mapwright"));
            command.args(["list", "--no-builtin", "--mappings", "project/mappings"]);
            command
        };
        for mut command in [validate(), map()] {
            command.current_dir(world.folder.path()).stdin(Stdio::null());
            let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
            let ended = Running::of(child).end();
            let said = format!("{}{}", ended.stdout, ended.stderr);
            assert_eq!(ended.code, Some(2), "{said}");
            assert!(said.contains(reason), "{reason}: {said}");
            assert!(!said.contains("zQ7x") && !said.contains("root:"), "{said}");
        }
    }
}

#[test]
fn a_configuration_is_a_file() {
    let world = hostile(|project| {
        assert!(Command::new("mkfifo").arg(project.join("mapwright.toml")).status().unwrap().success());
    });
    let mut command = Command::new(env!("CARGO_BIN_EXE_validate-mappings"));
    command.args(["project/mappings", "--no-tests"]).current_dir(world.folder.path()).stdin(Stdio::null());
    let ended = Running::of(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()).end();
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains("a pipe"), "{}", ended.stderr);
}

#[test]
fn links_within_a_folder_of_mappings_are_followed() {
    let world = hostile(|project| {
        let folder = project.join("mappings/acme/1.0");
        let identify = "message: identify\nsteps: {}\n";
        fs::write(folder.join("identify.yaml"), identify).unwrap();
        symlink("README", folder.join("NOTES")).unwrap();
        symlink("../../../../outside.yaml", folder.join("ignored.txt")).unwrap();
        symlink(folder.join("version.yaml"), project.join("mappings/acme/1.0/copy.json")).unwrap();
    });
    symlink(world.path("project/mappings"), world.path("linked")).unwrap();
    let ended = world.run_offline(&["list", "--no-builtin", "--mappings", "linked"]);
    assert!(!ended.stderr.contains("leads out"), "{}", ended.stderr);
}
