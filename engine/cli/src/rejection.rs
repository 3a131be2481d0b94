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
