//! What conversions read beside their value, and what they had to drop or cut.

use std::fmt;

use mapwright_json::Json;
use serde_json::Value;

use crate::path::PathStep;
use crate::warning::{self as codes, Warning};

/// What conversions read beside their value, and what they had to drop or cut.
#[derive(Debug)]
pub struct Notes<'s> {
    settings: &'s Value,
    pub warnings: Vec<Warning>,
}

impl<'s> Notes<'s> {
    /// How many warnings are listed before the rest is summed up.
    const MOST: usize = 100;

    pub fn new(settings: &'s Value) -> Self {
        Self { settings, warnings: Vec::new() }
    }

    /// All settings.
    pub fn settings(&self) -> &'s Value {
        self.settings
    }

    /// Adds the warnings of others, which come after these.
    pub fn append(&mut self, others: Notes<'_>) {
        others.warnings.into_iter().for_each(|warning| self.add(|| warning));
    }

    /// The value of a setting, if it has one.
    pub fn setting(&self, path: &SettingPath) -> Option<Json<'s>> {
        let found = PathStep::follow(Json::Tree(self.settings), &path.steps)?;
        (!found.is_null() && !found.is_empty_str()).then_some(found)
    }

    /// Notes that something was dropped or cut.
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

/// A setting that an argument refers to, as in `settings.customMappings`.
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
