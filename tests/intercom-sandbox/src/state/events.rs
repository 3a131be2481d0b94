//! Events of contacts.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::ids::ContactId;

/// The most active event names of a workspace (help center; error message of the JavaScript endpoint).
const ACTIVE_NAMES: usize = 120;

/// One event.
#[derive(Clone, Debug)]
pub(crate) struct StoredEvent {
    pub(crate) name: String,
    /// Unix seconds.
    pub(crate) created_at: i64,
    pub(crate) metadata: Map<String, Value>,
}

/// The error that the workspace has reached the limit of event names.
#[derive(Debug)]
pub(crate) struct NameLimit;

/// All events, by contact, name (in lower case) and second, which identify an event at Intercom.
#[derive(Debug, Default)]
pub(crate) struct Events {
    stored: BTreeMap<Key, StoredEvent>,
    names: HashSet<Arc<str>>,
    duplicates: u64,
}

type Key = (ContactId, i64, Arc<str>);

impl Events {
    /// Stores an event once; a second one with the same contact, name and second changes nothing.
    pub(crate) fn record(&mut self, contact: ContactId, event: StoredEvent) -> Result<(), NameLimit> {
        let name = self.name(&event.name.to_lowercase())?;
        match self.stored.entry((contact, event.created_at, name)) {
            Entry::Vacant(slot) => drop(slot.insert(event)),
            Entry::Occupied(_) => self.duplicates += 1,
        }
        Ok(())
    }

    /// Returns a known name, or adds it if the limit allows.
    fn name(&mut self, folded: &str) -> Result<Arc<str>, NameLimit> {
        if let Some(name) = self.names.get(folded) {
            return Ok(name.clone());
        }
        if self.names.len() >= ACTIVE_NAMES {
            return Err(NameLimit);
        }
        let name: Arc<str> = folded.into();
        self.names.insert(name.clone());
        Ok(name)
    }

    /// Moves the events of one contact to another, when a lead is merged into a user.
    pub(crate) fn hand_over(&mut self, from: ContactId, to: ContactId) {
        for ((_, at, name), event) in self.take(from) {
            self.stored.entry((to, at, name)).or_insert(event);
        }
    }

    pub(crate) fn forget(&mut self, contact: ContactId) {
        drop(self.take(contact));
    }

    fn take(&mut self, contact: ContactId) -> Vec<(Key, StoredEvent)> {
        let first = (contact, i64::MIN, Arc::from(""));
        let of_contact = self.stored.range(first..).take_while(|((of, _, _), _)| *of == contact);
        let keys: Vec<Key> = of_contact.map(|(key, _)| key.clone()).collect();
        keys.into_iter().filter_map(|key| self.stored.remove_entry(&key)).collect()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (ContactId, &StoredEvent)> {
        self.stored.iter().map(|((contact, _, _), event)| (*contact, event))
    }

    /// Returns the number of events that were accepted and not stored, because they are duplicates.
    pub(crate) fn duplicates(&self) -> u64 {
        self.duplicates
    }
}
