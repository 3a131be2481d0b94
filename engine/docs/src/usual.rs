//! The order in which readers expect messages.

/// The place of a message among others: the usual ones, and then all others.
pub(crate) fn usual_place(message: &str) -> usize {
    let usual = ["identify", "track", "page", "screen", "group", "alias", "record", "delete"];
    usual.iter().position(|known| *known == message).unwrap_or(usual.len())
}
