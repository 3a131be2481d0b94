//! A version of a destination, ready for events once its settings are bound.

use std::sync::Arc;

use mapwright_findings::{Place, Span, Texts};
use mapwright_json::Trie;

use crate::admission::Admission;
use crate::event_source::SourcePlan;
use crate::plan::{
    ErrorRows, Flow, HostPattern, MessagePlan, Operation, Rate, ResponseRule, Row, Said, Server,
};
use crate::settings::{COMMON, SettingPlan};

/// The parts of a destination that all versions share.
#[derive(Debug)]
pub struct DestinationPlan {
    /// The name of its folder.
    pub name: String,
    /// The name for people.
    pub title: String,
    /// The setting that selects the version.
    pub version_setting: Option<String>,
    /// The number of the version that is used when nothing selects one.
    pub default_version: String,
    /// Other names of versions, each with a number.
    pub aliases: Vec<(String, String)>,
    /// The hosts that requests may go to.
    pub hosts: Vec<HostPattern>,
    /// The rate groups.
    pub rates: Vec<Rate>,
}

/// A version of a destination, compiled.
#[derive(Debug)]
pub struct VersionPlan {
    /// The destination.
    pub destination: Arc<DestinationPlan>,
    /// The number.
    pub number: String,
    /// The paths that are read of events.
    pub trie: Trie,
    /// The paths that are read of responses.
    pub response_trie: Trie,
    /// The paths that are read of the items of a batch.
    pub batch_trie: Trie,
    /// Which events are meant for the destination.
    pub admission: Admission,
    /// The sources of events; none if every source sends everything.
    pub sources: Vec<SourcePlan>,
    /// The declared settings.
    pub settings: Vec<SettingPlan>,
    /// Where requests go, and what all of them carry; nothing, if no operation makes one.
    pub server: Option<Server>,
    /// The operations; an operation is referred to by its position in this list.
    pub operations: Vec<Operation>,
    /// What responses mean, after the rules of steps and operations.
    pub rules: Vec<ResponseRule>,
    /// Where an error response contains the API's own error.
    pub error: ErrorRows,
    /// The mappings, by message type.
    pub messages: Vec<MessagePlan>,
    /// The rule for events of other types; `None`: they are skipped.
    pub unsupported: Option<Unsupported>,
    /// The rows of named values that are made whenever they are read.
    pub lazy: Vec<Row>,
    /// The files, for the places that messages name.
    pub texts: Arc<Texts>,
}

impl VersionPlan {
    /// Returns the names under which settings may be given.
    pub fn setting_names(&self) -> Vec<&str> {
        let declared = self.settings.iter().flat_map(|plan| plan.alias.iter().chain([&plan.name]));
        let picks_version = self.destination.version_setting.iter();
        declared.chain(picks_version).map(String::as_str).chain(COMMON).collect()
    }

    /// All flows, those of variants before the others of their mapping.
    pub(crate) fn flows(&self) -> impl Iterator<Item = &Flow> {
        self.messages.iter().flat_map(|message| {
            let variants = message.variants.iter().map(|(_, _, flow)| flow);
            variants.chain([&message.flow])
        })
    }

    /// Returns the path and line of a span.
    pub fn place(&self, span: Span) -> Place {
        self.texts.place(span)
    }
}

/// The rule for events without a mapping.
#[derive(Debug)]
pub struct Unsupported {
    /// Whether they are rejected, and not skipped.
    pub rejects: bool,
    /// The message.
    pub message: Said,
}
