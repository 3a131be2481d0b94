//! Reading sources in all formats, with the position of every fault.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

use std::io::{self, Read, Write};

use flate2::Compression as Level;
use flate2::write::GzEncoder;
use mapwright_cli::input::{Batch, BatchSize, Input, Limits, Source, SourceErrorKind};
use proptest::prelude::*;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use serde_json::Value;

/// A reader that returns at most `chunk` bytes at once.
struct Chunks {
    bytes: Vec<u8>,
    at: usize,
    chunk: usize,
}

impl Read for Chunks {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let count = rest.len().min(self.chunk).min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.at += count;
        Ok(count)
    }
}

fn chunks(bytes: &[u8], chunk: usize) -> Source {
    Source::reader("test", Chunks { bytes: bytes.to_vec(), at: 0, chunk })
}

/// Returns everything that is read, one line each: `line:column bytes` or `line:column ! fault`, and the errors.
fn read(sources: Vec<Source>, limits: Limits) -> Vec<String> {
    let mut input = Input::new(sources, limits);
    let mut batch = Batch::new(BatchSize { bytes: 64, events: 3 });
    let mut seen = Vec::new();
    while input.fill(&mut batch) {
        for event in batch.events() {
            let place = format!("{}:{}", event.place.line, event.place.column);
            assert_eq!(event.index, seen.len() as u64 + 1);
            seen.push(match event.json {
                Ok(bytes) => format!("{place} {}", String::from_utf8_lossy(bytes)),
                Err(fault) => format!("{place} ! {fault}"),
            });
        }
    }
    assert_eq!(input.position().events, seen.len() as u64);
    seen.extend(input.take_errors().iter().map(|error| format!("error: {error}")));
    seen
}

/// Reads in chunks of every size, with the same result.
fn read_all_ways(bytes: &[u8], limits: Limits) -> Vec<String> {
    let whole = read(vec![chunks(bytes, usize::MAX)], limits);
    for chunk in 1..bytes.len().min(40) {
        assert_eq!(read(vec![chunks(bytes, chunk)], limits), whole, "in pieces of {chunk}");
    }
    whole
}

fn small_limit(event_bytes: usize) -> Limits {
    Limits { event_bytes, ..Limits::default() }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Level::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    compress_to_vec(bytes, CompressionLevel::Fastest)
}

