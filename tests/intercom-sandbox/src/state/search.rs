//! The search index of contacts. It lags behind writes, and resolves equality with inverted indexes, which are
//! created for a field when it is first searched.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use serde_json::Value;

use super::contact::StoredContact;
use super::query::{Filter, Operator, field_values};
use crate::ids::ContactId;

type Postings = HashMap<String, BTreeSet<ContactId>>;

/// The state of contacts `lag` ago, which searches see.
#[derive(Debug)]
pub(crate) struct SearchIndex {
    lag_ms: u64,
    pending: VecDeque<Write>,
    documents: BTreeMap<ContactId, Arc<StoredContact>>,
    fields: HashMap<String, Postings>,
}

#[derive(Debug)]
struct Write {
    visible_at_ms: u64,
    id: ContactId,
    document: Option<Arc<StoredContact>>,
}

impl SearchIndex {
    pub(crate) fn new(lag_ms: u64) -> SearchIndex {
        SearchIndex { lag_ms, pending: VecDeque::new(), documents: BTreeMap::new(), fields: HashMap::new() }
    }

    /// Records the new state of a contact; `None` if it can no longer be found.
    pub(crate) fn write(&mut self, id: ContactId, document: Option<Arc<StoredContact>>, now_ms: u64) {
        self.catch_up(now_ms);
        self.pending.push_back(Write { visible_at_ms: now_ms.saturating_add(self.lag_ms), id, document });
    }

    fn catch_up(&mut self, now_ms: u64) {
        while self.pending.front().is_some_and(|write| write.visible_at_ms <= now_ms) {
            if let Some(write) = self.pending.pop_front() {
                self.apply(write);
            }
        }
    }

    fn apply(&mut self, write: Write) {
        let old = match &write.document {
            Some(document) => self.documents.insert(write.id, document.clone()),
            None => self.documents.remove(&write.id),
        };
        for (field, postings) in &mut self.fields {
            for key in old.iter().flat_map(|contact| field_values(contact, field)).map(|value| key(&value)) {
                if let Some(ids) = postings.get_mut(&key) {
                    ids.remove(&write.id);
                    if ids.is_empty() {
                        postings.remove(&key);
                    }
                }
            }
            for value in write.document.iter().flat_map(|contact| field_values(contact, field)) {
                postings.entry(key(&value)).or_default().insert(write.id);
            }
        }
    }

    /// Returns the matching contacts, oldest first.
    pub(crate) fn find(&mut self, filter: &Filter, now_ms: u64) -> Vec<Arc<StoredContact>> {
        self.catch_up(now_ms);
        self.prepare(filter);
        let matches = |contact: &&Arc<StoredContact>| filter.matches(contact);
        let mut found: Vec<Arc<StoredContact>> = match self.candidates(filter) {
            Some(ids) => {
                ids.iter().filter_map(|id| self.documents.get(id)).filter(matches).cloned().collect()
            }
            None => self.documents.values().filter(matches).cloned().collect(),
        };
        found.sort_by_key(|contact| (contact.created_at, contact.id));
        found
    }

    /// Creates the inverted indexes that this filter can use.
    fn prepare(&mut self, filter: &Filter) {
        match filter {
            Filter::All(filters) | Filter::Any(filters) => {
                filters.iter().for_each(|filter| self.prepare(filter))
            }
            Filter::Field { field, operator: Operator::Equal | Operator::In, value } if indexed(value) => {
                if self.fields.contains_key(field) {
                    return;
                }
                let mut postings = Postings::new();
                for contact in self.documents.values() {
                    for value in field_values(contact, field) {
                        postings.entry(key(&value)).or_default().insert(contact.id);
                    }
                }
                self.fields.insert(field.clone(), postings);
            }
            Filter::Field { .. } => {}
        }
    }

    /// Returns a superset of the matches, if there are indexes for it.
    fn candidates(&self, filter: &Filter) -> Option<BTreeSet<ContactId>> {
        match filter {
            Filter::All(filters) => {
                filters.iter().filter_map(|f| self.candidates(f)).min_by_key(BTreeSet::len)
            }
            Filter::Any(filters) => {
                let sets: Option<Vec<_>> = filters.iter().map(|filter| self.candidates(filter)).collect();
                Some(sets?.into_iter().flatten().collect())
            }
            Filter::Field { field, operator: Operator::Equal | Operator::In, value } if indexed(value) => {
                let postings = self.fields.get(field)?;
                let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
                Some(values.iter().filter_map(|value| postings.get(&key(value))).flatten().copied().collect())
            }
            Filter::Field { .. } => None,
        }
    }
}

/// Returns whether a value can be looked up in an inverted index. Dates match by day and null by absence, which they do not support.
fn indexed(value: &Value) -> bool {
    match value {
        Value::Array(values) => values.iter().all(Value::is_string),
        value => value.is_string() || value.is_boolean(),
    }
}

fn key(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
