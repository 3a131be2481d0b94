//! The tutorials are correct: the tests create their files, run their commands, and compare the output.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![cfg(unix)]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A block of the page: its language, the line before it, and its text.
struct Block<'p> {
    language: &'p str,
    before: &'p str,
    text: String,
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    let mut before = "";
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let text = lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n"));
            blocks.push(Block { language, before, text: text.collect() });
        }
        before = line;
    }
    blocks
}

/// Returns the commands of a session with their output.
fn session(text: &str) -> Vec<(&str, &str)> {
    let commands = text.split("$ ").filter(|command| !command.is_empty());
    commands.map(|command| command.split_once('\n').unwrap()).collect()
}

/// Returns whether a string matches, where `…` stands for anything.
fn is_like(text: &str, expected: &str) -> bool {
    let mut parts = expected.split('…');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some((_, behind)) = rest.split_once(part) else { return false };
        rest = behind;
    }
    rest.ends_with(last)
}

/// Collapses spaces: the width of columns depends on files that the page does not show.
fn words(text: &str) -> String {
    text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ") + "\n").collect()
}

/// The port that pages state. A test takes one that is free.
const PORT: &str = "8085";

/// A command that a page starts in the background, which ends with the test.
struct Background {
    child: Child,
    /// The port that it listens on.
    port: String,
}

impl Background {
    /// Starts a command, and reads the line that says where it listens.
    fn start(mut shell: Command, command: &str, expected: &str) -> Self {
        // without the shell, so that it can be ended
        shell.args(["-c", &format!("exec {}", command.replace(PORT, "0"))]);
        let mut child = shell.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().rsplit(':').next().unwrap().to_owned();
        let background = Self { child, port };
        assert_eq!(line, expected.replace(PORT, &background.port), "$ {command}");
        background
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Does what a page says in an empty folder. Returns how many files it creates and how many commands it runs.
fn follow(page: &str) -> (usize, usize) {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(page);
    let page = std::fs::read_to_string(page).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let binaries = Path::new(env!("CARGO_BIN_EXE_mapwright")).parent().unwrap();
    let path = format!("{}:{}", binaries.display(), std::env::var("PATH").unwrap());
    let (mut files, mut commands) = (0, 0);
    let mut background: Option<Background> = None;
    for Block { language, before, text } in blocks(&page) {
        if language == "console" {
            for (command, expected) in session(&text) {
                commands += 1;
                let mut shell = Command::new("sh");
                shell.current_dir(folder.path()).env("PATH", &path);
                if let Some(command) = command.strip_suffix(" &") {
                    background = Some(Background::start(shell, command, expected));
                    continue;
                }
                let port = background.as_ref().map_or(PORT, |background| &background.port);
                shell.args(["-c", &command.replace(PORT, port)]);
                let output = shell.output().unwrap();
                let printed = [output.stdout, output.stderr].concat();
                let printed = String::from_utf8(printed).unwrap();
                assert!(
                    is_like(&words(&printed), &words(expected)),
                    "$ {command}\n{printed}\nexpected\n{expected}"
                );
            }
        } else {
            let name = before.strip_prefix('`').and_then(|name| name.strip_suffix('`'));
            let path = folder.path().join(name.unwrap_or_else(|| panic!("no file is named before\n{text}")));
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
            files += 1;
        }
    }
    (files, commands)
}

#[test]
fn getting_started_is_true() {
    assert_eq!(follow("getting-started.md"), (8, 8));
}

#[test]
fn the_walk_through_a_new_version_is_true() {
    assert_eq!(follow("tutorial.md"), (5, 10));
}

#[test]
fn the_way_of_a_batch_is_true() {
    assert_eq!(follow("batching.md"), (6, 5));
}

#[test]
fn texts_are_compared_around_what_is_left_out() {
    for (text, expected, like) in [
        ("ab\n", "ab\n", true),
        ("ab\n", "a\n", false),
        ("a1b2c\n", "a…b…c\n", true),
        ("a1c2b\n", "a…b…c\n", false),
        ("xa\n", "a…\n", false),
    ] {
        assert_eq!(is_like(text, expected), like, "{text} {expected}");
    }
}
