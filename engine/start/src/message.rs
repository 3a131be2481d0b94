//! Message types, and an event of each.

use mapwright_findings::suggest;

use crate::error::StartError;

/// What a new mapping of a message type starts with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Start {
    /// The message type.
    pub(crate) name: &'static str,
    /// A small event, as YAML.
    pub(crate) event: &'static str,
    /// The condition that each of its events meets.
    pub(crate) when: &'static str,
    /// The key that says what kind of mapping it is.
    pub(crate) flag: Option<&'static str>,
    /// The rows of its first payload part: a field, and the paths that it is read from.
    pub(crate) rows: &'static [(&'static str, &'static [&'static str])],
}

/// The rows of an event about a user.
const USER: &[(&str, &[&str])] = &[("user_id", &["userId", "anonymousId"])];
/// What is stated of a name to declare.
const NAME: &[(&str, &[&str])] =
    &[("name", &["properties.name"]), ("kind", &["properties.kind"]), ("type", &["properties.type"])];

impl Start {
    const fn of_events(name: &'static str, event: &'static str, when: &'static str) -> Self {
        Self { name, event, when, flag: None, rows: USER }
    }
}

/// All message types that mappings can be started of: those of events, then those that commands ask for.
const STARTS: [Start; 9] = [
    Start::of_events(
        "identify",
        "{ type: identify, userId: u1, traits: { email: ada@example.com } }",
        r#"type == "identify""#,
    ),
    Start::of_events(
        "track",
        "{ type: track, userId: u1, event: Order Completed, properties: { total: 12.5 } }",
        r#"type == "track""#,
    ),
    Start::of_events(
        "page",
        "{ type: page, userId: u1, name: Home, properties: { url: https://example.com/ } }",
        r#"type == "page""#,
    ),
    Start::of_events("screen", "{ type: screen, userId: u1, name: Home }", r#"type == "screen""#),
    Start::of_events(
        "group",
        "{ type: group, userId: u1, groupId: g1, traits: { name: Example } }",
        r#"type == "group""#,
    ),
    Start::of_events("alias", "{ type: alias, userId: u1, previousId: u0 }", r#"type == "alias""#),
    Start {
        name: "delete",
        event: "{ regulationType: suppress_with_delete, users: [{ userId: u1 }] }",
        when: r#"regulationType == "suppress_with_delete""#,
        flag: Some("destructive: true"),
        rows: &[("user_id", &["users[0].userId"])],
    },
    Start {
        name: "check",
        event: "{ type: check }",
        when: r#"type == "check""#,
        flag: Some("command: true"),
        rows: &[],
    },
    Start {
        name: "declare",
        event: "{ type: declare, properties: { kind: person, name: plan, type: string } }",
        when: r#"type == "declare""#,
        flag: Some("command: true"),
        rows: NAME,
    },
];

/// Returns what a mapping of a type starts with.
pub(crate) fn start(message: &str) -> Result<&'static Start, StartError> {
    let found = STARTS.iter().find(|start| start.name == message);
    found.ok_or_else(|| StartError::Message {
        name: message.to_owned(),
        help: suggest(message, STARTS.iter().map(|start| start.name)),
    })
}

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
    start(message).map(|start| start.event)
}
