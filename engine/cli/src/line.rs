//! The outcome of an event as a line of JSON. Bodies are copied as the engine wrote them.

use std::io::Write;

use mapwright::{BatchItem, Body, Calls, Rejection, Request, SdkCall, Skip, Warning};
use mapwright_json::write_str;

use crate::input::Place;

/// The event of a line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct About<'a> {
    /// The file, if there are several.
    pub(crate) file: Option<&'a str>,
    /// Where it starts.
    pub(crate) place: Place,
}

impl About<'_> {
    fn write(self, status: &str, out: &mut Vec<u8>) {
        self.position(out);
        out.extend_from_slice(b",\"status\":\"");
        out.extend_from_slice(status.as_bytes());
        out.push(b'"');
    }

    /// Opens an object with the position.
    fn position(self, out: &mut Vec<u8>) {
        out.push(b'{');
        if let Some(file) = self.file {
            member("file", file, out);
            out.push(b',');
        }
        out.extend_from_slice(b"\"line\":");
        number(self.place.line, out);
        // other events may precede it on the line
        if self.place.column > 1 {
            out.extend_from_slice(b",\"column\":");
            number(self.place.column, out);
        }
    }
}

pub(crate) fn mapped(
    about: About<'_>,
    message: &str,
    requests: &[Request<'_>],
    warnings: &[Warning],
    out: &mut Vec<u8>,
) {
    about.write("mapped", out);
    out.push(b',');
    member("message", message, out);
    out.extend_from_slice(b",\"requests\":[");
    for (place, request) in requests.iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        self::request(request, out);
    }
    out.push(b']');
    self::warnings(warnings, out);
    out.extend_from_slice(b"}\n");
}

/// Writes an event that becomes calls of an SDK.
pub(crate) fn called(about: About<'_>, made: &Calls, out: &mut Vec<u8>) {
    about.write("mapped", out);
    out.push(b',');
    member("message", &made.message, out);
    out.extend_from_slice(b",\"calls\":");
    calls(&made.calls, out);
    warnings(&made.warnings, out);
    out.extend_from_slice(b"}\n");
}

/// Writes calls as a list.
pub(crate) fn calls(calls: &[SdkCall], out: &mut Vec<u8>) {
    out.push(b'[');
    for (place, call) in calls.iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        out.push(b'{');
        member("step", &call.step, out);
        out.push(b',');
        member("call", &call.function, out);
        out.extend_from_slice(b",\"arguments\":");
        out.extend_from_slice(call.json());
        out.push(b'}');
    }
    out.push(b']');
}

fn warnings(warnings: &[Warning], out: &mut Vec<u8>) {
    if !warnings.is_empty() {
        out.extend_from_slice(b",\"warnings\":");
        json(&warnings, out);
    }
}

/// Writes a request that some events become together.
pub(crate) fn together(events: &[About<'_>], request: &Request<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"events\":[");
    for (place, event) in events.iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        event.position(out);
        out.push(b'}');
    }
    out.extend_from_slice(b"],\"request\":");
    self::request(request, out);
    out.extend_from_slice(b"}\n");
}

/// Writes a request as an object.
pub(crate) fn request(request: &Request<'_>, out: &mut Vec<u8>) {
    out.push(b'{');
    member("step", &request.step, out);
    out.push(b',');
    member("method", request.method, out);
    out.push(b',');
    member("url", &request.url, out);
    out.extend_from_slice(b",\"headers\":{");
    for (place, (name, value)) in request.headers().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        member(name, value, out);
    }
    out.push(b'}');
    match &request.body {
        Some(Body::Json(text)) => {
            out.extend_from_slice(b",\"body\":");
            out.extend_from_slice(text);
        }
        Some(body) => {
            out.push(b',');
            member("body", &String::from_utf8_lossy(body.bytes()), out);
        }
        None => {}
    }
    if let Some(when) = &request.when {
        out.push(b',');
        member("when", when, out);
    }
    if let Some(item) = request.batch() {
        out.extend_from_slice(b",\"batch\":");
        batch(item, out);
    }
    out.push(b'}');
}

