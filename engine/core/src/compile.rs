//! Valid spec → plans.

use std::fmt;
use std::sync::Arc;

use jsonschema::Validator;
use mapwright_json::{NodeId, Trie};

use crate::admission::Admission;
use crate::check::{Checked, CheckedVersion, DestinationPlan, Valid};
use crate::finding::{nearest, suggest};
use crate::load::catalog::Catalog;
use crate::mapper::Mapper;
use crate::plan::{
    Body, Call, Field, Form, Instruction, MessagePlan, Operation, ResponseRule, Row, RuleEnd, Server,
};
use crate::settings::{SettingPlan, SettingsError};
use crate::source::{Place, Span};
use crate::spec::VersionNumber;

/// All compiled versions of all destinations. Immutable, `Send + Sync`, cheap to clone.
///
/// To reload mappings while events are being mapped, compile a new one and swap it for the old: runs that have started keep
/// the plan that they started with.
#[derive(Clone)]
pub struct Plans {
    pub(crate) inner: Arc<PlansInner>,
}

pub(crate) struct PlansInner {
    pub(crate) versions: Vec<Plan>,
    pub(crate) destinations: Vec<Arc<DestinationPlan>>,
    pub(crate) catalog: Arc<Catalog>,
}

/// One version of a destination, compiled: every message type, ready for [`Plan::bind`]. Cheap to clone.
#[derive(Clone)]
pub struct Plan {
    pub(crate) inner: Arc<VersionPlan>,
}

#[derive(Debug)]
pub(crate) struct VersionPlan {
    pub(crate) destination: Arc<DestinationPlan>,
    pub(crate) number: String,
    pub(crate) trie: Trie,
    pub(crate) admission: Admission,
    pub(crate) settings: Vec<SettingPlan>,
    pub(crate) server: Server,
    pub(crate) operations: Vec<Operation>,
    pub(crate) validators: Vec<Option<Arc<Validator>>>,
    pub(crate) rules: Vec<ResponseRule>,
    pub(crate) messages: Vec<MessagePlan>,
    pub(crate) catalog: Arc<Catalog>,
}

/// A destination or version that is not there.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NotFound {
    /// No destination has this name.
    #[error("no destination is called `{name}`: {help}")]
    Destination {
        /// The name.
        name: String,
        /// The nearest, or all of them.
        help: String,
    },
    /// The destination has no such version.
    #[error("`{destination}` has no version `{version}`: {help}")]
    Version {
        /// The destination.
        destination: String,
        /// The version, or an alias.
        version: String,
        /// The nearest, or all of them.
        help: String,
    },
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
    let trie = version.trie.build();
    let mut messages = version.messages;
    for flow in messages.iter_mut().flat_map(|m| m.variants.iter_mut().map(|v| &mut v.2).chain([&mut m.flow]))
    {
        for part in &mut flow.parts {
            part.fields.iter_mut().for_each(|field| note_above(&mut field.row, &trie));
        }
        for instruction in &mut flow.program {
            instruction_rows(instruction, &mut |row| note_above(row, &trie));
        }
    }
    Plan {
        inner: Arc::new(VersionPlan {
            destination: version.destination,
            number: version.number,
            trie,
            admission: version.admission,
            settings: version.settings,
            server: version.server,
            operations: version.operations,
            validators: version.validators,
            rules: version.rules,
            messages,
            catalog: catalog.clone(),
        }),
    }
}

fn instruction_rows(instruction: &mut Instruction, show: &mut dyn FnMut(&mut Row)) {
    match instruction {
        Instruction::Call(call) => call_rows(call, show),
        Instruction::Enter { list: Some(list), .. } => show(&mut list.list),
        Instruction::Enter { .. } | Instruction::Leave { .. } => {}
    }
}

fn call_rows(call: &mut Call, show: &mut dyn FnMut(&mut Row)) {
    let body: &mut [Field] = match &mut call.body {
        Some(Body::Fields(part)) => &mut part.fields,
        _ => &mut [],
    };
    let fields = call.query.iter_mut().chain(&mut call.headers).chain(body);
    fields.for_each(|field| show(&mut field.row));
    call.params.iter_mut().for_each(&mut *show);
    call.capture.iter_mut().for_each(|(_, row)| show(row));
    for rule in &mut call.rules {
        rule.capture.iter_mut().for_each(|(_, row)| show(row));
        if let RuleEnd::Class { after: Some(after), .. } = &mut rule.end {
            show(after);
        }
    }
}

/// Notes the slots above those that a rest leaves out.
fn note_above(row: &mut Row, trie: &Trie) {
    row.visit(&mut |row| {
        if let Form::RestOf(rest) = &mut row.form {
            let mut above: Vec<NodeId> = Vec::new();
            for node in &rest.left_out {
                above.extend(std::iter::successors(trie.parent(*node), |node| trie.parent(*node)));
            }
            above.sort();
            above.dedup();
            rest.above = above;
        }
    });
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
        let known = self.destinations();
        let Some(found) = self.inner.destinations.iter().find(|d| d.name == destination) else {
            let known: Vec<&str> = known.collect();
            return Err(NotFound::Destination {
                name: destination.to_owned(),
                help: suggest(destination, known.iter().copied()),
            });
        };
        let setting =
            found.version_setting.as_deref().and_then(|name| settings.get(name)).and_then(|v| v.as_str());
        let wanted = version.or(setting.filter(|text| !text.is_empty())).unwrap_or(&found.default_version);
        let alias =
            found.aliases.iter().find(|(alias, _)| alias == wanted).map(|(_, target)| target.as_str());
        let number = alias.unwrap_or(wanted);
        self.versions(destination).find(|plan| plan.version() == number).ok_or_else(|| {
            let mut known: Vec<&str> = self.versions(destination).map(Plan::version).collect();
            known.sort_by_key(|version| VersionNumber((*version).to_owned()));
            known.extend(found.aliases.iter().map(|(alias, _)| alias.as_str()));
            NotFound::Version {
                destination: destination.to_owned(),
                version: wanted.to_owned(),
                help: match nearest(wanted, known.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`? there are {}", known.join(", ")),
                    None => format!("there are {}", known.join(", ")),
                },
            }
        })
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

    /// The message types that it maps.
    pub fn messages(&self) -> impl Iterator<Item = &str> {
        self.inner.messages.iter().map(|message| message.message.as_str())
    }

    /// Rate-limit groups: name, requests, and the seconds in which so many may be made.
    pub fn rates(&self) -> impl Iterator<Item = (&str, u64, u64)> {
        self.inner
            .destination
            .rates
            .iter()
            .map(|(name, requests, seconds)| (name.as_str(), *requests, *seconds))
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
    pub(crate) fn place(&self, span: Span) -> Place {
        self.catalog.texts.place(span)
    }
}
