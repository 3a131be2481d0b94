//! Memory stays flat over an input of any length.
//!
//! A separate process reads a generated stream from a pipe and reports its peak of resident memory. The stream has 64 MB
//! of each kind; `MAPWRIGHT_MEMORY_TEST_MB=1024 cargo test --release -p mapwright-cli --test memory` uses more.
#![cfg(target_os = "linux")]
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::process::{Command, Stdio};

use flate2::Compression;
use flate2::write::GzEncoder;
use mapwright_cli::input::{Event, Input, Limits, Source};
use mapwright_cli::pipeline::{self, Options};

/// The highest allowed peak of a run, in kB.
const LIMIT_KB: u64 = 64 * 1024;
const CHILD: &str = "MAPWRIGHT_MEMORY_TEST_THREADS";

/// The child process: reads the events of standard input and discards them.
#[test]
fn child() {
    let Ok(threads) = std::env::var(CHILD) else { return };
    let threads: NonZeroUsize = threads.parse().unwrap();
    let input = Input::new([Source::stdin()], Limits::default());
    let options = Options { threads, ..Options::default() };
    let report = pipeline::run(input, (), &mut io::sink(), &options, &|| {
        |event: &Event<'_>, output: &mut Vec<u8>| {
            match event.json {
                Ok(bytes) => output.extend_from_slice(bytes),
                Err(fault) => writeln!(output, "{fault}").unwrap(),
            }
            1_u64
        }
    });
    let report = report.unwrap();
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak = peak.trim().trim_end_matches(" kB");
    println!("\nevents {} errors {} peak {peak} end", report.tally, report.source_errors.len());
}

/// Feeds a child until `size` bytes are written. Returns its events, errors, and peak in kB.
fn feed(threads: usize, size: u64, mut next: impl FnMut() -> Vec<u8>) -> (u64, u64, u64) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture"])
        .env(CHILD, threads.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut written = 0;
    while written < size {
        let bytes = next();
        stdin.write_all(&bytes).unwrap();
        written += bytes.len() as u64;
    }
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let output = String::from_utf8(output.stdout).unwrap();
    let words: Vec<_> = output.lines().find(|line| line.starts_with("events ")).unwrap().split(' ').collect();
    (words[1].parse().unwrap(), words[3].parse().unwrap(), words[5].parse().unwrap())
}

fn size() -> u64 {
    std::env::var("MAPWRIGHT_MEMORY_TEST_MB").map_or(64, |size| size.parse().unwrap()) * 1_000_000
}

fn check(name: &str, threads: usize, size: u64, events: Option<u64>, next: impl FnMut() -> Vec<u8>) {
    let (read, errors, peak) = feed(threads, size, next);
    println!("{name}, {threads} threads: {read} events, peak {peak} kB");
    assert_eq!(errors, 0, "{name}");
    assert!(events.is_none_or(|events| events == read), "{name}: {read} events");
    assert!(peak < LIMIT_KB, "{name} with {threads} threads took {peak} kB");
}

/// One event of 1 kB.
fn event() -> String {
    format!("{{\"type\":\"identify\",\"userId\":\"u1\",\"context\":{{\"pad\":\"{}\"}}}}", "x".repeat(950))
}

#[test]
fn memory_stays_flat() {
    let lines = (event() + "\n").repeat(100).into_bytes();
    for threads in [1, 2, 32] {
        let chunks = size().div_ceil(lines.len() as u64);
        check("NDJSON", threads, size(), Some(chunks * 100), || lines.clone());
    }
    let mut elements =
        std::iter::once(b"[".to_vec()).chain(std::iter::repeat((event() + ",").repeat(100).into_bytes()));
    check("array", 2, size(), None, || elements.next().unwrap());
}

#[test]
fn memory_stays_flat_with_compressed_input() {
    // a thousandth of the decompressed size
    let lines = (event() + "\n").repeat(1000).into_bytes();
    let times = size().div_ceil(lines.len() as u64);
    for (name, member) in [("gzip", gzip(&lines)), ("zstd", zstd::encode_all(&lines[..], 1).unwrap())] {
        check(name, 2, times * member.len() as u64, Some(times * 1000), || member.clone());
    }
}

#[test]
fn memory_stays_flat_with_hostile_input() {
    let zeros = vec![b'0'; 1_000_000];
    for (name, first) in
        [("a line without an end", ""), ("a string without an end", "[\""), ("an array of one", "[1")]
    {
        let mut chunks = std::iter::once(first.as_bytes().to_vec()).chain(std::iter::repeat(zeros.clone()));
        check(name, 2, size(), None, || chunks.next().unwrap());
    }
    let bomb = gzip(&zeros);
    let times = size().div_ceil(1_000_000);
    check("a gzip bomb", 2, times * bomb.len() as u64, Some(1), || bomb.clone());
    let bomb = zstd::encode_all(&zeros[..], 1).unwrap();
    check("a zstd bomb", 2, times * bomb.len() as u64, Some(1), || bomb.clone());
    let large = format!("{{\"a\":\"{}\"}}\n", "x".repeat(4 * 1024 * 1024 - 20)).into_bytes();
    check("large events", 2, size(), None, || large.clone());
    check("small events", 2, size() / 16, None, || b"{}\n".repeat(100_000));
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
