//! The pipeline preserves order, counts and limits for any number of threads.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::io::{self, Read, Write};
use std::num::NonZeroUsize;
use std::ops::AddAssign;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};

use mapwright_cli::input::{Event, Input, Limits, Position, Source};
use mapwright_cli::pipeline::{self, Cancel, Options, PipelineEnding, PipelineError, PipelineReport};
use mapwright_cli::progress::{Bar, Progress};
use proptest::prelude::*;

#[derive(Debug, Default, PartialEq)]
struct Counts {
    taken: u64,
    rejected: u64,
    bytes: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.taken += other.taken;
        self.rejected += other.rejected;
        self.bytes += other.bytes;
    }
}

/// Writes the position of an event, and its bytes or fault.
fn copy(event: &Event<'_>, output: &mut Vec<u8>) -> Counts {
    write!(output, "{} {} {}:{} ", event.source, event.index, event.place.line, event.place.column).unwrap();
    match event.json {
        Ok(bytes) => {
            output.extend_from_slice(bytes);
            output.push(b'\n');
            Counts { taken: 1, rejected: 0, bytes: bytes.len() as u64 }
        }
        Err(fault) => {
            writeln!(output, "{fault}").unwrap();
            Counts { taken: 0, rejected: 1, bytes: 0 }
        }
    }
}

fn options(threads: usize) -> Options {
    Options { threads: NonZeroUsize::new(threads).unwrap(), ..Options::default() }
}

fn source(name: &str, bytes: impl Into<Vec<u8>>) -> Source {
    Source::reader(name, io::Cursor::new(bytes.into()))
}

fn run(sources: Vec<Source>, options: &Options) -> (Vec<u8>, PipelineReport<Counts>) {
    let mut output = Vec::new();
    let input = Input::new(sources, Limits::default());
    let report = pipeline::run(input, (), &mut output, options, &|| copy).unwrap();
    (output, report)
}

fn lines(count: usize) -> String {
    (0..count)
        .map(|number| format!("{{\"number\":{number},\"pad\":\"{}\"}}\n", "x".repeat(number % 200)))
        .collect()
}

#[test]
fn output_is_in_input_order_with_any_number_of_threads() {
    let sources = || {
        vec![
            source("lines", lines(9000)),
            source("array", format!("[{},]", lines(9000).trim_end().replace('\n', ","))),
            Source::file("/nowhere/missing"),
            source("empty", ""),
            source("last", "{}"),
        ]
    };
    let (expected, report) = run(sources(), &options(1));
    assert_eq!(report.events, 18_002);
    assert_eq!((report.tally.taken, report.tally.rejected), (18_001, 1));
    assert_eq!(report.ending, PipelineEnding::Complete);
    let text = String::from_utf8(expected.clone()).unwrap();
    for (line, number) in text.lines().zip(1..) {
        assert_eq!(line.split(' ').nth(1).unwrap().parse(), Ok(number));
    }
    for threads in 2..=8 {
        // a low limit leads to small batches, and much reordering
        for bytes_in_flight in [1, 20_000, 1 << 23] {
            let options = Options { bytes_in_flight, ..options(threads) };
            let (output, other) = run(sources(), &options);
            assert!(output == expected, "the output differs with {threads} threads, {bytes_in_flight} bytes");
            assert_eq!(other.tally, report.tally);
            assert_eq!(other.source_errors.len(), 1);
        }
    }
}

#[test]
fn events_larger_than_what_may_be_in_flight_pass() {
    let large = format!("{{\"a\":\"{}\"}}\n", "x".repeat(100_000)).repeat(20);
    let (expected, _) = run(vec![source("test", large.clone())], &options(1));
    let options = Options { bytes_in_flight: 1000, ..options(3) };
    let (output, report) = run(vec![source("test", large)], &options);
    assert!(output == expected);
    assert_eq!(report.tally.taken, 20);
}

