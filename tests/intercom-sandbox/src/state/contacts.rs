//! All contacts, and how they are found.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::contact::{Role, StoredContact};
use super::search::SearchIndex;
use crate::ids::ContactId;

/// All contacts, by id, external id and email; the search index follows them.
#[derive(Debug)]
pub(crate) struct Contacts {
    by_id: BTreeMap<ContactId, Arc<StoredContact>>,
    by_external_id: HashMap<String, ContactId>,
    by_email: HashMap<String, BTreeSet<ContactId>>,
    deleted: HashSet<ContactId>,
    unnamed: u64,
    pub(crate) search: SearchIndex,
}

impl Contacts {
    pub(crate) fn new(search_lag_ms: u64) -> Contacts {
        Contacts {
            by_id: BTreeMap::new(),
            by_external_id: HashMap::new(),
            by_email: HashMap::new(),
            deleted: HashSet::new(),
            unnamed: 0,
            search: SearchIndex::new(search_lag_ms),
        }
    }

    /// Returns a new, unused id.
    pub(crate) fn new_id(&mut self, external_id: Option<&str>, email: Option<&str>) -> ContactId {
        let name = (external_id, email);
        if name == (None, None) {
            self.unnamed += 1;
        }
        let first = if name == (None, None) { self.unnamed } else { 0 };
        let mut generation = first;
        loop {
            let id = ContactId::of(name, generation);
            if !self.by_id.contains_key(&id) && !self.deleted.contains(&id) {
                return id;
            }
            generation += 1;
        }
    }

    pub(crate) fn get(&self, id: ContactId) -> Option<&Arc<StoredContact>> {
        self.by_id.get(&id)
    }

    pub(crate) fn by_external_id(&self, external_id: &str) -> Option<&Arc<StoredContact>> {
        self.by_external_id.get(external_id).and_then(|id| self.by_id.get(id))
    }

    /// Returns the users with this email (in lower case), ordered by id.
    pub(crate) fn users_by_email(&self, email: &str) -> impl Iterator<Item = &Arc<StoredContact>> {
        let ids = self.by_email.get(email).into_iter().flatten();
        ids.filter_map(|id| self.by_id.get(id)).filter(|contact| contact.role == Role::User)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<StoredContact>> {
        self.by_id.values()
    }

    /// Adds a contact, or replaces the one with its id.
    pub(crate) fn save(&mut self, contact: StoredContact, now_ms: u64) -> Arc<StoredContact> {
        self.unindex(contact.id);
        if let Some(external_id) = &contact.external_id {
            self.by_external_id.insert(external_id.clone(), contact.id);
        }
        if let Some(email) = &contact.email {
            self.by_email.entry(email.clone()).or_default().insert(contact.id);
        }
        let contact = Arc::new(contact);
        self.by_id.insert(contact.id, contact.clone());
        self.search.write(contact.id, (!contact.archived).then(|| contact.clone()), now_ms);
        contact
    }

    /// Removes a contact permanently. Its id is never reused.
    pub(crate) fn remove(&mut self, id: ContactId, now_ms: u64) {
        self.unindex(id);
        if self.by_id.remove(&id).is_some() {
            self.deleted.insert(id);
            self.search.write(id, None, now_ms);
        }
    }

    fn unindex(&mut self, id: ContactId) {
        let Some(old) = self.by_id.get(&id) else { return };
        if let Some(external_id) = &old.external_id {
            self.by_external_id.remove(external_id);
        }
        if let Some(email) = &old.email
            && let Some(ids) = self.by_email.get_mut(email)
        {
            ids.remove(&id);
            if ids.is_empty() {
                self.by_email.remove(email);
            }
        }
    }
}
