//! The severity of changes, and the rule of a kind of changes.

use schemars::JsonSchema;
use serde::Serialize;

/// The severity of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Users must act: data is no longer delivered, or under another name or to another place; an event that was accepted is rejected; a
    /// setting must change.
    Breaking,
    /// The same events and settings are accepted, and give other values or other requests.
    Behavioural,
    /// Nothing that is sent changes: texts for readers, and names that only the mappings use.
    Cosmetic,
}

impl Level {
    /// Returns the word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Level::Breaking => "breaking",
            Level::Behavioural => "behavioural",
            Level::Cosmetic => "cosmetic",
        }
    }

    /// All levels, the most severe first.
    pub const ALL: [Level; 3] = [Level::Breaking, Level::Behavioural, Level::Cosmetic];
}

/// The rule of a kind of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KindRule {
    /// The kind, as reports name it.
    pub kind: &'static str,
    /// The severity.
    pub level: Level,
    /// What it means.
    pub meaning: &'static str,
}
