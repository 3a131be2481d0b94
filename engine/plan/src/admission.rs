//! Admission: whether an event is meant for the destination, by its type, its `integrations` object, consent, and the events that the settings list.

use std::borrow::Cow;

use mapwright_json::{Doc, Json, Kind, NodeId, Step, TrieBuilder, TrieError};
use serde_json::Value;

/// Why an event is skipped, and by which rule.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[non_exhaustive]
pub struct Skip {
    /// The stable name of the rule: `unsupported_message`, `integrations`, `consent`, `event_filter`, `source`, or `mapping`.
    pub rule: &'static str,
    /// The user's message.
    pub reason: String,
}

impl Skip {
    /// Creates a skip from the stable name of its rule and the message for the user.
    ///
    /// ```
    /// use mapwright::Skip;
    ///
    /// assert_eq!(Skip::new("consent", "marketing is declined").rule, "consent");
    /// ```
    pub fn new(rule: &'static str, reason: impl Into<String>) -> Self {
        Self { rule, reason: reason.into() }
    }
}

/// The slots that admission reads.
#[derive(Debug)]
pub struct Admission {
    kind: NodeId,
    event: NodeId,
    regulation: NodeId,
    all: NodeId,
    integrations: NodeId,
    names: Vec<NodeId>,
    denied: NodeId,
    provider: NodeId,
    strategy: NodeId,
}

/// The message type of an event.
#[derive(Debug, Clone, PartialEq)]
pub enum Message<'d> {
    /// The type in lower case.
    Type(Cow<'d, str>),
    /// The event has no type.
    Missing,
    /// The type is not text.
    NotText,
}

impl Admission {
    /// Adds the paths that admission reads to the trie. `names` are those of the destination in `integrations`.
    pub fn new(names: &[String], trie: &mut TrieBuilder) -> Result<Self, TrieError> {
        let mut slot = |path: &[&str]| trie.path(&path.iter().map(|key| Step::Key(key)).collect::<Vec<_>>());
        Ok(Self {
            kind: slot(&["type"])?,
            event: slot(&["event"])?,
            regulation: slot(&["regulationType"])?,
            integrations: slot(&["integrations"])?,
            all: slot(&["integrations", "All"])?,
            names: names.iter().map(|name| slot(&["integrations", name])).collect::<Result<_, _>>()?,
            denied: slot(&["context", "consentManagement", "deniedConsentIds"])?,
            provider: slot(&["context", "consentManagement", "provider"])?,
            strategy: slot(&["context", "consentManagement", "resolutionStrategy"])?,
        })
    }

