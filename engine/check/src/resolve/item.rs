//! What is known of the items of loops.

use mapwright_convert::{PathStep, Root, SourcePath};
use mapwright_findings::rules::unknown_column;
use mapwright_findings::{Reports, Span};
use mapwright_language::catalog::Destination;
use mapwright_language::decode::{Named as NamedList, by_name};
use mapwright_language::spec::SettingSpec;

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
    /// Reports a column that the table of the item has not.
    pub(crate) fn check_column(self, steps: &[PathStep], span: Span, reports: &mut Reports) -> Option<()> {
        if let (Some(PathStep::Key(first)), Some(Table { setting, nested, columns })) =
            (steps.first(), self.table)
            && by_name(columns, first).is_none()
        {
            let table = match nested {
                None => format!("settings.{setting}"),
                Some(column) => format!("settings.{setting}[].{column}"),
            };
            unknown_column::report(reports, span, first, &table, &columns.known());
            return None;
        }
        Some(())
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

impl<'c> Table<'c> {
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
