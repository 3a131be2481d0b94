//! The items of loops: what is known of them, and the names that they have.

use mapwright_convert::{PathStep, Root, Source};
use mapwright_findings::rules::invalid_value;
use mapwright_findings::rules::unused_definition::{self, Kind};
use mapwright_findings::{At, Span};
use mapwright_language::names::{EVENT_FIELDS, FOUND, ITEMS, reserved};
use mapwright_language::spec::RowSpec;

use crate::resolve::Resolver;
use crate::resolve::item::{Item, Named, Table, columns_of};

/// A loop whose rows are being resolved.
pub(crate) enum Entered<'c> {
    /// Its items have no name; the item around it.
    Plain(Option<Item<'c>>),
    /// Its items have the name that is written here.
    Named(Span),
    /// Its items have a name that cannot be theirs.
    Refused,
}

impl<'c> Resolver<'c, '_> {
    /// Returns the item of a list.
    pub(crate) fn item_of(&self, list: &RowSpec) -> Item<'c> {
        let source = list.form.source().filter(|_| list.conversions.is_empty());
        let Some(Source::Path(path)) = source.map(|source| &source.value) else {
            return Item { table: None };
        };
        if path.rest.is_some() {
            return Item { table: None };
        }
        let table = match (path.root, path.steps.as_slice()) {
            (Root::Settings, [PathStep::Key(name)]) => self.table_of(name),
            (Root::Item, [PathStep::Key(column)]) => {
                self.context.item.and_then(|item| item.table).and_then(|table| table.nested(column))
            }
            (Root::Event, [PathStep::Key(name), PathStep::Key(column)]) if !path.literal => {
                let item = self.context.items.iter().rfind(|item| item.name == *name);
                item.and_then(|named| named.item.table).and_then(|table| table.nested(column))
            }
            _ => None,
        };
        Item { table }
    }

    fn table_of(&self, setting: &str) -> Option<Table<'c>> {
        let declared = &self.destination.spec.settings;
        let (name, _) = declared.place(setting).and_then(|place| declared.get(place))?;
        Some(Table { setting: &name.value, nested: None, columns: columns_of(self.destination, setting)? })
    }

    /// Begins with the rows of a loop.
    pub(crate) fn enter_loop(&mut self, name: Option<&At<String>>, item: Item<'c>) -> Entered<'c> {
        let Some(At { value: name, span }) = name else {
            return Entered::Plain(self.context.item.replace(item));
        };
        let is_word = name.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_alphanumeric() || c == '_');
        let problem = if !is_word {
            Some("is not a name: it has letters, digits and `_`, and starts with no digit".to_owned())
        } else if reserved().contains(&name.as_str()) || name == ITEMS {
            Some("has a meaning of its own in the language".to_owned())
        } else if EVENT_FIELDS.contains(&name.as_str()) || FOUND.contains(&name.as_str()) {
            Some("is a field of the event, which could not be read inside".to_owned())
        } else if self.context.items.iter().any(|item| item.name == *name) {
            Some("is the item of a loop around it, which could not be read inside".to_owned())
        } else {
            None
        };
        match problem {
            Some(problem) => {
                let help = "choose another name for the item";
                invalid_value::report(self.reports, *span, format!("`{name}` {problem}"), help);
                // what reads the item has no finding of its own
                self.context.items.push(Named { name: name.clone(), item, is_read: true });
                Entered::Refused
            }
            None => {
                self.context.items.push(Named { name: name.clone(), item, is_read: false });
                Entered::Named(*span)
            }
        }
    }

    /// Ends with the rows of a loop. Returns the position of its items among those that have a name.
    pub(crate) fn leave_loop(&mut self, entered: Entered<'c>) -> Option<usize> {
        let span = match entered {
            Entered::Plain(outer) => {
                self.context.item = outer;
                return None;
            }
            Entered::Named(span) => Some(span),
            Entered::Refused => None,
        };
        let left = self.context.items.pop();
        if let (Some(span), Some(Named { name, is_read: false, .. })) = (span, left) {
            unused_definition::report(self.reports, span, Kind::Item, &name);
        }
        Some(self.context.items.len())
    }
}
