//! The examples of all help texts run as printed, in a folder with the files that they name.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]
#![cfg(unix)]

#[path = "common/sandbox.rs"]
mod sandbox;

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use sandbox::{TOKEN, World, samples};

const HELPS: [&str; 19] = [
    "mapwright --help",
    "mapwright map --help",
    "mapwright explain --help",
    "mapwright send --help",
    "mapwright delete --help",
    "mapwright check-connection --help",
    "mapwright test --help",
    "mapwright sandbox --help",
    "mapwright show --help",
    "mapwright docs --help",
    "mapwright diff --help",
    "mapwright list --help",
    "mapwright schema --help",
    "mapwright new --help",
    "mapwright import --help",
    "mapwright fmt --help",
    "mapwright lsp --help",
    "mapwright completions --help",
    "validate-mappings --help",
];

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The files that examples name.
fn prepare(world: &World) {
    let events = fs::read_to_string(samples()).unwrap();
    let settings = fs::read_to_string(root().join("tests/data/samples/settings.yaml")).unwrap();
    let token = settings.lines().find(|line| line.starts_with("apiKey:")).unwrap();
    world.write("settings.yaml", settings.replace(token, &format!("apiKey: {TOKEN}")));
    world.write("token.txt", TOKEN);
    world.write("table.csv", "source,target,required,type\ngroupId,id,yes,string\n");
    world.write("rows.json", r#"[{ "destKey": "id", "sourceKeys": "userId", "required": true }]"#);
    let api = "openapi: 3.0.3\ninfo: { title: Acme, version: '1' }\npaths: { /users: { post: { operationId: createUser } } }\n";
    world.write("api.yaml", api);
    world.write("presets.json", r#"{ "email": { "@path": "$.traits.email" } }"#);
    world.write("event.json", events.lines().next().unwrap());
    world.write("users.csv", "userId\nu1\n");
    world.write("answers.yaml", "create_event: [{ status: 503 }, { status: 202 }]\n");
    world.write("report.ndjson", "{\"userId\":\"u1\",\"outcome\":\"failed\"}\n");
    world.write("failed.ndjson", &events);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(events.as_bytes()).unwrap();
    fs::write(world.path("events.json.gz"), packed.finish().unwrap()).unwrap();
    world.write("events.ndjson", events);
    for folder in ["bin", "my", ".config/fish"] {
        fs::create_dir_all(world.path(folder)).unwrap();
    }
    for folder in ["mappings", "schemas"] {
        fs::create_dir(world.path(folder)).unwrap();
    }
    std::os::unix::fs::symlink(world.path("mappings"), world.path("my/mappings")).unwrap();
    for side in ["old", "new"] {
        fs::create_dir(world.path(side)).unwrap();
        std::os::unix::fs::symlink(world.path("mappings"), world.path(side).join("mappings")).unwrap();
    }
    // the consumer of the output does not matter
    world.write("bin/jq", "#!/bin/sh\ncat > /dev/null\n");
    fs::set_permissions(world.path("bin/jq"), fs::Permissions::from_mode(0o755)).unwrap();
    for (name, path) in [
        ("mapwright", env!("CARGO_BIN_EXE_mapwright")),
        ("validate-mappings", env!("CARGO_BIN_EXE_validate-mappings")),
    ] {
        std::os::unix::fs::symlink(path, world.path("bin").join(name)).unwrap();
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// The destinations that a help names, and two more: that of the sample's settings, and the last.
fn copy_destinations(world: &World, help: &str) {
    let all = fs::read_dir(root().join("mappings")).unwrap();
    let mut names: Vec<String> = all.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    let more = [Some("intercom"), names.last().map(String::as_str)];
    let is_wanted = |name: &&String| help.contains(name.as_str()) || more.contains(&Some(name.as_str()));
    for name in names.iter().filter(is_wanted) {
        for folder in ["mappings", "schemas"] {
            copy(&root().join(folder).join(name), &world.path(folder).join(name));
        }
    }
}

fn shell(world: &World, line: &str) -> Output {
    let path = format!("{}:{}", world.path("bin").display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("sh");
    // without `pipefail`, only the last command's exit code counts; the tests check stderr too
    command.args(["-c", line]).current_dir(world.path("."));
    command.env("PATH", path).env("HOME", world.path("."));
    command.stdin(std::process::Stdio::null()).output().unwrap()
}

/// Changes an example so that it reaches only the sandbox.
fn to_sandbox(line: &str, url: &str) -> String {
    let mut line = line.replace("--base-url http://127.0.0.1:8085 ", "").replace('…', TOKEN);
    for command in ["send", "delete", "check-connection"] {
        line =
            line.replace(&format!("mapwright {command} "), &format!("mapwright {command} --base-url {url} "));
    }
    // it runs until it is interrupted, and the port may be taken
    line = line.replace("mapwright sandbox", "timeout --preserve-status --signal=INT 2 mapwright sandbox");
    line = line.replace("--port 8085", "--port 0");
    // the settings are those of another destination
    if line.starts_with("mapwright diff") {
        line = line.replace(
            "--settings settings.yaml",
            "--set email=a@example.com --set domain=acme --set apiToken=token",
        );
    }
    // there is no terminal for a confirmation
    line.replace("--user-id 1hKOmRA4GRlm", "--user-id 1hKOmRA4GRlm --yes")
}

/// Runs the examples of a help, and returns how many they are.
fn run_examples(help: &str) -> usize {
    let world = World::new();
    prepare(&world);
    let text = String::from_utf8(shell(&world, help).stdout).unwrap();
    copy_destinations(&world, &text);
    let (_, examples) = text.split_once("\nExamples").unwrap_or_default();
    let examples: Vec<&str> = examples
        .lines()
        .filter_map(|line| line.strip_prefix("  "))
        // it runs until it is stopped, or needs a repository
        .filter(|line| !line.contains("--tail") && !line.contains("--since") && !line.contains("--against"))
        .collect();
    assert!(!examples.is_empty(), "{help}");
    for example in &examples {
        let ran = shell(&world, &to_sandbox(example, &world.sandbox().base_url()));
        let said = String::from_utf8_lossy(&ran.stderr);
        assert!(
            matches!(ran.status.code(), Some(0 | 1)) && !said.contains("error:"),
            "{help}\n{example}\n{said}"
        );
    }
    examples.len()
}

#[test]
fn the_examples_of_every_help_run() {
    let (odd, even): (Vec<_>, Vec<_>) = HELPS.iter().enumerate().partition(|(at, _)| at % 2 == 1);
    let count: usize = std::thread::scope(|scope| {
        let run = |helps: Vec<(usize, &'static &str)>| {
            scope.spawn(move || helps.into_iter().map(|(_, help)| run_examples(help)).sum::<usize>())
        };
        [run(odd), run(even)].into_iter().map(|ran| ran.join().unwrap()).sum()
    });
    assert!(count > 30, "{count} examples");
}
