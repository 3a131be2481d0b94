//! A version of a destination, ready for events once its settings are bound.

use std::sync::Arc;

use mapwright_findings::{Place, Span, Texts};
use mapwright_json::Trie;

use crate::admission::Admission;
use crate::plan::{ErrorRows, HostPattern, MessagePlan, Operation, Rate, ResponseRule, Server};
use crate::settings::{COMMON, SettingPlan};

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
