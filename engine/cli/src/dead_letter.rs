//! Dead letters: events that could not be delivered, as lines that can be sent again.
//!
//! `{"dead_letter":1,"outcome":"failed","file":"events.ndjson","line":17,"message":"track","error":{…},"event":{…}}`. `event` is the original
//! event, on one line. Input that is not JSON is in `text` instead, or in `base64` if it is not UTF-8. An object whose first member is
//! `dead_letter` is a dead letter and not an event.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use mapwright::Rejection;
use mapwright_json::write_str;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::input::Place;

const VERSION: u64 = 1;
const START: &[u8] = b"{\"dead_letter\":";

/// A dead letter.
#[derive(Debug)]
pub(crate) struct Letter<'a> {
    /// `rejected`, `failed` or `unfinished`.
    pub(crate) outcome: &'a str,
    /// The name of the event's source.
    pub(crate) file: &'a str,
    /// Where the event starts in its source.
    pub(crate) place: Place,
    /// The event's message type, if there is a mapping for it.
    pub(crate) message: Option<&'a str>,
    /// The error, as a JSON object.
    pub(crate) error: &'a [u8],
    /// The event; empty if it could not be separated from its source.
    pub(crate) event: &'a [u8],
}

impl Letter<'_> {
    /// Appends the line to `out`.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(START);
        out.extend_from_slice(format!("{VERSION},\"outcome\":\"{}\",\"file\":", self.outcome).as_bytes());
        write_str(out, self.file);
        out.extend_from_slice(format!(",\"line\":{}", self.place.line).as_bytes());
        // other events may precede it on the line, as in an envelope
        if self.place.column > 1 {
            out.extend_from_slice(format!(",\"column\":{}", self.place.column).as_bytes());
        }
        if let Some(message) = self.message {
            out.extend_from_slice(b",\"message\":");
            write_str(out, message);
        }
        out.extend_from_slice(b",\"error\":");
        out.extend_from_slice(self.error);
        if self.event.is_empty() {
            // there is no event to write
        } else if let Ok(text) = std::str::from_utf8(self.event) {
            if serde_json::from_str::<IgnoredAny>(text).is_ok() {
                out.extend_from_slice(b",\"event\":");
                // in valid JSON, line breaks occur only between tokens
                out.extend(
                    self.event.iter().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { *byte }),
                );
            } else {
                out.extend_from_slice(b",\"text\":");
                write_str(out, text);
            }
        } else {
            out.extend_from_slice(b",\"base64\":");
            write_str(out, &BASE64.encode(self.event));
        }
        out.extend_from_slice(b"}\n");
    }
}

/// The parts of a dead letter that are read.
#[derive(Deserialize)]
struct DeadLetterLine<'a> {
    dead_letter: u64,
    #[serde(default)]
    file: Cow<'a, str>,
    #[serde(default)]
    line: u64,
    #[serde(borrow, default, deserialize_with = "present")]
    event: Option<&'a RawValue>,
    text: Option<String>,
    base64: Option<String>,
    error: Option<Failed>,
}

/// The part of an error that says what is done.
#[derive(Default, Deserialize)]
struct Failed {
    #[serde(default)]
    done: Vec<String>,
}

/// An event that was in a dead letter, or is one that was not.
pub(crate) struct Opened<'a> {
    pub(crate) event: Cow<'a, [u8]>,
    /// Where it starts.
    pub(crate) place: Place,
    /// What is done, and left out when it is sent again.
    pub(crate) done: Vec<String>,
}

/// Deserializes a value that is present: `null` is an event, too.
fn present<'de, D: serde::Deserializer<'de>>(json: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(json).map(Some)
}

/// Returns the event in a dead letter and where it starts, or an event that is not a dead letter unchanged.
///
/// # Errors
/// Returns an error if the dead letter contains no event.
pub(crate) fn open(json: &[u8], place: Place) -> Result<Opened<'_>, Box<Rejection>> {
    let Some(envelope) = envelope(json) else {
        return Ok(Opened { event: Cow::Borrowed(json), place, done: Vec::new() });
    };
    let done = envelope.error.unwrap_or_default().done;
    if let Some(event) = envelope.event {
        let event = event.get().as_bytes();
        let before = (event.as_ptr() as usize).saturating_sub(json.as_ptr() as usize);
        let column = place.column + before as u64;
        return Ok(Opened { event: Cow::Borrowed(event), place: Place { column, ..place }, done });
    }
    let bytes = envelope.text.map(String::into_bytes);
    match bytes.or_else(|| BASE64.decode(envelope.base64?).ok()) {
        Some(bytes) => Ok(Opened { event: Cow::Owned(bytes), place, done }),
        None => Err(Box::new(no_event(&envelope.file, envelope.line))),
    }
}

