//! How grave a change is, and what a rule says of a kind of changes.

use schemars::JsonSchema;
use serde::Serialize;

/// How grave a change is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Somebody must act: what was delivered is delivered no more, or under another name or to another place; an event that was taken is rejected; a
    /// setting must change.
    Breaking,
    /// The same events and settings are accepted, and give other values or other requests.
    Behavioural,
    /// Nothing that is sent changes: texts for readers, and names that only the mappings use.
    Cosmetic,
}

impl Level {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Level::Breaking => "breaking",
            Level::Behavioural => "behavioural",
            Level::Cosmetic => "cosmetic",
        }
    }

    /// All levels, the gravest first.
    pub const ALL: [Level; 3] = [Level::Breaking, Level::Behavioural, Level::Cosmetic];
}

/// The rule of a kind of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KindRule {
    /// The kind, as reports name it.
    pub kind: &'static str,
    /// How grave it is.
    pub level: Level,
    /// What it means.
    pub meaning: &'static str,
}
