//! What the declaration of a setting says of what is inside of it.

use mapwright_convert::PathStep;

use crate::decode::by_name;
use crate::spec::{SettingSpec, SettingType};

/// What a path into a setting leads to, by its declaration.
#[derive(Debug, Clone, Copy)]
pub enum Declared<'s> {
    /// A setting, or a column of a table.
    Value(&'s SettingSpec),
    /// A row of a table.
    Row(&'s SettingSpec),
    /// Nothing: a step leads into a value that has nothing inside.
    Nothing {
        /// The position of the step.
        at: usize,
        /// What that value is.
        of: SettingType,
    },
}

impl SettingSpec {
    /// Returns whether it is a table: a list whose columns are declared.
    pub fn is_table(&self) -> bool {
        !self.items.is_empty()
    }

    /// Returns what a path into it leads to. Nothing, if the declaration does not say it.
    pub fn follow(&self, steps: &[PathStep]) -> Option<Declared<'_>> {
        Declared::Value(self).follow(steps)
    }
}

impl<'s> Declared<'s> {
    /// Returns what a path into it leads to. Nothing, if the declaration does not say it.
    pub fn follow(self, steps: &[PathStep]) -> Option<Declared<'s>> {
        steps.iter().enumerate().try_fold(self, |here, (at, step)| {
            let inside = match (here, step) {
                (Declared::Nothing { .. }, _) => here,
                (Declared::Row(table), PathStep::Key(column)) => {
                    Declared::Value(by_name(&table.items, column)?)
                }
                (Declared::Row(_), PathStep::Index(_)) => Declared::Nothing { at, of: SettingType::Object },
                (Declared::Value(list), PathStep::Index(_)) if list.is_table() => Declared::Row(list),
                (Declared::Value(list), PathStep::Key(_)) if list.is_table() => {
                    Declared::Nothing { at, of: SettingType::List }
                }
                (Declared::Value(value), step) => match (value.kind?, step) {
                    (SettingType::Object, PathStep::Key(_)) | (SettingType::List, PathStep::Index(_)) => {
                        return None;
                    }
                    (of, _) => Declared::Nothing { at, of },
                },
            };
            Some(inside)
        })
    }
}
