//! What is known of the items of loops.

use mapwright_convert::{PathStep, Root, SourcePath};
use mapwright_findings::rules::unknown_column;
use mapwright_findings::{Reports, Span};
use mapwright_language::catalog::Destination;
use mapwright_language::decode::{Named as NamedList, by_name};
use mapwright_language::spec::{Declared, SettingSpec};

/// What is known about an item.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item<'c> {
    /// The table in the settings that contains it.
    pub table: Option<Table<'c>>,
}

/// A table in the settings.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Table<'c> {
    pub setting: &'c str,
    /// The column of the setting that is the table, if it is one of a row.
    pub nested: Option<&'c str>,
    pub columns: &'c NamedList<SettingSpec>,
}

/// An item that has a name.
#[derive(Debug)]
pub(crate) struct Named<'c> {
    pub name: String,
    pub item: Item<'c>,
    pub is_read: bool,
}

impl Item<'_> {
    /// Reports a column that the table of the item has not, and what no column has inside.
    pub(crate) fn check_column(self, steps: &[PathStep], span: Span, reports: &mut Reports) -> Option<()> {
        let (Some((PathStep::Key(first), inside)), Some(table)) = (steps.split_first(), self.table) else {
            return Some(());
        };
        let Some(column) = by_name(table.columns, first) else {
            unknown_column::report(reports, span, first, &table.path(), &table.columns.known());
            return None;
        };
        match column.follow(inside) {
            Some(Declared::Nothing { at, of }) => {
                let path = format!("{}[].{first}", table.path());
                unknown_column::report_inside(reports, span, &leading(&path, inside, at), of.word());
                None
            }
            _ => Some(()),
        }
    }
}

/// The item that a path starts with the name of, by its position, and the path in it.
pub(crate) fn named<'p, 'c>(
    items: &mut [Named<'c>],
    path: &'p SourcePath,
) -> Option<(usize, Item<'c>, &'p [PathStep])> {
    let first = path.first_key().filter(|_| path.root == Root::Event && !path.literal)?;
    let depth = items.iter().rposition(|item| item.name == first)?;
    let named = items.get_mut(depth)?;
    named.is_read = true;
    Some((depth, named.item, path.steps.get(1..).unwrap_or_default()))
}

/// A path, and so many of the steps that follow it.
pub(crate) fn leading(path: &str, steps: &[PathStep], count: usize) -> String {
    steps.iter().take(count).fold(path.to_owned(), |path, step| match step {
        PathStep::Key(key) => format!("{path}.{key}"),
        PathStep::Index(_) => format!("{path}[]"),
    })
}

impl<'c> Table<'c> {
    /// The path to it, as readers see it.
    fn path(self) -> String {
        match self.nested {
            None => format!("settings.{}", self.setting),
            Some(column) => format!("settings.{}[].{column}", self.setting),
        }
    }

    /// The table in a column.
    pub(crate) fn nested(self, column: &str) -> Option<Table<'c>> {
        let place = self.columns.place(column)?;
        let (name, setting) = self.columns.get(place)?;
        let columns = Some(&setting.items).filter(|columns| !columns.is_empty())?;
        Some(Table { nested: Some(&name.value), columns, ..self })
    }
}

/// Returns the columns of a setting that is a table, if they are declared.
pub(crate) fn columns_of<'c>(
    destination: &'c Destination,
    setting: &str,
) -> Option<&'c NamedList<SettingSpec>> {
    by_name(&destination.spec.settings, setting)
        .map(|setting| &setting.items)
        .filter(|columns| !columns.is_empty())
}
