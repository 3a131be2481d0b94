//! The tutorials are correct: the tests create their files, run their commands, and compare the output.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![cfg(unix)]

use std::path::Path;
use std::process::Command;

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

/// Returns whether a text matches, where `…` stands for anything.
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

/// Does what a page says in an empty folder. Returns how many files it creates and how many commands it runs.
fn follow(page: &str) -> (usize, usize) {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(page);
    let page = std::fs::read_to_string(page).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let binaries = Path::new(env!("CARGO_BIN_EXE_mapwright")).parent().unwrap();
    let path = format!("{}:{}", binaries.display(), std::env::var("PATH").unwrap());
    let (mut files, mut commands) = (0, 0);
    for Block { language, before, text } in blocks(&page) {
        if language == "console" {
            for (command, expected) in session(&text) {
                let mut shell = Command::new("sh");
                shell.args(["-c", command]).current_dir(folder.path()).env("PATH", &path);
                let output = shell.output().unwrap();
                let printed = [output.stdout, output.stderr].concat();
                let printed = String::from_utf8(printed).unwrap();
                assert!(
                    is_like(&words(&printed), &words(expected)),
                    "$ {command}\n{printed}\nexpected\n{expected}"
                );
                commands += 1;
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
