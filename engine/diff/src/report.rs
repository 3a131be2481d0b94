//! A report: what changes between versions, and what events show of it.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::change::{Change, Diff};
use crate::doubles::DoublesReport;
use crate::events::EventsReport;
use crate::level::Level;

/// What `mapwright diff` reports.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
#[schemars(title = "mapwright diff", description = "What `mapwright diff --format json` prints.")]
pub struct DiffReport {
    /// The versions that were compared.
    pub diffs: Vec<Diff>,
    /// What events show, if there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<EventsReport>,
    /// What doubles of the API received, if events were delivered to them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doubles: Option<DoublesReport>,
}

impl DiffReport {
    /// Removes the changes that are less severe.
    pub fn keep(&mut self, least: Level) {
        self.diffs.iter_mut().for_each(|diff| diff.changes.retain(|change| change.level <= least));
    }

    /// Returns all changes.
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        self.diffs.iter().flat_map(|diff| &diff.changes)
    }

    /// Returns whether nothing has changed, in the mappings, for the events and at the API.
    pub fn is_empty(&self) -> bool {
        self.changes().next().is_none()
            && self.events.as_ref().is_none_or(|events| events.differing == 0)
            && self.doubles.as_ref().is_none_or(DoublesReport::is_same)
    }

    /// Returns the differences in events as sections: a title, and lines in which names and values stand in backticks.
    pub fn sections(&self) -> Vec<(String, Vec<String>)> {
        let mapped = self.events.iter().flat_map(EventsReport::sections);
        mapped.chain(self.doubles.iter().flat_map(DoublesReport::sections)).collect()
    }

    /// Renders the report as JSON.
    pub fn json(&self) -> String {
        // all keys are strings, and no number is infinite
        serde_json::to_string_pretty(self).map(|text| text + "\n").unwrap_or_default()
    }
}

/// Returns the JSON Schema of the report.
pub fn diff_schema() -> Value {
    schemars::schema_for!(DiffReport).to_value()
}
