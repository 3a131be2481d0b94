//! Rejections with their position in the input.

use mapwright::Rejection;

use crate::input::{Event, Fault, Place};

/// Returns the position of an event's syntax error, if that is why it is rejected, and adds it to the message.
pub(crate) fn in_place(rejection: &mut Rejection, event: &Event<'_>) -> Option<Place> {
    let offset = rejection.offset?;
    let place = event.place_of(offset);
    if let Some(rest) = rejection.message.strip_prefix(&format!("byte {offset}: ")) {
        rejection.message = format!("line {}, column {}: {rest}", place.line, place.column);
    }
    if event.place.line == 1
        && let Some(hint) = event.json.ok().and_then(hint)
    {
        rejection.message.push_str(&format!("; {hint}"));
    }
    Some(place)
}

/// Returns the rejection of a fault in the input.
pub(crate) fn of_fault(fault: &Fault) -> (Rejection, Option<Place>) {
    let (code, place) = match fault {
        Fault::TooLarge { .. } => ("limit_exceeded", None),
        Fault::TooDeep { place, .. } => ("limit_exceeded", Some(*place)),
        Fault::Unexpected { place, .. } | Fault::UnexpectedEnd { place, .. } => {
            ("invalid_json", Some(*place))
        }
    };
    (Rejection::new(code, fault.to_string()), place)
}

/// Returns what the first line probably is, if it is not an event.
fn hint(json: &[u8]) -> Option<&'static str> {
    if json.get(257..262) == Some(b"ustar") {
        return Some("the input looks like a tar archive; extract it first");
    }
    if json.contains(&0) {
        return Some("the input looks like a binary file; expected JSON events");
    }
    let words = json.first().is_some_and(|first| first.is_ascii_alphabetic() || *first == b'"');
    let columns = json.iter().any(|byte| matches!(byte, b',' | b';' | b'\t'));
    let csv = words && columns && !json.iter().any(|byte| matches!(byte, b'{' | b'['));
    csv.then_some("the input looks like CSV; expected one JSON event per line")
}
