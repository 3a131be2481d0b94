//! The names that paths may start with: the fields of events, by the RudderStack and Segment specs, and what the language reserves.

use mapwright_convert::Root;

/// Returns the names of roots that are not the event, such as `settings`.
pub fn reserved() -> [&'static str; Root::NAMED.len()] {
    Root::NAMED.map(|(name, _)| name)
}

/// Returns every name that a path may start with.
pub fn known() -> impl Iterator<Item = &'static str> {
    EVENT_FIELDS.into_iter().chain(reserved())
}

/// Returns whether a path that is written in dots starts with a name that an `each` around it gives its item: no other name is left.
pub fn is_item_name(first: &str) -> bool {
    known().all(|name| name != first) && !FOUND.contains(&first) && first != ITEMS
}

/// What the body of a batch is made of.
pub const ITEMS: &str = "items";

/// Returns whether the first name of a path is known.
pub fn begins_with_name(path: &str) -> bool {
    path.split('.').next().is_some_and(|first| known().any(|name| name == first))
}
/// Fields of events that are texts or numbers in every event of the RudderStack and Segment specs.
pub const SINGLE_VALUES: [&str; 13] = [
    "type",
    "event",
    "userId",
    "anonymousId",
    "groupId",
    "previousId",
    "messageId",
    "timestamp",
    "originalTimestamp",
    "sentAt",
    "receivedAt",
    "channel",
    "rudderId",
];

/// The top-level fields of events that do not need the prefix `$.`.
pub const EVENT_FIELDS: [&str; 31] = [
    "type",
    "event",
    "name",
    "category",
    "userId",
    "anonymousId",
    "groupId",
    "previousId",
    "messageId",
    "traits",
    "properties",
    "context",
    "integrations",
    "timestamp",
    "originalTimestamp",
    "sentAt",
    "receivedAt",
    "channel",
    "action",
    "fields",
    "identifiers",
    "recordId",
    "users",
    "regulationType",
    "destinationIds",
    "jobId",
    "rudderId",
    "request_ip",
    "email",
    "metadata",
    "writeKey",
];

/// What a property of a mapping can read beside the event: what became of it.
pub const FOUND: [&str; 7] = ["outcome", "requests", "calls", "rejection", "skipped", "warnings", "leaks"];
