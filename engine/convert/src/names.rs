//! Names that a mapping and its settings list, and how they are found.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use crate::error::ConvertError;
use crate::notes::{Notes, SettingPath, setting_error};
use crate::tables::Column;
use crate::value::Val;

/// Names in the mapping, and settings that contain more names.
#[derive(Debug, Default)]
pub struct Names {
    /// Sets are shared by all calls that name them.
    pub(crate) fixed: Vec<Arc<[String]>>,
    pub(crate) settings: Vec<SettingPath>,
    pub(crate) column: Option<String>,
}

impl Names {
    /// Returns all names, in order.
    pub fn resolve<'a>(&'a self, notes: &Notes<'a>) -> Result<Vec<Cow<'a, str>>, ConvertError> {
        let mut names: Vec<Cow<'a, str>> = self
            .fixed
            .iter()
            .flat_map(|names| names.iter())
            .map(|name| Cow::Borrowed(name.as_str()))
            .collect();
        for path in &self.settings {
            let Some(found) = notes.setting(path).map(Val::Json) else { continue };
            for item in found.clone().into_list() {
                let cell = match &self.column {
                    Some(column) => item.get(column),
                    None => Some(item),
                };
                let name = cell.as_ref().and_then(Val::as_text);
                names.push(name.ok_or_else(|| setting_error(path, "names", &cell))?);
            }
        }
        Ok(names)
    }

    /// Returns what finds the first place of a name in the list.
    pub(crate) fn finder<'a>(&'a self, notes: &Notes<'a>) -> Result<Finder<'a>, ConvertError> {
        if let Some(arranged) = self.arranged(notes) {
            return Ok(arranged);
        }
        Ok(Finder::of(self.resolve(notes)?))
    }

    /// The same without a look at every name of the settings, if these are arranged and the mapping has few names.
    fn arranged<'a>(&'a self, notes: &Notes<'a>) -> Option<Finder<'a>> {
        let fixed: usize = self.fixed.iter().map(|names| names.len()).sum();
        if self.settings.is_empty() || fixed > FEW {
            return None;
        }
        let (mut columns, mut behind) = (Vec::with_capacity(self.settings.len()), fixed);
        for path in self.settings.iter().filter(|path| notes.setting(path).is_some()) {
            let (rows, table) = notes.table(path)?;
            columns.push((behind, table.names(self.column.as_deref())?));
            behind += rows.len();
        }
        Some(Finder::Arranged { fixed: &self.fixed, columns })
    }
}

/// Comparing so few names is faster than hashing one.
const FEW: usize = 8;

/// Finds the places of names.
pub(crate) enum Finder<'a> {
    Few(Vec<Cow<'a, str>>),
    Many(HashMap<Cow<'a, str>, usize>),
    /// Names of the mapping, and behind them those in columns of settings, each with the place of its first.
    Arranged {
        fixed: &'a [Arc<[String]>],
        columns: Vec<(usize, &'a Column)>,
    },
}

impl<'a> Finder<'a> {
    /// What finds the places of these names.
    pub(crate) fn of(names: Vec<Cow<'a, str>>) -> Self {
        if names.len() <= FEW {
            return Finder::Few(names);
        }
        let mut places = HashMap::with_capacity(names.len());
        for (place, name) in names.into_iter().enumerate() {
            places.entry(name).or_insert(place);
        }
        Finder::Many(places)
    }

    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        match self {
            Finder::Few(names) => names.iter().position(|known| known == name),
            Finder::Many(places) => places.get(name).copied(),
            Finder::Arranged { fixed, columns } => {
                let stated = fixed.iter().flat_map(|names| names.iter()).position(|known| known == name);
                let mut columns = columns.iter();
                stated.or_else(|| columns.find_map(|(at, column)| Some(at + column.first(name)?)))
            }
        }
    }
}
