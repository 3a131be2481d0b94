//! The output is closed, or the command is interrupted.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};

use common::{TO_ACME, command, line};

fn start(args: &[&str]) -> Child {
    let mut command = command(line(&[args, &TO_ACME]));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn stderr(child: &mut Child) -> String {
    let mut text = String::new();
    child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    text
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    for threads in ["1", "4"] {
        let mut child = start(&["map", "--threads", threads]);
        let mut stdin = child.stdin.take().unwrap();
        // far more than a pipe buffers, so that the command notices the closed output
        let feeder = std::thread::spawn(move || {
            let event = b"{\"type\":\"track\",\"event\":\"x\"}\n".repeat(1_000);
            while stdin.write_all(&event).is_ok() {}
        });
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        stdout.read_line(&mut first).unwrap();
        assert!(first.starts_with("{\"line\":1,"), "{first}");
        drop(stdout);
        feeder.join().unwrap();
        let said = stderr(&mut child);
        assert_eq!((child.wait().unwrap().code(), said.as_str()), (Some(0), ""), "{threads} threads");
    }
    for args in [&["list"][..], &["--help"], &["completions", "bash"], &["show", "intercom/2.10/identify"]] {
        let mut command = command(args);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let said = stderr(&mut child);
        assert_eq!((child.wait().unwrap().code(), said.as_str()), (Some(0), ""), "{args:?}");
    }
}

#[test]
fn an_interrupt_leaves_whole_lines() {
    for threads in ["1", "2"] {
        let mut child = start(&["map", "--threads", threads]);
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(&b"{\"type\":\"track\",\"event\":\"x\"}\n".repeat(100)).unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut text = String::new();
        stdout.read_line(&mut text).unwrap();
        // the input stays open: the command is waiting for more when it is interrupted
        assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
        stdout.read_to_string(&mut text).unwrap();
        let said = stderr(&mut child);
        assert_eq!(child.wait().unwrap().code(), Some(130), "{threads} threads: {said}");
        drop(stdin);
        assert!(text.ends_with("}\n"), "{text}");
        for line in text.lines() {
            serde_json::from_str::<serde_json::Value>(line).unwrap();
        }
        let read = format!("read      {} in", text.lines().count());
        assert!(said.starts_with(&read), "{said}");
    }
}
