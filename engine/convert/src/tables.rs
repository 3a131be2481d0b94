//! Tables in settings, arranged so that a look-up costs the same in a table of any size.

use std::collections::HashMap;
use std::sync::OnceLock;

use mapwright_json::Json;
use serde_json::Value;

use crate::value::Val;

/// The rows of a column that hold a string, by that text; in the order of the table.
type Places = HashMap<String, Vec<usize>>;

/// Indexes of the settings that are lists, each made when its first value is looked up. Clones make their own.
#[derive(Debug, Default)]
pub struct Tables(HashMap<String, OnceLock<Columns>>);

impl Tables {
    /// Arranges the tables among these settings, with which they are to be used.
    pub fn new(settings: &Value) -> Self {
        let lists = settings.as_object().into_iter().flatten().filter(|(_, value)| value.is_array());
        Self(lists.map(|(name, _)| (name.clone(), OnceLock::new())).collect())
    }

    /// The columns of a setting whose rows these are.
    pub(crate) fn columns(&self, setting: &str, rows: &[Value]) -> Option<&Columns> {
        Some(self.0.get(setting)?.get_or_init(|| Columns::new(rows)))
    }
}

impl Clone for Tables {
    fn clone(&self) -> Self {
        Self(self.0.keys().map(|name| (name.clone(), OnceLock::new())).collect())
    }
}

/// The columns of a table.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    by_name: HashMap<String, Column>,
    /// The rows that are strings themselves.
    own: Column,
    rows: usize,
}

/// The texts in one column.
#[derive(Debug, Default)]
pub(crate) struct Column {
    exact: Places,
    /// How many of them are strings.
    strings: usize,
    /// By the text in lower case.
    folded: OnceLock<Places>,
}

impl Columns {
    fn new(rows: &[Value]) -> Self {
        let mut columns = Self { rows: rows.len(), ..Self::default() };
        for (place, row) in rows.iter().enumerate() {
            match row {
                Value::Object(members) => {
                    for (name, value) in members {
                        match columns.by_name.get_mut(name) {
                            Some(column) => column.add(value, place),
                            None => columns.by_name.entry(name.clone()).or_default().add(value, place),
                        }
                    }
                }
                row => columns.own.add(row, place),
            }
        }
        columns
    }

    /// The column in which every row has a string, or without a name the rows, if they all are strings.
    pub(crate) fn names(&self, column: Option<&str>) -> Option<&Column> {
        let column = column.map_or(Some(&self.own), |column| self.by_name.get(column));
        column.filter(|column| column.strings == self.rows)
    }

    /// The places of the rows that hold a string in a column.
    pub(crate) fn find(&self, column: &str, text: &str, ignore_case: bool) -> &[usize] {
        let Some(column) = self.by_name.get(column) else { return &[] };
        let found = match ignore_case {
            false => column.exact.get(text),
            true => column.folded().get(&text.to_lowercase()),
        };
        found.map_or(&[], Vec::as_slice)
    }
}

impl Column {
    fn add(&mut self, value: &Value, place: usize) {
        if let Some(text) = Val::Json(Json::Tree(value)).to_text() {
            self.exact.entry(text.into_owned()).or_default().push(place);
            self.strings += usize::from(value.is_string());
        }
    }

    /// The first row with a string.
    pub(crate) fn first(&self, text: &str) -> Option<usize> {
        self.exact.get(text)?.first().copied()
    }

    fn folded(&self) -> &Places {
        self.folded.get_or_init(|| {
            let mut folded = Places::new();
            for (text, places) in &self.exact {
                folded.entry(text.to_lowercase()).or_default().extend(places);
            }
            folded.values_mut().for_each(|places| places.sort_unstable());
            folded
        })
    }
}
