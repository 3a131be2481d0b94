//! What conversions read beside their value, and what they had to drop or cut.

use std::fmt;

use mapwright_json::Json;
use serde_json::Value;

use crate::path::PathStep;
use crate::warning::{self as codes, Warning};

/// The context of conversions: settings, and warnings about dropped and truncated values.
#[derive(Debug)]
pub struct Notes<'s> {
    settings: &'s Value,
    /// The warnings so far, up to a limit.
    pub warnings: Vec<Warning>,
    /// The bytes that searches of patterns have scanned.
    pub pattern_steps: usize,
}

impl<'s> Notes<'s> {
    /// The most warnings that are listed; the rest is summarized.
    const MOST: usize = 100;

    /// Creates empty notes for conversions that may read these settings.
    pub fn new(settings: &'s Value) -> Self {
        Self { settings, warnings: Vec::new(), pattern_steps: 0 }
    }

    /// All settings.
    pub fn settings(&self) -> &'s Value {
        self.settings
    }

    /// Adds the warnings and steps of others, which come after these.
    pub fn append(&mut self, others: Notes<'_>) {
        self.pattern_steps = self.pattern_steps.saturating_add(others.pattern_steps);
        others.warnings.into_iter().for_each(|warning| self.add(|| warning));
    }

    /// Returns the value of a setting, if it is present.
    pub fn setting(&self, path: &SettingPath) -> Option<Json<'s>> {
        let found = PathStep::follow(Json::Tree(self.settings), &path.steps)?;
        (!found.is_null() && !found.is_empty_str()).then_some(found)
    }

    /// Adds a warning about a dropped or truncated value.
    pub fn warn(&mut self, code: &str, message: impl FnOnce() -> String) {
        self.add(|| Warning::new(code, message()));
    }

    fn add(&mut self, warning: impl FnOnce() -> Warning) {
        match self.warnings.len() {
            listed if listed < Self::MOST => self.warnings.push(warning()),
            Self::MOST => {
                self.warnings.push(Warning::new(codes::MORE_WARNINGS, "further warnings are not listed"))
            }
            _ => {}
        }
    }
}

/// A setting that an argument refers to, such as `settings.customMappings`.
#[derive(Debug, Clone, PartialEq)]
pub struct SettingPath {
    /// As the mapping writes it.
    pub written: String,
    /// Where it is in the settings.
    pub steps: Vec<PathStep>,
}

impl fmt::Display for SettingPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}