/// Input (`$` ends a line) and the expected events.
type Case = (&'static str, &'static [&'static str]);

fn check(cases: &[Case], limits: Limits) {
    for (input, expected) in cases {
        let bytes = input.replace('$', "\n");
        assert_eq!(read_all_ways(bytes.as_bytes(), limits), *expected, "input: {input}");
    }
}

#[test]
fn ndjson_is_cut_at_newlines() {
    check(
        &[
            ("", &[]),
            ("$$  $\t$", &[]),
            (r#"{"a":1}"#, &[r#"1:1 {"a":1}"#]),
            (r#"{"a":1}${"a":2}$"#, &[r#"1:1 {"a":1}"#, r#"2:1 {"a":2}"#]),
            (r#"$${"a":1}$$  {"a":2}  $ $"#, &[r#"3:1 {"a":1}"#, r#"5:3 {"a":2}"#]),
            ("{\"a\":1}\r${\"a\":2}\r$\r$", &[r#"1:1 {"a":1}"#, r#"2:1 {"a":2}"#]),
            // a broken line affects only itself, wherever it is
            (
                r#"{"a":1}${"a":${"a":3}$}$[${"a":6}"#,
                &[r#"1:1 {"a":1}"#, r#"2:1 {"a":"#, r#"3:1 {"a":3}"#, "4:1 }", "5:1 [", r#"6:1 {"a":6}"#],
            ),
            (r#"{"a" 1}${"a":2}$"#, &[r#"1:1 {"a" 1}"#, r#"2:1 {"a":2}"#]),
            (r#"{"a":1,${"a":2}$"#, &[r#"1:1 {"a":1,"#, r#"2:1 {"a":2}"#]),
            (r#"{"a":${"a":2}"#, &[r#"1:1 {"a":"#, r#"2:1 {"a":2}"#]),
            (r#"{"a":"x${"a":2}$"#, &[r#"1:1 {"a":"x"#, r#"2:1 {"a":2}"#]),
            (r#"e":1}${"a":2}$"#, &[r#"1:1 e":1}"#, r#"2:1 {"a":2}"#]),
            // two values on a line other than the first are one event, which the worker rejects
            (r#"{"a":1}${"a":2} {"a":3}$"#, &[r#"1:1 {"a":1}"#, r#"2:1 {"a":2} {"a":3}"#]),
            (r#"{"a":1},${"a":2},$"#, &[r#"1:1 {"a":1},"#, r#"2:1 {"a":2},"#]),
            ("{\"a\":\"\0\"}$\0$", &["1:1 {\"a\":\"\0\"}", "2:1 \0"]),
            ("\u{feff}{\"a\":1}$\u{feff}{\"a\":2}", &[r#"1:1 {"a":1}"#, "2:1 \u{feff}{\"a\":2}"]),
            ("\u{feff}", &[]),
            ("not json", &["1:1 not json"]),
        ],
        Limits::default(),
    );
}

#[test]
fn values_follow_each_other() {
    check(
        &[
            (r#"{"a":1}{"a":2}"#, &[r#"1:1 {"a":1}"#, r#"1:8 {"a":2}"#]),
            (r#"{"a":1} {"a":2}$ {"a":3}"#, &[r#"1:1 {"a":1}"#, r#"1:9 {"a":2}"#, r#"2:2 {"a":3}"#]),
            (
                "{$  \"a\": {$    \"b\": []$  }$}${$  \"a\": \"}\\\"{\"$}$",
                &["1:1 {\n  \"a\": {\n    \"b\": []\n  }\n}", "6:1 {\n  \"a\": \"}\\\"{\"\n}"],
            ),
            (
                r#"{"a":1}{"b":2}1 "x" null[3,{"c":4}]"#,
                &[
                    r#"1:1 {"a":1}"#,
                    r#"1:8 {"b":2}"#,
                    "1:15 1",
                    r#"1:17 "x""#,
                    "1:21 null",
                    "1:26 3",
                    r#"1:28 {"c":4}"#,
                ],
            ),
            ("\u{feff}${$\"a\":1$}", &["2:1 {\n\"a\":1\n}"]),
            // the content of a value is left to the parser, as long as its end is clear
            (r#"{"a":tru}{"a":01}"#, &[r#"1:1 {"a":tru}"#, r#"1:10 {"a":01}"#]),
        ],
        Limits::default(),
    );
}

#[test]
fn arrays_give_their_elements() {
    check(
        &[
            ("[]", &[]),
            (" [ $ ] $", &[]),
            (r#"[{"a":1},{"a":2}]"#, &[r#"1:2 {"a":1}"#, r#"1:10 {"a":2}"#]),
            (r#"[$  {"a":1} ,$  {"a":[2]}$]$"#, &[r#"2:3 {"a":1}"#, r#"3:3 {"a":[2]}"#]),
            ("[1,\"]\",[2,[]],null]", &["1:2 1", "1:4 \"]\"", "1:8 [2,[]]", "1:15 null"]),
            ("[1][2]$[]$3", &["1:2 1", "1:5 2", "3:1 3"]),
        ],
        Limits::default(),
    );
}

#[test]
fn faults_have_their_place_and_reading_goes_on() {
    let skipped = "the rest of this value was skipped";
    let cut = "the input is truncated or a bracket is not closed";
    let cases: &[(&str, &[&str])] = &[
        // the faulty value ends with its brackets
        (
            r#"{"a":1}{"a" 2}{"a":3}"#,
            &[
                r#"1:1 {"a":1}"#,
                "1:8 ! line 1, column 13: expected `:` after the key, found `2`; SKIPPED",
                r#"1:15 {"a":3}"#,
            ],
        ),
        (
            r#"[{"a":1},{"b":}}, {"c":3}]"#,
            &[
                r#"1:2 {"a":1}"#,
                "1:10 ! line 1, column 15: expected a value, found `}`; SKIPPED",
                r#"1:19 {"c":3}"#,
            ],
        ),
        (
            r#"[{"a":[1}],"b":"]},"},{"c":3}]"#,
            &[
                "1:2 ! line 1, column 9: expected `,` or `]`, found `}`; SKIPPED",
                r#"1:12 "b""#,
                "1:15 ! line 1, column 15: expected `,` or `]`, found `:`; SKIPPED",
                r#"1:23 {"c":3}"#,
            ],
        ),
        (
            r#"[{1:2},{"c":3}]"#,
            &[
                "1:2 ! line 1, column 3: expected a key in double quotes or `}`, found `1`; SKIPPED",
                r#"1:8 {"c":3}"#,
            ],
        ),
        (
            r#"[{"a":1,},{"c":3}]"#,
            &[
                "1:2 ! line 1, column 9: expected a key in double quotes, found `}`; SKIPPED",
                r#"1:11 {"c":3}"#,
            ],
        ),
        // it also ends where a line starts another value
        (
            r#"{$ "a": 1$${$ "b": 2$}$"#,
            &["1:1 ! line 4, column 1: expected `,` or `}`, found `{`; SKIPPED", "4:1 {\n \"b\": 2\n}"],
        ),
        (
            r#"{$ "a": "x$ "b": {$ }$}${$ "b": 2$}$"#,
            &[
                "1:1 ! line 2, column 9: expected `\"` at the end of the string, found the end of the line; SKIPPED",
                "6:1 {\n \"b\": 2\n}",
            ],
        ),
        (
            r#"[$  {$    "a": "x\$  },$  {$    "b": 2$  }$]"#,
            &[
                "2:3 ! line 3, column 13: expected `\"` at the end of the string, found the end of the line; SKIPPED",
                "5:3 {\n    \"b\": 2\n  }",
            ],
        ),
        (
            r#"[$  {$    "a": {$      "b": {}$  },$  {$    "b": 2$  },$  3$]"#,
            &[
                "2:3 ! line 6, column 3: expected a key in double quotes, found `{`; SKIPPED",
                "6:3 {\n    \"b\": 2\n  }",
                "9:3 3",
            ],
        ),
        // between values
        (
            r#"{"a":1}{"b":2},{"c":3}}{"d":4}"#,
            &[
                r#"1:1 {"a":1}"#,
                r#"1:8 {"b":2}"#,
                "1:15 ! line 1, column 15: expected a value, found `,`; SKIPPED",
                r#"1:16 {"c":3}"#,
                "1:23 ! line 1, column 23: expected a value, found `}`; SKIPPED",
                r#"1:24 {"d":4}"#,
            ],
        ),
        (
            "[1,,2,]3",
            &[
                "1:2 1",
                "1:4 ! line 1, column 4: expected a value, found `,`; SKIPPED",
                "1:5 2",
                "1:7 ! line 1, column 7: expected a value, found `]`; SKIPPED",
                "1:8 3",
            ],
        ),
        (
            r#"[1 {"a":2},:3,}4,5]"#,
            &[
                "1:2 1",
                "1:4 ! line 1, column 4: expected `,` or `]`, found `{`; SKIPPED",
                "1:12 ! line 1, column 12: expected a value, found `:`; SKIPPED",
                "1:15 ! line 1, column 15: expected a value, found `}`; SKIPPED",
                "1:18 5",
            ],
        ),
        ("[,1]", &["1:2 ! line 1, column 2: expected a value or `]`, found `,`; SKIPPED", "1:3 1"]),
        // truncated input
        ("[", &["1:2 ! line 1, column 2: expected a value or `]`, found the end of the input; CUT"]),
        ("[1,$", &["1:2 1", "2:1 ! line 2, column 1: expected a value, found the end of the input; CUT"]),
        ("[1", &["1:2 1", "1:3 ! line 1, column 3: expected `,` or `]`, found the end of the input; CUT"]),
        (
            r#"[{"a":1},{"b"#,
            &[
                r#"1:2 {"a":1}"#,
                "1:10 ! line 1, column 13: expected `\"` at the end of the string, found the end of the input; CUT",
            ],
        ),
        (
            r#"{"a":1}{"b":{"c":2}"#,
            &[
                r#"1:1 {"a":1}"#,
                "1:8 ! line 1, column 20: expected `,` or `}`, found the end of the input; CUT",
            ],
        ),
        // everything lost after an unbalanced fault is one item
        (
            r#"[{"a":1},{"b":{"c" 1},{"d":1}]"#,
            &[r#"1:2 {"a":1}"#, "1:10 ! line 1, column 20: expected `:` after the key, found `1`; SKIPPED"],
        ),
        (
            "[1,\u{1}2,{\u{e9}}]",
            &[
                "1:2 1",
                "1:4 \u{1}2",
                "1:7 ! line 1, column 8: expected a key in double quotes or `}`, found the byte 0xC3; SKIPPED",
            ],
        ),
    ];
    for (input, expected) in cases {
        let expected: Vec<_> =
            expected.iter().map(|it| it.replace("SKIPPED", skipped).replace("CUT", cut)).collect();
        let bytes = input.replace('$', "\n");
        assert_eq!(read_all_ways(bytes.as_bytes(), Limits::default()), expected, "input: {input}");
    }
}

#[test]
fn large_events_are_rejected_as_one() {
    let large = "the event has 21 bytes, and 20 are allowed (limit `event_bytes`); split it";
    let much = large.replace("21", "316");
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(308));
    let exact = r#"{"a":"xxxxxxxxxxxx"}"#;
    let over = r#"{"a":"xxxxxxxxxxxxx"}"#;
    for (input, expected) in [
        (
            format!("{exact}\n{over}\n{long}\r\n1\n{long}"),
            vec![
                format!("1:1 {exact}"),
                format!("2:1 ! {large}"),
                format!("3:1 ! {}", much.replace("316", "317")),
                "4:1 1".to_owned(),
                format!("5:1 ! {much}"),
            ],
        ),
        (
            format!("{exact}\r\n{over}\r\n"),
            vec![format!("1:1 {exact}"), format!("2:1 ! {}", large.replace("21", "22"))],
        ),
        (
            format!("[{exact},{over},{long},1,{long}]"),
            vec![
                format!("1:2 {exact}"),
                format!("1:23 ! {large}"),
                format!("1:45 ! {much}"),
                "1:362 1".to_owned(),
                format!("1:364 ! {much}"),
            ],
        ),
        (
            format!("{{\n}}{over}\n{long}2 {}", "3".repeat(21)),
            vec![
                "1:1 {\n}".to_owned(),
                format!("2:2 ! {large}"),
                format!("3:1 ! {much}"),
                "3:317 2".to_owned(),
                format!("3:319 ! {large}"),
            ],
        ),
        // the format is undecided until the limit is reached
        (long.clone(), vec![format!("1:1 ! {much}")]),
        (format!("{{\"a\":\n{long}\n}}"), vec![format!("1:1 ! {}", much.replace("316", "324"))]),
    ] {
        assert_eq!(read_all_ways(input.as_bytes(), small_limit(20)), expected, "input: {input}");
    }
}

#[test]
fn deep_nesting_is_rejected() {
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let input = format!("[{},{},1]", deep(127), deep(128));
    let read = read_all_ways(input.as_bytes(), Limits::default());
    assert_eq!(read[0], format!("1:2 {}", deep(127)));
    assert_eq!(
        read[1..],
        [
            "1:257 ! line 1, column 384: arrays and objects are nested deeper than 127 levels \
             (limit `event_depth`); flatten the event",
            "1:514 1",
        ]
    );
}

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

#[test]
fn sources_that_cannot_be_read_have_clear_errors() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is on fire"))
        }
    }
    let failing = |before: &[u8]| Source::reader("test", io::Cursor::new(before.to_vec()).chain(Failing));
    let dictionary = [0x28, 0xb5, 0x2f, 0xfd, 0x01, 0x58, 0x2a, 0x01, 0, 0];
    // a frame header with a window of 2 GiB
    let window = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x01, 0, 0];
    let missing = Source::file("/nowhere/events.json");
    let seen: Vec<_> = [
        missing,
        Source::file("/"),
        failing(b""),
        failing(b"{\"a\":1}\n{\"a\":2}\n{\"a\":"),
        failing(b"{\n}{"),
        failing(&gzip(b"{\"a\":1}\n")),
        failing(&gzip(b"{\"a\":1}\n")[..15]),
        chunks(&gzip(b"{\"a\":1}\n")[..15], 1),
        chunks(&[&gzip(b"{\"a\":1}\n")[..], b"some garbage"].concat(), 1),
        chunks(&zstd(b"{\"a\":1}\n")[..15], 1),
        chunks(&[&zstd(b"{\"a\":1}\n")[..], b"garbage"].concat(), 1),
        chunks(&window, 1),
        chunks(&dictionary, 1),
        chunks(b"\xff\xfe{\0}\0", 1),
        chunks(b"BZh91AY&SY", 1),
        chunks(b"\xfd7zXZ\0", 1),
        chunks(b"PK\x03\x04", 100),
    ]
    .into_iter()
    .flat_map(|source| read(vec![source], Limits::default()))
    .collect();
    insta::assert_snapshot!(seen.join("\n"));
}

#[test]
fn an_interrupted_read_goes_on() {
    struct Interrupted(bool, Chunks);
    impl Read for Interrupted {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0 = !self.0;
            if self.0 { Err(io::ErrorKind::Interrupted.into()) } else { self.1.read(buffer) }
        }
    }
    for bytes in [b"{}".to_vec(), gzip(b"{}"), zstd(b"{}")] {
        let input = Interrupted(false, Chunks { bytes, at: 0, chunk: 2 });
        assert_eq!(read(vec![Source::reader("test", input)], Limits::default()), ["1:1 {}"]);
    }
}

#[test]
fn an_event_is_handed_on_before_the_next_one_is_there() {
    struct OneByOne(Vec<&'static [u8]>);
    impl Read for OneByOne {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Some(next) = self.0.first_mut() else { panic!("read on instead of handing out an event") };
            let count = next.read(buffer)?;
            if next.is_empty() {
                self.0.remove(0);
            }
            Ok(count)
        }
    }
    let source = OneByOne(vec![b"{\"a\"", b":1}\n", b"{\"a\":2}\n{\"a\"", b":3}\n"]);
    let mut input = Input::new([Source::reader("test", source)], Limits::default());
    let mut batch = Batch::new(BatchSize::DEFAULT);
    for _ in 0..3 {
        assert!(input.fill(&mut batch));
        assert_eq!(batch.len(), 1);
    }
}

#[test]
fn the_number_of_events_can_be_limited() {
    for max in 0..6 {
        let sources = [chunks(b"[1,2,3]", 100), chunks(b"{}\n{}\n", 100)];
        let mut input = Input::new(sources, Limits::default()).with_max_events(max);
        let mut batch = Batch::new(BatchSize { bytes: 2, events: 10 });
        let mut count = 0;
        while input.fill(&mut batch) {
            count += batch.events().count() as u64;
        }
        assert_eq!((count, input.position().events), (max.min(5), max.min(5)));
    }
}

#[test]
fn a_place_within_an_event_is_found() {
    let mut input = Input::new([chunks(b"\n  {\n \"a\": 1\n}", 100)], Limits::default());
    let mut batch = Batch::new(BatchSize::DEFAULT);
    assert!(input.fill(&mut batch));
    let event = batch.events().next().unwrap();
    for (offset, line, column) in
        [(0, 2, 3), (1, 2, 4), (2, 3, 1), (3, 3, 2), (10, 4, 1), (11, 4, 2), (99, 4, 2)]
    {
        let place = event.place_of(offset);
        assert_eq!((place.line, place.column), (line, column), "at {offset}");
    }
}

#[test]
fn the_position_counts_stored_bytes() {
    let directory = tempfile::tempdir().unwrap();
    let sources: Vec<_> = [gzip(b"{}\n{}\n"), zstd(b"{}\n"), b"{}\n".to_vec()]
        .iter()
        .enumerate()
        .map(|(number, bytes)| {
            let path = directory.path().join(number.to_string());
            std::fs::write(&path, bytes).unwrap();
            Source::file(path)
        })
        .collect();
    let total = sources.iter().map(|source| source.size().unwrap()).sum();
    let mut input = Input::new(sources, Limits::default());
    assert!(!input.may_wait());
    let mut batch = Batch::new(BatchSize::DEFAULT);
    let mut last = 0;
    while input.fill(&mut batch) {
        assert!(input.position().bytes > last);
        last = input.position().bytes;
    }
    assert_eq!((last, input.position().total), (total, Some(total)));
    assert!(Input::new([chunks(b"", 1)], Limits::default()).may_wait());
}

#[test]
fn a_directory_is_no_source() {
    let directory = tempfile::tempdir().unwrap();
    let mut input = Input::new([Source::file(directory.path())], Limits::default());
    assert!(!input.fill(&mut Batch::new(BatchSize::DEFAULT)));
    let errors = input.take_errors();
    assert!(matches!(errors[0].kind, SourceErrorKind::Read(_) | SourceErrorKind::Open(_)));
}

#[test]
fn hostile_bytes_take_bounded_steps() {
    let limits = small_limit(1 << 16);
    let megabytes = |pattern: &[u8]| pattern.repeat((10 << 20) / pattern.len());
    for (name, bytes, items) in [
        ("no newline", megabytes(b"x"), 1),
        ("no newline in an object", [b"{\"a\":\"".as_slice(), &megabytes(b"x")].concat(), 1),
        ("NUL", megabytes(b"\0"), 1),
        ("spaces", megabytes(b" "), 1),
        ("newlines", megabytes(b"\n"), 0),
        ("not UTF-8", megabytes(b"\xff\n"), 5 << 20),
        ("open arrays", megabytes(b"["), 1),
        ("open objects", megabytes(b"{\"a\":"), 1),
        ("unclosed array", [b"[".as_slice(), &megabytes(b"{\"a\": [1, \"x\"]},")].concat(), 655_361),
        // too deep after 64 lines, then again from the next line on
        ("unclosed lines", megabytes(b"{\"a\":[\n"), (10 << 20) / 7 / 64 + 1),
        ("quotes", [b"[".as_slice(), &megabytes(b"\"")].concat(), 2),
    ] {
        let mut input = Input::new([chunks(&bytes, 1 << 16)], limits);
        let mut batch = Batch::new(BatchSize::DEFAULT);
        let mut seen = 0;
        while input.fill(&mut batch) {
            seen += batch.len();
            assert!(batch.byte_len() <= BatchSize::DEFAULT.bytes + limits.event_bytes);
        }
        assert_eq!(seen, items, "{name}");
    }
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<i32>().prop_map(|number| Value::from(f64::from(number) / 8.0)),
        "[\\PC\\n\"\\\\{}\\[\\],: ]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("[\\PC\"]{0,6}", inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Events that are valid in every format: the first two, which determine the format, are objects that are not
/// empty, and arrays occur only in objects.
fn events() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(json(), 1..12).prop_map(|mut events| {
        for (number, event) in events.iter_mut().enumerate() {
            if number < 2 || event.is_array() {
                *event = serde_json::json!({ "event": event.take() });
            }
        }
        events
    })
}

fn forms(events: &[Value]) -> Vec<(&'static str, Vec<u8>)> {
    let join = |separator: &str, pretty: bool| {
        let write = if pretty { serde_json::to_string_pretty } else { serde_json::to_string };
        events.iter().map(|event| write(event).unwrap()).collect::<Vec<_>>().join(separator)
    };
    let mut forms = vec![
        ("NDJSON", join("\n", false)),
        ("NDJSON with empty lines", join(" \r\n\r\n\t", false) + "\n"),
        ("a sequence with spaces", join(" ", false)),
        ("pretty-printed", join("\n", true)),
        ("array", format!("[{}]", join(",", false))),
        ("array over lines", format!("[\n{}\n]\n", join(",\n", false))),
        ("pretty-printed array", serde_json::to_string_pretty(events).unwrap()),
    ];
    if events.iter().all(|event| event.is_object() || event.is_string()) {
        forms.push(("a sequence without spaces", join("", false)));
    }
    forms.into_iter().map(|(name, text)| (name, text.into_bytes())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_form_gives_the_same_events(events in events(), chunk in 1_usize..50) {
        for (name, bytes) in forms(&events) {
            for (packed, bytes) in [("", bytes.clone()), (", gzip", gzip(&bytes)), (", zstd", zstd(&bytes))] {
                let seen = read(vec![chunks(&bytes, chunk)], Limits::default());
                let seen: Vec<Value> = seen
                    .iter()
                    .map(|it| serde_json::from_str(it.split_once(' ').unwrap().1).unwrap())
                    .collect();
                prop_assert_eq!(&seen, &events, "{}{}", name, packed);
            }
        }
    }

    #[test]
    fn chunks_make_no_difference_to_faults(
        bytes in prop::collection::vec(prop::sample::select(&b"{}[]\",:1a\\\n \r\xff"[..]), 0..80),
        chunk in 1_usize..20,
        limit in 1_usize..30,
    ) {
        let limits = small_limit(limit);
        prop_assert_eq!(read(vec![chunks(&bytes, chunk)], limits), read(vec![chunks(&bytes, usize::MAX)], limits));
    }

    #[test]
    fn damaged_compression_does_no_harm(
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        end in any::<prop::sample::Index>(),
    ) {
        let text = "{\"type\":\"identify\",\"userId\":\"u1\"}\n{\"type\":\"track\"}\n".repeat(20);
        for mut bytes in [gzip(text.as_bytes()), zstd(text.as_bytes())] {
            let at = at.index(bytes.len());
            bytes[at] ^= byte;
            bytes.truncate(at.max(end.index(bytes.len())) + 1);
            read(vec![chunks(&bytes, 1000)], Limits::default());
        }
    }
}
