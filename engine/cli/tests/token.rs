//! `mapwright send` to an API whose access token expires: a command or a file gives a new one.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use common::{Ran, root, run};

/// Answers 401 to every token but `fresh`.
fn serve(mut socket: TcpStream) -> std::io::Result<()> {
    let mut heard = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = socket.read(&mut buffer)?;
        heard.extend_from_slice(&buffer[..read]);
        let Some(head) = heard.windows(4).position(|end| end == b"\r\n\r\n") else {
            if read == 0 {
                return Ok(());
            }
            continue;
        };
        let text = String::from_utf8_lossy(&heard[..head]).to_lowercase();
        let length =
            text.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
        let end = head + 4 + length.unwrap_or(0);
        if heard.len() < end {
            continue;
        }
        heard.drain(..end);
        let status = if text.contains("authorization: bearer fresh") { "200 OK" } else { "401 Unauthorized" };
        write!(socket, "HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n")?;
    }
}

fn send(token: &[&str]) -> Ran {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            std::thread::spawn(move || serve(socket));
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let events = folder.path().join("events.ndjson");
    let event = |n| format!("{{\"type\":\"identify\",\"userId\":\"u{n}\"}}\n");
    std::fs::write(&events, (0..30).map(event).collect::<String>()).unwrap();
    let mappings = root().join("tests/mappings/parcel").display().to_string();
    let events = events.display().to_string();
    let target = ["send", &events, "--no-builtin", "--mappings", &mappings, "--base-url", &url];
    run([&target[..], &["--settings", "{\"token\": \"stale\"}"], token].concat())
}

#[test]
fn a_command_gives_a_new_token_once() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("asked");
    let command = format!("echo $MAPWRIGHT_SETTING >> {}; sleep 0.1; echo ' fresh'", log.display());
    let ran = send(&["--token-command", &command]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.stderr.contains("delivered  30"), "{ran}");
    assert_eq!(std::fs::read_to_string(&log).unwrap(), "token\n");
}

#[test]
fn a_file_gives_a_new_token() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "fresh\n").unwrap();
    let ran = send(&["--token-file", &file.display().to_string()]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.stderr.contains("delivered  30"), "{ran}");
}

#[test]
fn without_a_new_token_the_delivery_pauses_and_says_why() {
    for (token, problem) in [
        (&[][..], "nothing gives a new value of it"),
        (&["--token-command", "exit 3"], "`--token-command` failed (exit status: 3)"),
        (&["--token-command", "true"], "what `--token-command` or `--token-file` gives is empty"),
        (&["--token-command", "printf 'a\\nb\\n'"], "the new value has several lines"),
        (&["--token-file", "/nowhere/token"], "`/nowhere/token` cannot be read"),
        (&["--token-command", "echo wrong"], "answered with 401"),
    ] {
        let ran = send(token);
        assert_eq!(ran.code, Some(2), "{token:?} {ran}");
        assert!(ran.stderr.contains(problem), "{token:?} {ran}");
        assert!(!ran.stderr.contains("stale") && !ran.stderr.contains("wrong"), "{token:?} {ran}");
    }
}