/// Writes what an item has in common with others of its request.
fn batch(item: &BatchItem, out: &mut Vec<u8>) {
    out.push(b'{');
    member("operation", item.operation(), out);
    out.extend_from_slice(b",\"by\":[");
    for (place, value) in item.by().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        // the engine has written it
        out.extend_from_slice(value.unwrap_or("null").as_bytes());
    }
    out.push(b']');
    if let Some(id) = item.id() {
        out.push(b',');
        member("id", id, out);
    }
    if item.is_alone() {
        out.extend_from_slice(b",\"alone\":true");
    }
    out.push(b'}');
}

/// Writes a rejected event. `at` is the position of the syntax error in the input, if that is the reason.
pub(crate) fn rejected(about: About<'_>, rejection: &Rejection, at: Option<Place>, out: &mut Vec<u8>) {
    about.write("rejected", out);
    out.extend_from_slice(b",\"error\":");
    error(rejection, at, out);
    out.extend_from_slice(b"}\n");
}

/// Writes a rejection as an object.
pub(crate) fn error(rejection: &Rejection, at: Option<Place>, out: &mut Vec<u8>) {
    // the position in the file replaces the offset in the event
    let mut placed = rejection.clone();
    placed.offset = None;
    json(&placed, out);
    if let Some(at) = at {
        out.pop();
        out.extend_from_slice(b",\"line\":");
        number(at.line, out);
        out.extend_from_slice(b",\"column\":");
        number(at.column, out);
        out.push(b'}');
    }
}

pub(crate) fn skipped(about: About<'_>, skip: &Skip, out: &mut Vec<u8>) {
    about.write("skipped", out);
    out.push(b',');
    member("reason", &skip.reason, out);
    out.push(b',');
    member("rule", skip.rule, out);
    out.extend_from_slice(b"}\n");
}

fn member(name: &str, value: &str, out: &mut Vec<u8>) {
    write_str(out, name);
    out.push(b':');
    write_str(out, value);
}

fn number(number: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

fn json(value: &impl serde::Serialize, out: &mut Vec<u8>) {
    // writing to memory cannot fail, and all keys are strings
    let _ = serde_json::to_writer(&mut *out, value);
    let _ = out.flush();
}

/// Pretty-prints JSON token by token, so that numbers keep their spelling.
pub(crate) fn pretty(line: &[u8], out: &mut Vec<u8>) {
    let mut depth = 0_usize;
    let mut in_text = false;
    let mut escaped = false;
    let mut bytes = line.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if in_text {
            out.push(byte);
            in_text = escaped || byte != b'"';
            escaped = byte == b'\\' && !escaped;
            continue;
        }
        match byte {
            b'{' | b'[' => {
                out.push(byte);
                if let Some(end) = bytes.next_if(|next| matches!(next, b'}' | b']')) {
                    out.push(end);
                } else {
                    depth += 1;
                    indent(depth, out);
                }
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                indent(depth, out);
                out.push(byte);
            }
            b',' => {
                out.push(byte);
                indent(depth, out);
            }
            b':' => out.extend_from_slice(b": "),
            b'"' => {
                in_text = true;
                out.push(byte);
            }
            _ => out.push(byte),
        }
    }
}

fn indent(depth: usize, out: &mut Vec<u8>) {
    out.push(b'\n');
    out.resize(out.len() + 2 * depth, b' ');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pretty_text_says_the_same() {
        let line = r#"{"a":[1.10,-2e400,"x\"},{\\",[],{}],"b":{"c":null},"d":""}"#;
        let mut out = Vec::new();
        pretty(line.as_bytes(), &mut out);
        let text = String::from_utf8(out).unwrap();
        insta::assert_snapshot!(text, @r#"
        {
          "a": [
            1.10,
            -2e400,
            "x\"},{\\",
            [],
            {}
          ],
          "b": {
            "c": null
          },
          "d": ""
        }
        "#);
    }
}