fn envelope(json: &[u8]) -> Option<DeadLetterLine<'_>> {
    let inner = json.strip_prefix(b"{")?.trim_ascii_start();
    if !inner.starts_with(b"\"dead_letter\"") {
        return None;
    }
    serde_json::from_slice(json).ok().filter(|envelope: &DeadLetterLine<'_>| envelope.dead_letter == VERSION)
}

fn no_event(file: &str, line: u64) -> Rejection {
    let message = format!("the dead letter contains no event; the event was on line {line} of `{file}`");
    Rejection::new("no_event", message)
}

/// Returns whether this is the start of a dead letter without its end, as the death of a process leaves it.
pub(crate) fn is_torn(line: &[u8]) -> bool {
    let start = line.get(..START.len()).unwrap_or(line);
    START.starts_with(start) && serde_json::from_slice::<IgnoredAny>(line).is_err()
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::string_slice, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn written(event: &[u8]) -> Vec<u8> {
        let mut line = Vec::new();
        Letter {
            outcome: "failed",
            file: "a \"b\".ndjson",
            place: Place { line: 3, column: 1 },
            message: Some("track"),
            error: b"{\"code\":\"x\"}",
            event,
        }
        .write(&mut line);
        line
    }

    fn reopened(line: &[u8]) -> (Vec<u8>, Place) {
        let Opened { event, place, .. } =
            open(line.trim_ascii_end(), Place { line: 1, column: 1 }).ok().unwrap();
        (event.into_owned(), place)
    }

    #[test]
    fn what_goes_in_comes_out() {
        for event in [
            &br#"{"type":"track","n":1.10,"s":"a\nb"}"#[..],
            b"{\"type\": \"track\", broken",
            b"\xff\xfe{",
            b"  ",
            b"null",
            br#"{"dead_letter":1,"event":{"nested":true}}"#,
        ] {
            let line = written(event);
            assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
            assert!(serde_json::from_slice::<IgnoredAny>(&line).is_ok());
            assert_eq!(reopened(&line).0, event, "{}", String::from_utf8_lossy(&line));
        }
    }

    #[test]
    fn events_over_several_lines_become_one() {
        let line = written(b"{\n  \"a\": 1\r\n}");
        assert_eq!(reopened(&line).0, b"{   \"a\": 1  }");
        insta::assert_snapshot!(String::from_utf8(line).unwrap(), @r#"{"dead_letter":1,"outcome":"failed","file":"a \"b\".ndjson","line":3,"message":"track","error":{"code":"x"},"event":{   "a": 1  }}"#);
    }

    #[test]
    fn the_event_has_its_place_in_the_line() {
        let line = written(b"{\"a\":1}");
        let (_, place) = reopened(&line);
        let at = usize::try_from(place.column).unwrap() - 1;
        assert!(line[at..].starts_with(b"{\"a\":1}"));
    }

    #[test]
    fn events_are_left_alone() {
        for event in [
            &br#"{"type":"track","dead_letter":1,"event":{}}"#[..],
            br#"{"dead_letter":2,"event":{}}"#,
            br#"{"dead_letter":"x"}"#,
            br#"{"dead_letter":1"#,
            b"",
        ] {
            assert_eq!(reopened(event), (event.to_vec(), Place { line: 1, column: 1 }));
        }
        assert_eq!(reopened(b"{ \"dead_letter\" : 1, \"event\" : [1] }").0, b"[1]");
    }

    #[test]
    fn what_is_done_is_read_back() {
        let line = r#"{"dead_letter":1,"error":{"code":"x","items":[{"index":1}],"done":["ab"]},"event":{}}"#;
        let opened = open(line.as_bytes(), Place { line: 1, column: 1 }).ok().unwrap();
        assert_eq!(opened.done, ["ab"]);
        assert!(open(&written(b"{}"), Place { line: 1, column: 1 }).ok().unwrap().done.is_empty());
    }

    #[test]
    fn a_letter_without_an_event_says_where_it_stood() {
        let error = open(written(b"").trim_ascii_end(), Place { line: 1, column: 1 }).err().unwrap();
        assert_eq!(
            error.message,
            "the dead letter contains no event; the event was on line 3 of `a \"b\".ndjson`"
        );
    }
}
