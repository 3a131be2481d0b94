//! Which documents can be read where a row stands.

use mapwright_convert::{PathStep, Root, SourcePath};
use mapwright_findings::rules::unknown_name;
use mapwright_language::catalog::Destination;
use mapwright_language::names::ITEMS;

/// The members of a response.
const OF_RESPONSE: [&str; 4] = ["status", "headers", "body", "text"];

/// The advice where a rule about an event reads a capture.
pub(crate) const BEFORE_REQUESTS: &str = "`skip`, `require` and `warn` of a mapping are decided before the first request, when no capture has a value";

/// The only sources where several events are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Only {
    /// One item of a batch.
    Item,
    /// All items of a batch.
    Items,
    /// The response to a batch.
    Answer,
}

impl Only {
    fn allows(self, path: &SourcePath) -> bool {
        match path.root {
            Root::Settings | Root::Now | Root::Version | Root::Item => true,
            Root::Event => self == Only::Items && is_items(&path.steps),
            Root::Response => self == Only::Answer,
            Root::Options | Root::Payload | Root::Captures => false,
        }
    }

    fn advice(self) -> &'static str {
        match self {
            Only::Item => {
                "the row is about an item, which is the body of a step, and belongs to no event: read `item`, `settings` or `now`"
            }
            Only::Items => {
                "a body with the items of several events belongs to none of them: read `items`, `settings` or `now`"
            }
            Only::Answer => {
                "the response to a batch is that of several events, and the rule judges such responses: read `response`, `settings` or `now`"
            }
        }
    }
}

/// Whether a path leads to the items of a batch, or to something in them.
pub(crate) fn is_items(steps: &[PathStep]) -> bool {
    matches!(steps.first(), Some(PathStep::Key(first)) if first == ITEMS)
}

/// The paths of what is read with the name of its owner before it: settings, and what a response has where there is one.
pub(crate) fn owned(destination: &Destination, response: bool, only: Option<Only>) -> Vec<String> {
    let settings = destination.spec.settings.iter().map(|(name, _)| format!("settings.{}", name.value));
    let has_response = response || only == Some(Only::Answer);
    let of_response = OF_RESPONSE.iter().filter(|_| has_response).map(|name| format!("response.{name}"));
    settings.chain(of_response).collect()
}

/// What is meant by a path that starts with the name of something that has an owner.
pub(crate) fn meant(
    path: &SourcePath,
    destination: &Destination,
    response: bool,
    only: Option<Only>,
) -> Option<String> {
    let name = path.first_key().filter(|_| path.root == Root::Event && !path.literal)?;
    unknown_name::of_owner(name, &path.to_string(), &owned(destination, response, only))
}

/// Returns why a path is not available, if it is not.
pub(crate) fn unavailable(
    path: &SourcePath,
    settings_only: bool,
    event_only: bool,
    before_requests: bool,
    only: Option<Only>,
) -> Option<&'static str> {
    if settings_only && !matches!(path.root, Root::Settings | Root::Now | Root::Version) {
        return Some("only settings can be read here, since the value is the same for every event");
    }
    if event_only && matches!(path.root, Root::Payload | Root::Captures) {
        return Some(
            "`order`, `sources`, `unsupported` and the `when` of a variant are evaluated before the payload and the steps; read the event itself, or a named value that reads the event",
        );
    }
    if before_requests && path.root == Root::Captures {
        return Some(BEFORE_REQUESTS);
    }
    only.filter(|only| !only.allows(path)).map(Only::advice)
}
