//! Runs the real binary in the folder of fixtures.
#![allow(dead_code, reason = "not every test uses everything")]

use std::ffi::OsStr;
use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The result of a run.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code.map_or_else(|| "a signal".to_owned(), |code| code.to_string());
        write!(f, "exit {code}\n--- stdout\n{}--- stderr\n{}", self.stdout, without_speed(&self.stderr))
    }
}

/// Removes the speed, which differs between runs.
pub(crate) fn without_speed(stderr: &str) -> String {
    let line = |line: &str| match (line.starts_with("read "), line.split_once(" in ")) {
        (true, Some((read, _))) => format!("{read} in … s, … events/s\n"),
        _ => format!("{line}\n"),
    };
    stderr.lines().map(line).collect()
}

/// Returns the folder of fixtures.
pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// Returns the top folder of the project.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Returns the command, to be run in the folder of fixtures.
pub(crate) fn command<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mapwright"));
    command.args(args).current_dir(fixtures()).stdin(Stdio::null());
    command
}

/// Runs it.
pub(crate) fn run<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Ran {
    finish(command(args))
}

/// Runs it in another folder.
pub(crate) fn run_in<A: AsRef<OsStr>>(folder: &Path, args: impl IntoIterator<Item = A>) -> Ran {
    let mut command = command(args);
    command.current_dir(folder);
    finish(command)
}

/// Runs it with this on its standard input.
pub(crate) fn run_with<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>, input: &[u8]) -> Ran {
    let mut command = command(args);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || {
        // a command may stop reading early
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    ran(output)
}

fn finish(mut command: Command) -> Ran {
    ran(command.output().unwrap())
}

fn ran(output: std::process::Output) -> Ran {
    Ran {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The arguments that select the made-up destination.
pub(crate) const ACME: [&str; 3] = ["--no-builtin", "--mappings", "acme"];
/// The same arguments with settings and a fixed time.
pub(crate) const TO_ACME: [&str; 7] = [
    "--no-builtin",
    "--mappings",
    "acme",
    "--settings",
    "acme/settings.yaml",
    "--now",
    "2024-05-01T12:00:00Z",
];

/// Concatenates parts of a command line.
pub(crate) fn line<'a>(parts: &[&[&'a str]]) -> Vec<&'a str> {
    parts.concat()
}
