//! Compressed sources.

use mapwright_cli::input::{Limits, Source};
use serde_json::Value;

use crate::reading::{chunks, gzip, read, zstd};

#[test]
fn compression_is_told_by_content() {
    let lines = b"{\"a\":1}\n{\"a\":2}\n";
    let more = b"{\"a\":3}\n";
    let skippable = [&[0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3][..], &zstd(lines)].concat();
    for (name, bytes) in [
        ("plain", lines.to_vec()),
        ("gzip", gzip(lines)),
        ("gzip members", [gzip(b"{\"a\":1}\n{\""), gzip(b""), gzip(b"a\":2}\n")].concat()),
        ("zstd", zstd(lines)),
        ("zstd frames", [zstd(b"{\"a\":1}\n{\""), zstd(b""), zstd(b"a\":2}\n")].concat()),
        ("skippable frame", skippable),
    ] {
        for chunk in [1, 2, 3, 7, usize::MAX] {
            assert_eq!(
                read(vec![chunks(&bytes, chunk), chunks(more, chunk)], Limits::default()),
                [r#"1:1 {"a":1}"#, r#"2:1 {"a":2}"#, r#"1:1 {"a":3}"#],
                "{name} in pieces of {chunk}"
            );
        }
    }
    assert!(read(vec![chunks(&gzip(b""), 9), chunks(&zstd(b""), 9)], Limits::default()).is_empty());
}

#[test]
fn files_of_the_usual_tools_are_read() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
    let plain = read(vec![Source::file(format!("{directory}/events.ndjson"))], Limits::default());
    assert_eq!(plain.len(), 40);
    for name in
        ["gzip-9", "gzip-members", "zstd-3", "zstd-19-frames", "zstd-ultra-22", "zstd-stream", "array"]
    {
        let read = read(vec![Source::file(format!("{directory}/{name}"))], Limits::default());
        let json = |seen: &[String]| -> Vec<Value> {
            seen.iter().map(|it| serde_json::from_str(it.split_once(' ').unwrap().1).unwrap()).collect()
        };
        assert_eq!(json(&read), json(&plain), "{name}");
    }
}

#[test]
fn a_zstd_frame_may_ask_for_a_window_within_the_limit() {
    let limits = Limits { zstd_window: 1 << 20, ..Limits::default() };
    // of one segment each, which needs as much memory as its content has bytes, written in one, two or four bytes
    for (bytes, fits) in [(10, true), (300, true), (70_000, true), (1 << 20, true), ((1 << 20) + 1, false)] {
        let line = format!("{{\"a\":\"{}\"}}\n", "x".repeat(bytes - 9));
        let frame = ::zstd::bulk::compress(line.as_bytes(), 19).unwrap();
        let seen = read(vec![chunks(&frame, 5)], limits);
        if fits {
            assert_eq!(seen, [format!("1:1 {}", line.trim_end())]);
        } else {
            let problem =
                format!("needs a window of {bytes} bytes from line 1 on, more than the limit of 1048576");
            assert!(seen.len() == 1 && seen[0].contains(&problem), "{seen:?}");
        }
    }
    // streams, which state a power of two and eighths of it
    for (log, fits) in [(10, true), (20, true), (21, false)] {
        let mut encoder = ::zstd::Encoder::new(Vec::new(), 1).unwrap();
        encoder.set_parameter(::zstd::zstd_safe::CParameter::WindowLog(log)).unwrap();
        std::io::copy(&mut &b"{\"a\":1}\n".repeat(400_000)[..], &mut encoder).unwrap();
        let seen = read(vec![chunks(&encoder.finish().unwrap(), usize::MAX)], limits);
        assert_eq!(seen.len(), if fits { 400_000 } else { 1 }, "{log}");
    }
}

#[test]
fn broken_compression_ends_a_source_with_an_error() {
    let events: String = (0..40_000).map(|n| format!("{{\"number\":{}}}\n", n * 7919 % 10_007)).collect();
    let last = [br#"{"a":1}"#.as_slice()].concat();
    for (name, whole) in [("gzip", gzip(events.as_bytes())), ("zstd", zstd(events.as_bytes()))] {
        for (cut, damaged) in [
            (true, whole[..whole.len() / 2].to_vec()),
            (true, whole[..whole.len() - 1].to_vec()),
            (true, whole[..7].to_vec()),
            (true, [&whole[..], &whole[..3]].concat()),
            (false, [&whole[..], b"some garbage"].concat()),
            (false, [&whole[..whole.len() - 6], &[0x55; 6]].concat()),
        ] {
            let seen = read(vec![chunks(&damaged, 1000), chunks(&last, 1)], Limits::default());
            let [before @ .., error] = &seen[..] else { panic!("nothing read") };
            let [before @ .., next] = before else { panic!("nothing read") };
            assert_eq!(next, r#"1:1 {"a":1}"#);
            for (line, (seen, expected)) in (1..).zip(before.iter().zip(events.lines())) {
                assert_eq!(*seen, format!("{line}:1 {expected}"));
            }
            let text = if cut { "is truncated on" } else { "is damaged on" };
            let start = format!("error: the {name} data of `test` {text} line {}", before.len() + 1);
            assert!(error.starts_with(&start), "{error} does not start with {start}");
        }
    }
}
