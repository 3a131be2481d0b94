//! What conversions read beside their value, and what they had to drop or cut.

use std::fmt;

use mapwright_json::Json;
use serde_json::Value;

use crate::error::{ConvertError, Refusal};
use crate::path::PathStep;
use crate::tables::{Columns, Tables};
use crate::value::Val;
use crate::warning::{self as codes, Warning};

/// The context of conversions: settings, and warnings about dropped and truncated values.
#[derive(Debug)]
pub struct Notes<'s> {
    settings: &'s Value,
    /// Their tables, if these are arranged.
    tables: Option<&'s Tables>,
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
        Self { settings, tables: None, warnings: Vec::new(), pattern_steps: 0 }
    }

    /// Creates empty notes like [`new`](Self::new), where the tables in these settings are arranged.
    pub fn with_tables(settings: &'s Value, tables: &'s Tables) -> Self {
        Self { tables: Some(tables), ..Self::new(settings) }
    }

    /// Returns empty notes for conversions that may read the same settings.
    pub(crate) fn fresh(&self) -> Self {
        Self { tables: self.tables, ..Self::new(self.settings) }
    }

    /// The rows of a setting that is a table, and the columns in which they are found.
    pub(crate) fn table(&self, path: &SettingPath) -> Option<(&'s [Value], &'s Columns)> {
        let [PathStep::Key(name)] = path.steps.as_slice() else { return None };
        let rows = self.settings.get(name)?.as_array()?;
        Some((rows, self.tables?.columns(name, rows)?))
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

/// Returns an error that names the setting without its value, which may be a secret.
pub(crate) fn setting_error(
    path: &SettingPath,
    expected: &'static str,
    found: &Option<Val<'_>>,
) -> ConvertError {
    let found = found.as_ref().map_or("nothing", Val::kind_name);
    Refusal::Setting { setting: path.written.clone(), expected, found }.into()
}
