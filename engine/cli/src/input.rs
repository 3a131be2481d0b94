//! Reads events from files, standard input or any other reader.
//!
//! # Formats
//! A source has one JSON value per line (NDJSON), a JSON array, or concatenated values with or without
//! whitespace, also pretty-printed; uncompressed, or compressed with gzip or zstd. All of that is detected by content:
//! the compression by its magic number, the format by the first value.
//!
//! - A source that starts with `[` is an array: its elements are the events. More arrays and values may follow.
//! - If the first line is a complete object, the source is NDJSON: every line is one event, whatever it contains. A
//!   line with two values is one event that is not valid JSON.
//! - If the first object spans lines, or another value follows it on its line, the source is a sequence of values.
//! - If the first object is broken on its first line, or the second line is an object of its own, or the first line
//!   starts with neither `{` nor `[`, the source is NDJSON.
//!
//! # Faults
//! NDJSON is split at newlines only, so a fault affects only its line. In an array or sequence, a broken value is
//! rejected with the position of the first unexpected byte, and reading continues at the first of: the end of
//! that value by counting brackets (in an array, the comma after it), or a line that starts a new value like the others
//! (at the top level with `{` in column 1, in an array with `{` in the column of the broken element). Nothing
//! is read twice, so hostile input takes no more time than other input.
//!
//! # Memory
//! An event is never buffered beyond [`Limits::event_bytes`]; a longer one is rejected as one item.
//!
//! ```
//! use mapwright_cli::input::{Batch, BatchSize, Input, Limits, Source};
//!
//! let source = Source::reader("example", &br#"[{"type": "identify"}, {"type": "track"}]"#[..]);
//! let mut input = Input::new([source], Limits::default());
//! let mut batch = Batch::new(BatchSize::DEFAULT);
//! let mut places = Vec::new();
//! while input.fill(&mut batch) {
//!     for event in batch.events() {
//!         places.push((event.place.line, event.place.column, event.json.unwrap_or_default().to_vec()));
//!     }
//! }
//! assert_eq!(places[1], (1, 24, br#"{"type": "track"}"#.to_vec()));
//! assert!(input.take_errors().is_empty());
//! ```

mod batch;
mod compression;
mod decode;
mod envelope;
mod error;
mod format;
mod limits;
mod ndjson;
mod place;
mod scan;
mod source;
mod values;
mod window;
mod zstd;

use std::collections::VecDeque;
use std::sync::Arc;

pub use batch::{Batch, BatchSize, Event};
pub use compression::Compression;
pub use error::{Expected, Fault, SourceError, SourceErrorKind};
pub use limits::{Limits, MAX_DEPTH};
pub use place::Place;
pub use source::{STDIN, Source};

use decode::Decoder;
use format::{Detector, Format};
use ndjson::Ndjson;
use scan::LineCounter;
use values::Values;
use window::Window;

/// The progress of reading.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// The (compressed) bytes that were read from all sources.
    pub bytes: u64,
    /// The total size of all sources, if all of them are regular files.
    pub total: Option<u64>,
    /// The number of events, including faults.
    pub events: u64,
}

/// Returns the next source, given the number of events so far.
type Supply = Box<dyn FnMut(u64) -> Option<Source> + Send>;

/// The events of all sources, in order.
pub struct Input {
    sources: VecDeque<Source>,
    /// Where sources come from after the known ones.
    more: Option<Supply>,
    limits: Limits,
    max_events: u64,
    window: Window,
    current: Option<Current>,
    /// The progress of finished sources.
    position: Position,
    /// Whether nothing is read after a source that the system does not let be read.
    until_unreadable: bool,
    errors: Vec<SourceError>,
}

impl Input {
    /// Reads `sources` in order.
    #[must_use]
    pub fn new(sources: impl IntoIterator<Item = Source>, limits: Limits) -> Self {
        let sources: VecDeque<_> = sources.into_iter().collect();
        let total = sources.iter().map(Source::size).sum();
        let position = Position { total, ..Position::default() };
        Self {
            sources,
            more: None,
            limits,
            max_events: u64::MAX,
            window: Window::new(),
            current: None,
            position,
            until_unreadable: false,
            errors: Vec::new(),
        }
    }

    /// Reads the sources that `more` returns, until there are none. It receives the number of events that were read before.
    #[must_use]
    pub fn supplied(more: impl FnMut(u64) -> Option<Source> + Send + 'static, limits: Limits) -> Self {
        let mut input = Self::new([], limits);
        input.position.total = None;
        Self { more: Some(Box::new(more)), ..input }
    }

    /// Stops after this number of events across all sources.
    #[must_use]
    pub fn with_max_events(mut self, max_events: u64) -> Self {
        self.max_events = max_events;
        self
    }

    /// Reads nothing after a source that cannot be opened or read: another time it may have more events, and those after it other indices.
    /// Damaged content is the same each time, and reading continues after it.
    #[must_use]
    pub fn until_unreadable(self) -> Self {
        Self { until_unreadable: true, ..self }
    }

    /// Returns whether reading may block, because a source is not a regular file.
    #[must_use]
    pub fn may_wait(&self) -> bool {
        self.position.total.is_none()
    }

    /// Returns the progress of reading.
    #[must_use]
    pub fn position(&self) -> Position {
        let current = self.current.as_ref().map_or(0, |current| current.decoder.position());
        Position { bytes: self.position.bytes + current, ..self.position }
    }

