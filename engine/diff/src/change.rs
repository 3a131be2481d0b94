//! A change: its kind, its severity, and its position on both sides.

use mapwright_describe::{Description, Place};
use schemars::JsonSchema;
use serde::Serialize;

use crate::kinds::ChangeKind;
use crate::level::Level;

/// A change from one version to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Change {
    /// The severity.
    pub level: Level,
    /// The mapping; none, if it is about all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Other mappings with the same change.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub also: Vec<String>,
    /// The variant of the mapping.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// What has changed.
    #[serde(flatten)]
    pub what: ChangeKind,
    /// Where the old side says it; none, if it says nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_place: Option<Place>,
    /// Where the new side says it; none, if it says nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_place: Option<Place>,
}

impl Change {
    /// Returns the change as a sentence, without a full stop, with the mappings that have it too. Names and values stand in backticks.
    pub fn sentence(&self) -> String {
        match self.also.as_slice() {
            [] => self.what.sentence(),
            also => format!("{} (also in {})", self.what.sentence(), also.join(", ")),
        }
    }

    /// Returns both places, as far as there are any.
    pub fn places(&self) -> String {
        let shown =
            |place: &Option<Place>| place.as_ref().map(|Place { file, line, .. }| format!("{file}:{line}"));
        match (shown(&self.old_place), shown(&self.new_place)) {
            (Some(old), Some(new)) if old == new => old,
            (Some(old), Some(new)) => format!("{old} → {new}"),
            (Some(old), None) => format!("{old} →"),
            (None, Some(new)) => format!("→ {new}"),
            (None, None) => String::new(),
        }
    }
}

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Side {
    /// The destination.
    pub destination: String,
    /// The version.
    pub version: String,
    /// Where it is from, such as a folder or a revision; none for the mappings at hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
}

impl Side {
    /// The side of a version.
    pub(crate) fn of(description: &Description) -> Self {
        Self {
            destination: description.destination.clone(),
            version: description.version.clone(),
            from: None,
        }
    }

    /// Returns the side in a word, as in `acme/2.0`.
    pub fn name(&self) -> String {
        let name = format!("{}/{}", self.destination, self.version);
        match &self.from {
            Some(from) => format!("{name} ({from})"),
            None => name,
        }
    }
}

/// What changes from one version to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Diff {
    /// The old side.
    pub old: Side,
    /// The new side.
    pub new: Side,
    /// The changes: those about everything, then mapping by mapping.
    pub changes: Vec<Change>,
}

impl Diff {
    /// Describes a version that the new side does not have.
    pub fn removed(old: &Description) -> Self {
        Self::only(old, ChangeKind::VersionRemoved {})
    }

    /// Describes a version that the old side does not have.
    pub fn added(new: &Description) -> Self {
        Self::only(new, ChangeKind::VersionAdded {})
    }

    fn only(of: &Description, what: ChangeKind) -> Self {
        let mut changes = Changes::default();
        changes.add(what, None, None);
        Self { old: Side::of(of), new: Side::of(of), changes: changes.list }
    }

    /// Returns the changes of each mapping under its name, the most severe first.
    pub fn groups(&self) -> Vec<(String, Vec<&Change>)> {
        let mut groups: Vec<(String, Vec<&Change>)> = Vec::new();
        for change in &self.changes {
            let name = match (&change.message, &change.variant) {
                (None, _) => "all messages".to_owned(),
                (Some(message), None) => message.clone(),
                (Some(message), Some(variant)) => format!("{message}, variant {variant}"),
            };
            match groups.iter_mut().find(|(known, _)| *known == name) {
                Some((_, changes)) => changes.push(change),
                None => groups.push((name, vec![change])),
            }
        }
        groups.iter_mut().for_each(|(_, changes)| changes.sort_by_key(|change| change.level));
        groups
    }

    /// Returns both sides, as a title.
    pub fn title(&self) -> String {
        format!("{} → {}", self.old.name(), self.new.name())
    }

    /// Returns the number of changes, in words.
    pub fn counted(&self) -> String {
        let all = self.changes.len();
        if all == 0 {
            return "no changes".to_owned();
        }
        let levels = Level::ALL.iter().filter(|level| self.count(**level) > 0);
        let levels: Vec<String> =
            levels.map(|level| format!("{} {}", self.count(*level), level.word())).collect();
        format!("{all} {}: {}", if all == 1 { "change" } else { "changes" }, levels.join(", "))
    }

    /// Returns the number of changes of a level.
    pub fn count(&self, level: Level) -> usize {
        self.changes.iter().filter(|change| change.level == level).count()
    }
}

/// Changes as they are found, of one mapping or of none.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) message: Option<String>,
    pub(crate) variant: Option<String>,
    pub(crate) list: Vec<Change>,
}

impl Changes {
    /// Notes a change with its places.
    pub(crate) fn add(&mut self, what: ChangeKind, old: Option<&Place>, new: Option<&Place>) {
        self.list.push(Change {
            level: what.rule().level,
            message: self.message.clone(),
            also: Vec::new(),
            variant: self.variant.clone(),
            what,
            old_place: old.cloned(),
            new_place: new.cloned(),
        });
    }
}
