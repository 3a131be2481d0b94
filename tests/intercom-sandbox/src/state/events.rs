//! Events of contacts.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value};

use super::ids::ContactId;

/// Active event names that a workspace may have (help centre; error text of the JavaScript endpoint).
const ACTIVE_NAMES: usize = 120;

/// One event.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) name: String,
    /// Unix seconds.
    pub(crate) created_at: i64,
    pub(crate) metadata: Map<String, Value>,
}

/// The workspace has all the event names it may have.
#[derive(Debug)]
pub(crate) struct NameLimit;

/// All events, by contact, then by name (in lower case) and second, which is what Intercom tells them apart by.
#[derive(Debug, Default)]
pub(crate) struct Events {
    of: BTreeMap<ContactId, BTreeMap<(String, i64), Event>>,
    names: HashSet<String>,
    duplicates: u64,
}

impl Events {
    /// Stores an event once; a second one with the same contact, name and second changes nothing.
    pub(crate) fn record(&mut self, contact: ContactId, event: Event) -> Result<(), NameLimit> {
        let folded = event.name.to_lowercase();
        if !self.names.contains(&folded) {
            if self.names.len() >= ACTIVE_NAMES {
                return Err(NameLimit);
            }
            self.names.insert(folded.clone());
        }
        match self.of.entry(contact).or_default().entry((folded, event.created_at)) {
            std::collections::btree_map::Entry::Vacant(slot) => drop(slot.insert(event)),
            std::collections::btree_map::Entry::Occupied(_) => self.duplicates += 1,
        }
        Ok(())
    }

    /// Gives the events of one contact to another, as a lead that becomes a user takes them along.
    pub(crate) fn hand_over(&mut self, from: ContactId, to: ContactId) {
        for (key, event) in self.of.remove(&from).unwrap_or_default() {
            self.of.entry(to).or_default().entry(key).or_insert(event);
        }
    }

    pub(crate) fn forget(&mut self, contact: ContactId) {
        self.of.remove(&contact);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (ContactId, &Event)> {
        self.of.iter().flat_map(|(contact, events)| events.values().map(|event| (*contact, event)))
    }

    /// Events that were accepted and not stored, for they were there already.
    pub(crate) fn duplicates(&self) -> u64 {
        self.duplicates
    }
}
