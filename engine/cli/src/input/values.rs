//! Cuts JSON values out of a sequence or an array.

use super::batch::Batch;
use super::error::{Expected, Fault};
use super::limits::{Limits, MAX_DEPTH};
use super::place::Place;
use super::scan::{LineCounter, Scan, Scanner, is_space};
use super::window::Window;

/// Separates concatenated values, with or without whitespace, and the elements of top-level arrays.
///
/// After a fault, it skips to the first of: the end of the faulty value by counting brackets outside of
/// strings (in an array, to the next comma); or a line that starts a new value: at the top level with `{` in
/// column 1, in an array with `{` in the column where the faulty element started. It never goes back.
#[derive(Debug)]
pub(super) struct Values {
    lines: LineCounter,
    context: Context,
    activity: Activity,
    scanner: Scanner,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Context {
    Top,
    /// After the `[` of an array.
    First,
    /// After a comma of an array.
    Element,
    /// After an element of an array.
    Next,
}

#[derive(Clone, Copy, Debug)]
enum Activity {
    /// Between two values.
    Between,
    /// In a value that starts at `place`.
    Value {
        place: Place,
        /// The number of bytes of the window that were scanned.
        scanned: usize,
        /// The number of bytes that were dropped because the value is too large.
        dropped: u64,
    },
    Skip(Skip),
}

/// The rest of a faulty value.
#[derive(Clone, Copy, Debug)]
struct Skip {
    /// Open brackets within the array or the top level.
    depth: u64,
    text: Text,
    /// The column in which `{` starts the next value.
    column: u64,
    /// Whether this line has only whitespace so far.
    blank: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Text {
    Outside,
    Inside,
    Escaped,
}

impl Values {
    /// Starts at the first byte of the current line of `lines`.
    pub(super) fn new(lines: LineCounter) -> Self {
        Self { lines, context: Context::Top, activity: Activity::Between, scanner: Scanner::new() }
    }

    pub(super) fn line(&self) -> u64 {
        self.lines.line()
    }

    /// Moves events into the batch until it is full (true) or the window has no more complete value.
    pub(super) fn frame(
        &mut self,
        window: &mut Window,
        batch: &mut Batch,
        limits: &Limits,
        end: bool,
    ) -> bool {
        while !batch.is_full() {
            let needs_more = match self.activity {
                Activity::Between => self.between(window, batch),
                Activity::Value { place, scanned, dropped } => {
                    self.value(window, batch, limits, (place, scanned, dropped))
                }
                Activity::Skip(skip) => self.skip(window, skip),
            };
            if needs_more {
                if end {
                    self.end(window, batch, limits);
                }
                return false;
            }
        }
        true
    }

    /// Moves to the next value. Returns true if the window ends before it.
    fn between(&mut self, window: &mut Window, batch: &mut Batch) -> bool {
        let mut count = 0;
        let mut next = None;
        for byte in window.bytes() {
            match byte {
                b'\n' => self.lines.newline(window.offset() + count as u64),
                _ if is_space(*byte) => {}
                _ => {
                    next = Some(*byte);
                    break;
                }
            }
            count += 1;
        }
        window.consume(count);
        let Some(byte) = next else { return true };
        let place = self.lines.place(window.offset());
        match (self.context, byte) {
            (Context::Top, b'[') => self.pass(window, Context::First),
            (Context::First | Context::Next, b']') => self.pass(window, Context::Top),
            (Context::Next, b',') => self.pass(window, Context::Element),
            (Context::Top, b',' | b':' | b']' | b'}') => {
                self.reject(batch, place, byte, Expected::Value);
                self.pass(window, Context::Top);
            }
            (Context::Element, b',' | b']') => {
                self.reject(batch, place, byte, Expected::Value);
                self.pass(window, if byte == b',' { Context::Element } else { Context::Top });
            }
            (Context::Next, _) => {
                self.reject(batch, place, byte, Expected::CommaOrBracket);
                self.activity = Activity::Skip(Skip::new(0, place.column));
            }
            (Context::First | Context::Element, b',' | b':' | b'}') => {
                let first = self.context == Context::First;
                let expected = if first { Expected::ValueOrBracket } else { Expected::Value };
                self.reject(batch, place, byte, expected);
                self.activity = Activity::Skip(Skip::new(0, place.column));
            }
            _ => {
                self.scanner.reset();
                self.activity = Activity::Value { place, scanned: 0, dropped: 0 };
            }
        }
        false
    }

    fn pass(&mut self, window: &mut Window, context: Context) {
        window.consume(1);
        self.context = context;
    }

    fn reject(&self, batch: &mut Batch, place: Place, found: u8, expected: Expected) {
        batch.reject(place, Fault::Unexpected { place, found, expected });
    }