    /// Returns the event's type. A deletion by regulation has no `type`.
    pub fn message<'d>(&self, doc: &Doc<'d>) -> Message<'d> {
        match doc.get(self.kind) {
            Some(kind) if kind.kind() == Kind::String => match kind.as_str() {
                Some(text) if !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase()) => {
                    Message::Type(text)
                }
                Some(text) if text.trim().is_empty() => Message::Missing,
                Some(text) => Message::Type(Cow::Owned(text.trim().to_lowercase())),
                None => Message::Missing,
            },
            Some(kind) if !kind.is_null() => Message::NotText,
            _ => match doc.get(self.regulation).and_then(Json::as_str) {
                Some(regulation) if regulation == "suppress_with_delete" => {
                    Message::Type(Cow::Borrowed("delete"))
                }
                _ => Message::Missing,
            },
        }
    }

    /// Returns whether the event's `integrations` name this destination, under any of its names, so that there may be options.
    pub fn is_named(&self, doc: &Doc<'_>) -> bool {
        self.names.iter().any(|name| doc.get(*name).is_some())
    }

    /// Returns why the event itself excludes this destination, if it does.
    pub fn skip(&self, doc: &Doc<'_>, settings: &Value) -> Option<Skip> {
        self.by_integrations(doc)
            .or_else(|| self.by_consent(doc, settings))
            .or_else(|| self.by_name(doc, settings))
    }

    /// Checks the `integrations` object: `true` and objects enable, `false` disables. Otherwise `All` decides, which is true by default and
    /// disables if it is not a boolean.
    fn by_integrations(&self, doc: &Doc<'_>) -> Option<Skip> {
        doc.get(self.integrations)?;
        let own = self.names.iter().find_map(|name| doc.get(*name));
        let enabled = match own.map(|own| (own.kind(), own.as_bool())) {
            Some((Kind::Bool, Some(enabled))) => enabled,
            Some((Kind::Object, _)) => true,
            _ => match doc.get(self.all) {
                None => true,
                Some(all) => all.as_bool().unwrap_or(false),
            },
        };
        let reason = match own.and_then(Json::as_bool) {
            Some(false) => "the event's `integrations` object disables this destination",
            _ => "the event's `integrations.All` disables this destination",
        };
        (!enabled).then(|| Skip { rule: "integrations", reason: reason.to_owned() })
    }

    /// Checks the name of a tracked event against the list that the settings select: the same name, but for space around it. An event without a name is on no list.
    fn by_name(&self, doc: &Doc<'_>, settings: &Value) -> Option<Skip> {
        let list = settings.get("eventFilteringOption").and_then(Value::as_str)?;
        let wants_listed = match list {
            "whitelistedEvents" => true,
            "blacklistedEvents" => false,
            // `disable`, or nothing that is known
            _ => return None,
        };
        if !matches!(self.message(doc), Message::Type(kind) if kind == "track") {
            return None;
        }
        let name = doc.get(self.event).and_then(Json::as_str).unwrap_or_default();
        let name = name.trim();
        let is_listed =
            !name.is_empty() && ids(settings.get(list), "eventName").iter().any(|known| known.trim() == name);
        let reason = match wants_listed {
            true => format!("the event `{name}` is not among the `{list}` of the settings"),
            false => format!("the event `{name}` is among the `{list}` of the settings"),
        };
        (is_listed != wants_listed).then_some(Skip { rule: "event_filter", reason })
    }

    /// Checks consent by the deny-list rules of RudderStack's server: a generic entry for the event's provider takes precedence; without one,
    /// the older settings of OneTrust and Ketch apply.
    fn by_consent(&self, doc: &Doc<'_>, settings: &Value) -> Option<Skip> {
        let denied: Vec<String> = doc
            .get(self.denied)?
            .items()
            .filter_map(|id| id.as_str().map(|id| id.into_owned()))
            .filter(|id| !id.is_empty())
            .collect();
        if denied.is_empty() {
            return None;
        }
        let text = |node: NodeId| doc.get(node).and_then(Json::as_str).unwrap_or_default();
        let provider = text(self.provider);
        let generic = settings
            .get("consentManagement")
            .and_then(Value::as_array)
            .and_then(|entries| {
                entries.iter().find(|entry| entry.get("provider") == Some(&Value::from(provider.as_ref())))
            })
            .map(|entry| (entry, ids(entry.get("consents"), "consent")))
            .filter(|(_, ids)| !ids.is_empty());
        let (configured, any_denied) = if let Some((entry, ids)) = generic {
            let own = entry.get("resolutionStrategy").and_then(Value::as_str).unwrap_or_default();
            let strategy = if provider == "custom" { own.into() } else { text(self.strategy) };
            (ids, strategy != "or")
        } else {
            let one_trust = ids(settings.get("oneTrustCookieCategories"), "oneTrustCookieCategory");
            let ketch = ids(settings.get("ketchConsentPurposes"), "purpose");
            match provider.as_ref() {
                "" | "oneTrust" if !one_trust.is_empty() => (one_trust, true),
                "" | "ketch" if !ketch.is_empty() => (ketch, false),
                _ => return None,
            }
        };
        let is_denied = |id: &String| denied.contains(id);
        let drop =
            if any_denied { configured.iter().any(is_denied) } else { configured.iter().all(is_denied) };
        drop.then(|| {
            let named: Vec<String> =
                configured.iter().filter(|id| is_denied(id)).map(|id| format!("`{id}`")).collect();
            Skip { rule: "consent", reason: format!("the user has denied consent to {}", named.join(", ")) }
        })
    }
}

fn ids(entries: Option<&Value>, key: &str) -> Vec<String> {
    let entries = entries.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let ids = entries.iter().filter_map(|entry| entry.get(key).and_then(Value::as_str));
    ids.filter(|id| !id.is_empty()).map(str::to_owned).collect()
}