#[test]
fn there_is_one_worker_for_each_thread() {
    for threads in [1, 2, 5] {
        let made = AtomicUsize::new(0);
        let input = Input::new([source("test", lines(1000))], Limits::default());
        let report = pipeline::run(input, (), &mut io::sink(), &options(threads), &|| {
            made.fetch_add(1, Ordering::Relaxed);
            copy
        });
        assert_eq!(report.unwrap().tally.taken, 1000);
        assert_eq!(made.into_inner(), threads);
    }
}

/// A writer that accepts some bytes, then fails.
struct Failing(usize, io::ErrorKind);

impl Write for Failing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = bytes.len().min(self.0);
        self.0 -= count;
        if count > 0 { Ok(count) } else { Err(self.1.into()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_closed_output_ends_the_run_quietly() {
    for threads in [1, 2, 4] {
        let input = Input::new([source("test", lines(50_000))], Limits::default());
        let mut output = Failing(1_000_000, io::ErrorKind::BrokenPipe);
        let report = pipeline::run(input, (), &mut output, &options(threads), &|| copy).unwrap();
        assert_eq!(report.ending, PipelineEnding::OutputClosed);
        assert!(report.events < 50_000);
        assert_eq!(report.events, report.tally.taken);
    }
}

#[test]
fn an_output_that_fails_is_an_error() {
    for threads in [1, 3] {
        let input = Input::new([source("test", lines(50_000))], Limits::default());
        let mut output = Failing(100, io::ErrorKind::StorageFull);
        let error = pipeline::run(input, (), &mut output, &options(threads), &|| copy).unwrap_err();
        assert!(matches!(&error, PipelineError::Output(error) if error.kind() == io::ErrorKind::StorageFull));
        assert_eq!(error.to_string(), "cannot write the output: no storage space");
    }
}

/// A reader that returns some bytes, then blocks until the sender of the channel is dropped.
struct Waiting(io::Cursor<Vec<u8>>, mpsc::Receiver<()>);

impl Read for Waiting {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(buffer)?;
        if count == 0 {
            let _ = self.1.recv();
        }
        Ok(count)
    }
}

#[test]
fn a_closed_output_does_not_wait_for_input() {
    let (_alive, wait) = mpsc::channel();
    let waiting = Waiting(io::Cursor::new(lines(3).into()), wait);
    let input = Input::new([Source::reader("test", waiting)], Limits::default());
    let mut output = Failing(0, io::ErrorKind::BrokenPipe);
    let report = pipeline::run(input, (), &mut output, &options(2), &|| copy).unwrap();
    assert_eq!((report.ending, report.events), (PipelineEnding::OutputClosed, 0));
}

#[test]
fn cancelling_does_not_wait_for_input() {
    let (_alive, wait) = mpsc::channel();
    let waiting = Waiting(io::Cursor::new(lines(3).into()), wait);
    let input = Input::new([Source::reader("test", waiting)], Limits::default());
    let options = options(2);
    let cancel = options.cancel.clone();
    // the run is cancelled when the first output is written, while the reader is blocked
    let mut output = Calls(|_: &[u8]| cancel.cancel());
    let report = pipeline::run(input, (), &mut output, &options, &|| copy).unwrap();
    assert_eq!((report.ending, report.events), (PipelineEnding::Cancelled, 3));
}

struct Calls<F>(F);

impl<F: FnMut(&[u8])> Write for Calls<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (self.0)(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn what_was_read_before_cancelling_is_written() {
    for threads in [1, 2, 4] {
        let options = options(threads);
        let cancel = options.cancel.clone();
        let mut output = Vec::new();
        let mut endless = Calls(|bytes: &[u8]| {
            output.extend_from_slice(bytes);
            if output.len() > 2_000_000 {
                cancel.cancel();
            }
        });
        let input = Input::new([Source::reader("test", Endless(0))], Limits::default());
        let report = pipeline::run(input, (), &mut endless, &options, &|| copy).unwrap();
        assert_eq!(report.ending, PipelineEnding::Cancelled);
        let numbers = output.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).zip(1_u64..);
        let mut last = 0;
        for (line, number) in numbers {
            let line = String::from_utf8_lossy(line);
            assert_eq!(line.split(' ').nth(1), Some(number.to_string().as_str()));
            last = number;
        }
        assert_eq!(report.events, last);
    }
}

struct Endless(usize);

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        for byte in buffer.iter_mut() {
            *byte = b"{\"a\":1}\n"[self.0 % 8];
            self.0 += 1;
        }
        Ok(buffer.len())
    }
}

