//! Message types, and an event of each.

use mapwright_findings::suggest;

use crate::error::StartError;

/// The message types with a small event of each.
const EVENTS: [(&str, &str); 6] = [
    ("identify", "{ type: identify, userId: u1, traits: { email: ada@example.com } }"),
    ("track", "{ type: track, userId: u1, event: Order Completed, properties: { total: 12.5 } }"),
    ("page", "{ type: page, userId: u1, name: Home, properties: { url: https://example.com/ } }"),
    ("screen", "{ type: screen, userId: u1, name: Home }"),
    ("group", "{ type: group, userId: u1, groupId: g1, traits: { name: Example } }"),
    ("alias", "{ type: alias, userId: u1, previousId: u0 }"),
];

/// Returns a small event of a type, as YAML.
///
/// # Errors
/// If mappings of this type cannot be started.
///
/// ```
/// assert!(mapwright_start::example("track").is_ok());
/// assert!(mapwright_start::example("trak").unwrap_err().to_string().ends_with("did you mean `track`?"));
/// ```
pub fn example(message: &str) -> Result<&'static str, StartError> {
    let found = EVENTS.iter().find(|(name, _)| *name == message).map(|(_, event)| *event);
    found.ok_or_else(|| StartError::Message {
        name: message.to_owned(),
        help: suggest(message, EVENTS.iter().map(|(name, _)| *name)),
    })
}
