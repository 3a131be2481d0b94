//! A version of a destination, ready for events once its settings are bound.

use std::fmt;
use std::sync::Arc;

use mapwright_findings::{Place, Span, Texts};
use mapwright_json::Trie;

use crate::admission::Admission;
use crate::mapper::Mapper;
use crate::plan::{ErrorRows, HostPattern, MessagePlan, Operation, Rate, ResponseRule, Server};
use crate::settings::{COMMON, Setting, SettingPlan, SettingsError};

/// What all versions of a destination share.
#[derive(Debug)]
pub struct DestinationPlan {
    pub name: String,
    pub title: String,
    pub version_setting: Option<String>,
    pub default_version: String,
    pub aliases: Vec<(String, String)>,
    pub hosts: Vec<HostPattern>,
    pub rates: Vec<Rate>,
}

/// One version of a destination, compiled: every message type, ready for [`Plan::bind`]. Cheap to clone.
#[derive(Clone)]
pub struct Plan {
    pub inner: Arc<VersionPlan>,
}

#[derive(Debug)]
pub struct VersionPlan {
    pub destination: Arc<DestinationPlan>,
    pub number: String,
    /// The paths that are read of events.
    pub trie: Trie,
    /// The paths that are read of responses.
    pub response_trie: Trie,
    pub admission: Admission,
    pub settings: Vec<SettingPlan>,
    pub server: Server,
    pub operations: Vec<Operation>,
    pub rules: Vec<ResponseRule>,
    pub error: ErrorRows,
    pub messages: Vec<MessagePlan>,
    /// The files, for the places that messages name.
    pub texts: Arc<Texts>,
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Plan({}/{})", self.destination(), self.version())
    }
}

impl Plan {
    /// The destination's name: that of its folder.
    pub fn destination(&self) -> &str {
        &self.inner.destination.name
    }

    /// The destination's name for people.
    pub fn title(&self) -> &str {
        &self.inner.destination.title
    }

    /// The version's number.
    pub fn version(&self) -> &str {
        &self.inner.number
    }

    /// The message types of events that it maps.
    pub fn messages(&self) -> impl Iterator<Item = &str> {
        self.named(false)
    }

    /// The mappings that commands ask for, and no event: those with `command`.
    pub fn commands(&self) -> impl Iterator<Item = &str> {
        self.named(true)
    }

    fn named(&self, command: bool) -> impl Iterator<Item = &str> {
        let all = self.inner.messages.iter().filter(move |message| message.command == command);
        all.map(|message| message.message.as_str())
    }

    /// Whether it is the version that counts when nothing says which.
    pub fn is_default(&self) -> bool {
        self.inner.destination.default_version == self.inner.number
    }

    /// Other names of the version.
    pub fn aliases(&self) -> impl Iterator<Item = &str> {
        let aliases = self.inner.destination.aliases.iter();
        aliases.filter(|(_, target)| *target == self.inner.number).map(|(alias, _)| alias.as_str())
    }

    /// Whether operations say which names the API has to know before.
    pub fn declares(&self) -> bool {
        self.inner.operations.iter().any(|operation| !operation.declared.is_empty())
    }

    /// The setting that picks the version, if one does.
    pub fn version_setting(&self) -> Option<&str> {
        self.inner.destination.version_setting.as_deref()
    }

    /// The settings that the destination declares, in its order.
    pub fn settings(&self) -> impl Iterator<Item = Setting<'_>> {
        self.inner.settings.iter().map(SettingPlan::shown)
    }

    /// Whether settings may have this name: one that is declared, or that every destination has.
    pub fn takes_setting(&self, name: &str) -> bool {
        self.inner.setting_names().contains(&name)
    }

    /// Rate-limit groups.
    pub fn rates(&self) -> &[Rate] {
        &self.inner.destination.rates
    }

    /// Binds settings, once for many events.
    ///
    /// # Errors
    /// When settings are missing or do not fit: all problems at once.
    pub fn bind(&self, settings: &serde_json::Value) -> Result<Mapper, SettingsError> {
        Mapper::new(self.inner.clone(), settings, false)
    }

    /// The same for requests that are shown and not sent: secrets are replaced by [`REDACTED`](crate::redact::REDACTED) before anything is made of
    /// them, so that none shows in whatever form, not even as its hash. What depends on more of a secret than that it is there, as a
    /// condition on its value, is shown as for the text `[redacted]`.
    ///
    /// # Errors
    /// As [`Plan::bind`].
    pub fn bind_redacted(&self, settings: &serde_json::Value) -> Result<Mapper, SettingsError> {
        Mapper::new(self.inner.clone(), settings, true)
    }
}

impl VersionPlan {
    /// The names under which settings may be given.
    pub fn setting_names(&self) -> Vec<&str> {
        let declared = self.settings.iter().flat_map(|plan| plan.alias.iter().chain([&plan.name]));
        let picks_version = self.destination.version_setting.iter();
        declared.chain(picks_version).map(String::as_str).chain(COMMON).collect()
    }

    pub fn place(&self, span: Span) -> Place {
        self.texts.place(span)
    }
}