    /// Returns the errors since the last call. An error ends its source; reading continues with the next one.
    pub fn take_errors(&mut self) -> Vec<SourceError> {
        std::mem::take(&mut self.errors)
    }

    /// Replaces the content of the batch with the next events. Returns false if there are none left.
    ///
    /// A batch ends when it is full, when its source ends,
    /// or when it has at least one event and reading more may block.
    pub fn fill(&mut self, batch: &mut Batch) -> bool {
        batch.start(self.position.events + 1);
        let left = self.max_events - self.position.events;
        while batch.is_empty() && left > 0 {
            let waits = self.may_wait();
            let Some(current) = self.current.as_mut() else {
                if !self.open_next() {
                    break;
                }
                continue;
            };
            batch.set_source(&current.name);
            match current.fill(&mut self.window, batch, &self.limits, waits) {
                Ok(true) => {}
                Ok(false) => self.close(None),
                Err(kind) => self.close(Some(kind)),
            }
        }
        batch.truncate(usize::try_from(left).unwrap_or(usize::MAX));
        self.position.events += batch.len() as u64;
        !batch.is_empty()
    }

    fn open_next(&mut self) -> bool {
        let events = self.position.events;
        let next = self.sources.pop_front().or_else(|| self.more.as_mut().and_then(|more| more(events)));
        let Some(source) = next else { return false };
        self.window.reset();
        let (name, reader) = source.open();
        let opened = reader.map_err(SourceErrorKind::Open);
        match opened.and_then(|reader| Decoder::new(reader, self.limits.zstd_window)) {
            Ok(decoder) => {
                let framer = Framer::Start(Box::new(Detector::new()));
                self.current = Some(Current { name, decoder, framer, ended: false });
            }
            Err(kind) => self.failed(SourceError { source_name: name, line: 1, kind }),
        }
        true
    }

    fn failed(&mut self, error: SourceError) {
        if self.until_unreadable && matches!(error.kind, SourceErrorKind::Open(_) | SourceErrorKind::Read(_))
        {
            self.sources.clear();
            self.more = None;
        }
        self.errors.push(error);
    }

    fn close(&mut self, error: Option<SourceErrorKind>) {
        let Some(current) = self.current.take() else { return };
        self.position.bytes += current.decoder.position();
        if let Some(kind) = error {
            let line = current.framer.line(&self.window);
            self.failed(SourceError { source_name: current.name, line, kind });
        }
    }
}

/// The source that is being read.
struct Current {
    name: Arc<str>,
    decoder: Decoder,
    framer: Framer,
    ended: bool,
}

enum Framer {
    Start(Box<Detector>),
    Ndjson(Ndjson),
    Values(Box<Values>),
}

impl Current {
    /// Adds events to the batch. Returns false at the source's end.
    fn fill(
        &mut self,
        window: &mut Window,
        batch: &mut Batch,
        limits: &Limits,
        waits: bool,
    ) -> Result<bool, SourceErrorKind> {
        loop {
            if self.framer.frame(window, batch, limits, self.ended) {
                return Ok(true);
            }
            if self.ended {
                return Ok(false);
            }
            if !batch.is_empty() && (waits || batch.is_worthwhile()) {
                return Ok(true);
            }
            match window.fill(&mut self.decoder) {
                Ok(count) => self.ended = count == 0,
                Err(error) => {
                    self.framer.settle(window, batch, limits);
                    return Err(self.decoder.explain(error));
                }
            }
        }
    }
}

impl Framer {
    /// Moves events into the batch until it is full (true) or the window has no more complete event.
    fn frame(&mut self, window: &mut Window, batch: &mut Batch, limits: &Limits, end: bool) -> bool {
        loop {
            match self {
                Self::Ndjson(ndjson) => return ndjson.frame(window, batch, limits, end),
                Self::Values(values) => return values.frame(window, batch, limits, end),
                Self::Start(detector) => {
                    if window.offset() == 0 && !skip_byte_order_mark(window, end) {
                        return false;
                    }
                    let Some(format) = detector.decide(window.bytes(), end, limits.event_bytes) else {
                        return false;
                    };
                    self.start(format, window);
                }
            }
        }
    }

    /// Takes the complete events out of the remaining bytes at the end of a source.
    fn settle(&mut self, window: &mut Window, batch: &mut Batch, limits: &Limits) {
        if let Self::Start(detector) = self {
            let format = detector.decide(window.bytes(), true, limits.event_bytes);
            self.start(format.unwrap_or(Format::Ndjson), window);
            self.frame(window, batch, limits, false);
        }
    }

    fn start(&mut self, format: Format, window: &Window) {
        *self = match format {
            Format::Ndjson => Self::Ndjson(Ndjson::new(1)),
            Format::Values => Self::Values(Box::new(Values::new(LineCounter::new(1, window.offset())))),
        };
    }

    fn line(&self, window: &Window) -> u64 {
        match self {
            Self::Start(_) => 1 + memchr::memchr_iter(b'\n', window.bytes()).count() as u64,
            Self::Ndjson(ndjson) => ndjson.line(),
            Self::Values(values) => values.line(),
        }
    }
}

/// Skips a UTF-8 byte order mark. Returns false if more bytes are needed.
fn skip_byte_order_mark(window: &mut Window, end: bool) -> bool {
    const MARK: &[u8] = b"\xef\xbb\xbf";
    if window.bytes().starts_with(MARK) {
        window.consume(MARK.len());
        return true;
    }
    end || !MARK.starts_with(window.bytes())
}
