//! Message types.

/// The message types of the RudderStack and Segment specs.
pub(crate) const MESSAGES: [&str; 8] =
    ["identify", "track", "page", "screen", "group", "alias", "record", "delete"];
