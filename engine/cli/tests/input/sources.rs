//! Sources that fail, wait or end, and how far reading has come.

use std::io::{self, Read};

use mapwright_cli::input::{Batch, BatchSize, Input, Limits, Source, SourceErrorKind};

use crate::reading::{Chunks, chunks, gzip, read, zstd};

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