#[test]
fn a_cancelled_run_does_not_start() {
    for threads in [1, 2] {
        let cancel = Cancel::new();
        cancel.cancel();
        let options = Options { cancel, ..options(threads) };
        let (output, report) = run(vec![Source::reader("test", Endless(0))], &options);
        assert_eq!((output.len(), report.events, report.ending), (0, 0, PipelineEnding::Cancelled));
    }
}

#[test]
fn a_panic_of_a_worker_ends_the_run() {
    for threads in [1, 2, 4] {
        let result = std::panic::catch_unwind(|| {
            let input = Input::new([Source::reader("test", Endless(0))], Limits::default());
            pipeline::run(input, (), &mut io::sink(), &options(threads), &|| {
                |event: &Event<'_>, _: &mut Vec<u8>| {
                    assert!(event.index != 5000, "the worker's own fault");
                    0
                }
            })
        });
        assert!(result.is_err());
    }
}

#[test]
fn progress_is_told_by_the_reader() {
    #[derive(Clone, Default)]
    struct Positions(Arc<std::sync::Mutex<Vec<Position>>>);
    impl Progress for Positions {
        fn advance(&mut self, position: Position) {
            self.0.lock().unwrap().push(position);
        }
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("events");
    std::fs::write(&path, lines(20_000)).unwrap();
    let size = path.metadata().unwrap().len();
    for threads in [1, 3] {
        let positions = Positions::default();
        let input = Input::new([Source::file(&path)], Limits::default());
        pipeline::run(input, positions.clone(), &mut io::sink(), &options(threads), &|| copy).unwrap();
        let positions = positions.0.lock().unwrap();
        assert!(positions.len() > 5);
        assert!(
            positions
                .windows(2)
                .all(|pair| pair[0].bytes <= pair[1].bytes && pair[0].events <= pair[1].events)
        );
        assert_eq!(*positions.last().unwrap(), Position { bytes: size, total: Some(size), events: 20_000 });
    }
}

#[test]
fn the_bar_shows_bytes_and_events() {
    let terminal = indicatif::InMemoryTerm::new(3, 100);
    let mut bar = Bar::new(2048, indicatif::ProgressDrawTarget::term_like(Box::new(terminal.clone())));
    bar.advance(Position { bytes: 1024, total: Some(2048), events: 1234 });
    let shown = terminal.contents();
    assert!(shown.contains(" 50 % of 2.00 KiB, 1,234 events, "), "{shown}");
    drop(bar);
    assert_eq!(terminal.contents(), "");
    // tests have no terminal
    assert!(Bar::for_terminal(None).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_input_gives_the_same_bytes_with_any_number_of_threads(
        pieces in prop::collection::vec(
            prop::sample::select(vec!["{\"a\":1}", "{", "}", "[", "]", ",", "\n", " ", "\"", "x", "{\"b\":[{}]}\n"]),
            0..3000,
        ),
        threads in 2_usize..=8,
        bytes_in_flight in 1_usize..100_000,
    ) {
        let bytes = pieces.concat();
        let (expected, report) = run(vec![source("test", bytes.clone())], &options(1));
        let options = Options { bytes_in_flight, ..options(threads) };
        let (output, other) = run(vec![source("test", bytes)], &options);
        prop_assert!(output == expected);
        prop_assert_eq!((report.tally, report.events), (other.tally, other.events));
    }
}
