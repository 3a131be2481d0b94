//! Valid spec → plans.

use std::fmt;
use std::sync::Arc;

use jsonschema::Validator;
use mapwright_json::Trie;

use crate::admission::Admission;
use crate::check::{Checked, CheckedVersion, DestinationPlan, Valid};
use crate::load::catalog::Catalog;
use crate::lookup::{NotFound, unaliased};
use crate::mapper::Mapper;
use crate::plan::{ErrorRows, MessagePlan, Operation, Rate, ResponseRule, Server};
use crate::settings::{COMMON, Setting, SettingPlan, SettingsError};
use crate::source::{Place, Span};

/// All compiled versions of all destinations. Immutable, `Send + Sync`, cheap to clone.
///
/// To reload mappings while events are being mapped, compile a new one and swap it for the old: runs that have started keep
/// the plan that they started with.
#[derive(Clone)]
pub struct Plans {
    pub inner: Arc<PlansInner>,
}

pub struct PlansInner {
    pub versions: Vec<Plan>,
    pub destinations: Vec<Arc<DestinationPlan>>,
    pub catalog: Arc<Catalog>,
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
    pub trie: Trie,
    pub admission: Admission,
    pub settings: Vec<SettingPlan>,
    pub server: Server,
    pub operations: Vec<Operation>,
    pub validators: Vec<Option<Arc<Validator>>>,
    pub rules: Vec<ResponseRule>,
    pub error: ErrorRows,
    pub messages: Vec<MessagePlan>,
    pub catalog: Arc<Catalog>,
}

impl Valid<Checked> {
    /// Compiles all versions. Nothing can fail any more.
    pub fn compile(self) -> Plans {
        let Checked { versions, destinations, catalog, .. } = self.value;
        let versions = versions.into_iter().map(|version| compile_version(version, &catalog)).collect();
        Plans { inner: Arc::new(PlansInner { versions, destinations, catalog }) }
    }
}

fn compile_version(version: CheckedVersion, catalog: &Arc<Catalog>) -> Plan {
    Plan {
        inner: Arc::new(VersionPlan {
            destination: version.destination,
            number: version.number,
            trie: version.trie.build(),
            admission: version.admission,
            settings: version.settings,
            server: version.server,
            operations: version.operations,
            validators: version.validators,
            rules: version.rules,
            error: version.error,
            messages: version.messages,
            catalog: catalog.clone(),
        }),
    }
}

impl fmt::Debug for Plans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.inner.versions).finish()
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Plan({}/{})", self.destination(), self.version())
    }
}

impl Plans {
    /// The names of all destinations.
    pub fn destinations(&self) -> impl Iterator<Item = &str> {
        self.inner.destinations.iter().map(|destination| destination.name.as_str())
    }

    /// The versions of a destination, oldest first.
    pub fn versions(&self, destination: &str) -> impl Iterator<Item = &Plan> {
        self.inner.versions.iter().filter(move |plan| plan.destination() == destination)
    }

    /// The plan of a version: by its number, an alias, or what the settings say; else the destination's default.
    ///
    /// # Errors
    /// When there is no such destination or version.
    pub fn plan(
        &self,
        destination: &str,
        version: Option<&str>,
        settings: &serde_json::Value,
    ) -> Result<&Plan, NotFound> {
        let Some(found) = self.inner.destinations.iter().find(|d| d.name == destination) else {
            let known: Vec<&str> = self.destinations().collect();
            return Err(NotFound::destination(destination, known));
        };
        let setting = match &found.version_setting {
            Some(name) if version.is_none() => picked(name, settings.get(name))?,
            _ => None,
        };
        let wanted = version.or(setting).unwrap_or(&found.default_version);
        let aliases = || found.aliases.iter().map(|(alias, number)| (alias.as_str(), number.as_str()));
        let number = unaliased(wanted, aliases());
        self.versions(destination).find(|plan| plan.version() == number).ok_or_else(|| {
            let versions = self.versions(destination).map(Plan::version);
            let known: Vec<&str> = versions.chain(aliases().map(|(alias, _)| alias)).collect();
            NotFound::version(destination, wanted, &known)
        })
    }
}

/// The version that a setting names.
fn picked<'s>(setting: &str, value: Option<&'s serde_json::Value>) -> Result<Option<&'s str>, NotFound> {
    match value {
        None | Some(serde_json::Value::Null) => Ok(None),
        Some(serde_json::Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
        Some(found) => Err(NotFound::VersionNotText { setting: setting.to_owned(), found: found.clone() }),
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

    /// The same for requests that are shown and not sent: secrets are replaced by [`REDACTED`](crate::REDACTED).
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
        self.catalog.texts.place(span)
    }
}
