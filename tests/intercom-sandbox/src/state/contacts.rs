//! Contacts: the users and leads of 1.x, the contacts of 2.x.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use serde_json::Value;

use super::ids::{CompanyId, ContactId, TagId};
use super::search::SearchIndex;

/// The role of a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    User,
    Lead,
}

impl Role {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Role::User => "user",
            Role::Lead => "lead",
        }
    }
}

/// One contact. Times are Unix seconds.
#[derive(Clone, Debug)]
pub(crate) struct Contact {
    pub(crate) id: ContactId,
    pub(crate) role: Role,
    pub(crate) archived: bool,
    pub(crate) external_id: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) avatar: Option<String>,
    pub(crate) owner_id: Option<i64>,
    pub(crate) signed_up_at: Option<i64>,
    pub(crate) last_seen_at: Option<i64>,
    /// Whether `last_seen_at` is the sandbox's own time, because of `update_last_request_at`.
    pub(crate) last_seen_now: bool,
    pub(crate) last_seen_user_agent: Option<String>,
    pub(crate) unsubscribed_from_emails: bool,
    pub(crate) email_verified: Option<bool>,
    pub(crate) sessions: u64,
    pub(crate) custom_attributes: BTreeMap<String, Value>,
    pub(crate) companies: BTreeSet<CompanyId>,
    pub(crate) tags: BTreeSet<TagId>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
}

impl Contact {
    pub(crate) fn new(id: ContactId, role: Role, now: i64) -> Contact {
        Contact {
            id,
            role,
            archived: false,
            external_id: None,
            email: None,
            phone: None,
            name: None,
            avatar: None,
            owner_id: None,
            signed_up_at: None,
            last_seen_at: None,
            last_seen_now: false,
            last_seen_user_agent: None,
            unsubscribed_from_emails: false,
            email_verified: None,
            sessions: 0,
            custom_attributes: BTreeMap::new(),
            companies: BTreeSet::new(),
            tags: BTreeSet::new(),
            created_at: now,
            updated_at: now,
        }
    }

    /// Returns the contact's external name: its external id, or else its email, or else Intercom's id.
    pub(crate) fn reference(&self) -> String {
        self.external_id.clone().or_else(|| self.email.clone()).unwrap_or_else(|| self.id.to_string())
    }
}

/// All contacts, by id, external id and email; the search index follows them.
#[derive(Debug)]
pub(crate) struct Contacts {
    by_id: BTreeMap<ContactId, Arc<Contact>>,
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

    pub(crate) fn get(&self, id: ContactId) -> Option<&Arc<Contact>> {
        self.by_id.get(&id)
    }

    pub(crate) fn by_external_id(&self, external_id: &str) -> Option<&Arc<Contact>> {
        self.by_external_id.get(external_id).and_then(|id| self.by_id.get(id))
    }

    /// Returns the users with this email (in lower case), ordered by id.
    pub(crate) fn users_by_email(&self, email: &str) -> impl Iterator<Item = &Arc<Contact>> {
        let ids = self.by_email.get(email).into_iter().flatten();
        ids.filter_map(|id| self.by_id.get(id)).filter(|contact| contact.role == Role::User)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Contact>> {
        self.by_id.values()
    }

    /// Adds a contact, or replaces the one with its id.
    pub(crate) fn save(&mut self, contact: Contact, now_ms: u64) -> Arc<Contact> {
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