    /// Continues with a value. Returns true if the window ends in it.
    fn value(
        &mut self,
        window: &mut Window,
        batch: &mut Batch,
        limits: &Limits,
        (place, scanned, dropped): (Place, usize, u64),
    ) -> bool {
        let bytes = window.bytes();
        let limit = limits.event_bytes;
        let too_large = |length: usize| {
            let size = dropped + length as u64;
            (size > limit as u64).then_some(Fault::TooLarge { size, limit })
        };
        let scan = self.scanner.scan(bytes, scanned, window.offset(), &mut self.lines);
        let (at, fault) = match scan {
            Scan::More => {
                let length = bytes.len();
                self.activity = if length > limit {
                    window.consume(length);
                    Activity::Value { place, scanned: 0, dropped: dropped + length as u64 }
                } else {
                    Activity::Value { place, scanned: length, dropped }
                };
                return true;
            }
            Scan::Complete(length) => {
                match too_large(length) {
                    Some(fault) => batch.reject(place, fault),
                    None => batch.push(place, bytes.get(..length).unwrap_or_default()),
                }
                window.consume(length);
                self.context = if self.context == Context::Top { Context::Top } else { Context::Next };
                self.activity = Activity::Between;
                return false;
            }
            Scan::Unexpected(at, expected) => {
                let found = bytes.get(at).copied().unwrap_or_default();
                let place = self.lines.place(window.offset() + at as u64);
                (at, Fault::Unexpected { place, found, expected })
            }
            Scan::TooDeep(at) => {
                let place = self.lines.place(window.offset() + at as u64);
                (at, Fault::TooDeep { place, limit: MAX_DEPTH })
            }
        };
        batch.reject(place, too_large(at).unwrap_or(fault));
        let column = if self.context == Context::Top { 1 } else { place.column };
        let mut skip = Skip::new(self.scanner.depth() as u64, column);
        skip.blank = self.is_blank_before(bytes, at, window.offset());
        window.consume(at);
        self.activity = Activity::Skip(skip);
        false
    }

    /// Returns whether only whitespace precedes the byte on its line, as far as the window reaches back.
    fn is_blank_before(&self, bytes: &[u8], at: usize, offset: u64) -> bool {
        let start = self.lines.start().checked_sub(offset).and_then(|start| usize::try_from(start).ok());
        start
            .and_then(|start| bytes.get(start..at))
            .is_some_and(|before| before.iter().all(|it| is_space(*it)))
    }

    /// Skips the rest of a faulty value. Returns true if the window ends in it.
    fn skip(&mut self, window: &mut Window, mut skip: Skip) -> bool {
        let in_array = self.context != Context::Top;
        let mut count = 0;
        let mut next = None;
        for byte in window.bytes() {
            let offset = window.offset() + count as u64;
            if *byte == b'{' && skip.blank && self.lines.place(offset).column == skip.column {
                next = Some(if in_array { Context::Element } else { Context::Top });
                break;
            }
            count += 1;
            if *byte == b'\n' {
                self.lines.newline(offset);
                (skip.text, skip.blank) = (Text::Outside, true);
                continue;
            }
            skip.blank &= is_space(*byte);
            next = skip.step(*byte, in_array);
            if next.is_some() {
                break;
            }
        }
        window.consume(count);
        self.activity = if next.is_some() { Activity::Between } else { Activity::Skip(skip) };
        self.context = next.unwrap_or(self.context);
        next.is_none()
    }

    /// Handles the end of the source.
    fn end(&mut self, window: &mut Window, batch: &mut Batch, limits: &Limits) {
        let bytes = window.bytes();
        let place = self.lines.place(window.offset() + bytes.len() as u64);
        let mut missing = None;
        match self.activity {
            Activity::Value { place: start, dropped, .. } => {
                let size = dropped + bytes.len() as u64;
                let expected = self.scanner.end();
                if size > limits.event_bytes as u64 {
                    batch.reject(start, Fault::TooLarge { size, limit: limits.event_bytes });
                } else if let Some(expected) = expected {
                    batch.reject(start, Fault::UnexpectedEnd { place, expected });
                } else {
                    batch.push(start, bytes);
                }
                // a truncated element already implies that its array is truncated
                missing = expected.is_none().then_some(Expected::CommaOrBracket);
            }
            Activity::Between => {
                missing = Some(match self.context {
                    Context::First => Expected::ValueOrBracket,
                    Context::Element => Expected::Value,
                    Context::Next | Context::Top => Expected::CommaOrBracket,
                });
            }
            Activity::Skip(_) => {}
        }
        if let Some(expected) = missing.filter(|_| self.context != Context::Top) {
            batch.reject(place, Fault::UnexpectedEnd { place, expected });
        }
        let rest = bytes.len();
        window.consume(rest);
        self.context = Context::Top;
        self.activity = Activity::Between;
    }
}

impl Skip {
    fn new(depth: u64, column: u64) -> Self {
        Self { depth, text: Text::Outside, column, blank: false }
    }

    /// Processes a byte. Returns the next context if the skipped value ends with it.
    fn step(&mut self, byte: u8, in_array: bool) -> Option<Context> {
        match (self.text, byte) {
            (Text::Outside, b'"') | (Text::Escaped, _) => self.text = Text::Inside,
            (Text::Inside, b'"') => self.text = Text::Outside,
            (Text::Inside, b'\\') => self.text = Text::Escaped,
            (Text::Outside, b'{' | b'[') => self.depth += 1,
            (Text::Outside, b',') if in_array && self.depth == 0 => return Some(Context::Element),
            (Text::Outside, b']') if in_array && self.depth == 0 => return Some(Context::Top),
            (Text::Outside, b'}' | b']') => {
                self.depth = self.depth.saturating_sub(1);
                return (!in_array && self.depth == 0).then_some(Context::Top);
            }
            _ => {}
        }
        None
    }
}
