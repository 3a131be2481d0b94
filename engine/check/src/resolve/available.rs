//! Which documents can be read where a row stands.

use crate::resolve::{Context, Resolver};
use mapwright_convert::{PathStep, Root, SourcePath};
use mapwright_findings::Span;
use mapwright_findings::rules::misplaced_name;

/// Why no capture can be read where an event is judged.
pub(crate) const BEFORE_REQUESTS: &str = "`skip`, `require` and `warn` of a mapping are decided before the first request, when no capture has a value";

/// What alone can be read of something that is about several events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Only {
    /// One item of a batch.
    Item,
    /// All items of a batch.
    Items,
    /// The answer to a batch.
    Answer,
}

/// The name of the items of a batch.
pub(crate) const ITEMS: &str = "items";

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
                "the answer to a batch is that of several events, and the rule judges such answers: read `response`, `settings` or `now`"
            }
        }
    }
}

/// Whether a path leads to the items of a batch, or to something in them.
pub(crate) fn is_items(steps: &[PathStep]) -> bool {
    matches!(steps.first(), Some(PathStep::Key(first)) if first == ITEMS)
}

impl Resolver<'_, '_> {
    /// Reports a path into a document that is not at hand.
    pub(crate) fn available(&mut self, path: &SourcePath, span: Span) -> Option<()> {
        let Context { settings_only, event_only, before_requests, only, .. } = &self.context;
        let advice = if *settings_only && !matches!(path.root, Root::Settings | Root::Now | Root::Version) {
            "only settings can be read here, since the value is the same for every event"
        } else if *event_only && matches!(path.root, Root::Payload | Root::Captures) {
            "`order`, `sources`, `unsupported` and the `when` of a variant are evaluated before the payload and the steps; read the event itself, or a named value that reads the event"
        } else if *before_requests && path.root == Root::Captures {
            BEFORE_REQUESTS
        } else if let Some(only) = only.filter(|only| !only.allows(path)) {
            only.advice()
        } else {
            return Some(());
        };
        misplaced_name::report(self.reports, span, &path.to_string(), advice);
        None
    }

    /// Resolves something of which only this can be read, with the named values that it reads.
    pub(crate) fn with_only<R>(&mut self, only: Option<Only>, resolve: impl FnOnce(&mut Self) -> R) -> R {
        if only.is_none() {
            return resolve(self);
        }
        // those that others read
        self.make_values();
        self.context.only = only;
        let resolved = resolve(self);
        self.make_values();
        self.context.only = None;
        resolved
    }
}
