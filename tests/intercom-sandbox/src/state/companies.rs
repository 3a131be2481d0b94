//! Companies.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use crate::ids::{CompanyId, TagId};

/// One company. Times are Unix seconds.
#[derive(Clone, Debug)]
pub(crate) struct StoredCompany {
    pub(crate) id: CompanyId,
    pub(crate) company_id: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) plan: Option<String>,
    pub(crate) size: Option<Value>,
    pub(crate) website: Option<String>,
    pub(crate) industry: Option<String>,
    pub(crate) monthly_spend: Option<i64>,
    pub(crate) remote_created_at: Option<i64>,
    pub(crate) custom_attributes: BTreeMap<String, Value>,
    pub(crate) tags: BTreeSet<TagId>,
    pub(crate) users: u64,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
}

impl StoredCompany {
    pub(crate) fn new(id: CompanyId, company_id: Option<String>, now: i64) -> StoredCompany {
        StoredCompany {
            id,
            company_id,
            name: None,
            plan: None,
            size: None,
            website: None,
            industry: None,
            monthly_spend: None,
            remote_created_at: None,
            custom_attributes: BTreeMap::new(),
            tags: BTreeSet::new(),
            users: 0,
            created_at: now,
            updated_at: now,
        }
    }

    /// Returns the company's external name: its `company_id`, or else Intercom's id.
    pub(crate) fn reference(&self) -> String {
        self.company_id.clone().unwrap_or_else(|| self.id.to_string())
    }
}

/// All companies, by id, `company_id` and name.
#[derive(Debug, Default)]
pub(crate) struct Companies {
    by_id: BTreeMap<CompanyId, StoredCompany>,
    by_company_id: HashMap<String, CompanyId>,
    by_name: HashMap<String, BTreeSet<CompanyId>>,
    made: u64,
}

impl Companies {
    /// Returns a new, unused id.
    pub(crate) fn new_id(&mut self, company_id: Option<&str>) -> CompanyId {
        let mut generation = 0;
        if company_id.is_none() {
            self.made += 1;
            generation = self.made;
        }
        loop {
            let id = CompanyId::of(company_id, generation);
            if !self.by_id.contains_key(&id) {
                return id;
            }
            generation += 1;
        }
    }

    pub(crate) fn get(&self, id: CompanyId) -> Option<&StoredCompany> {
        self.by_id.get(&id)
    }

    pub(crate) fn by_company_id(&self, company_id: &str) -> Option<&StoredCompany> {
        self.by_company_id.get(company_id).and_then(|id| self.by_id.get(id))
    }

    /// Returns the companies with this name, ordered by id.
    pub(crate) fn by_name(&self, name: &str) -> impl Iterator<Item = &StoredCompany> {
        self.by_name.get(name).into_iter().flatten().filter_map(|id| self.by_id.get(id))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &StoredCompany> {
        self.by_id.values()
    }

    /// Changes parts of a company that are not indexed: tags, counts, times.
    pub(crate) fn touch(&mut self, id: CompanyId, change: impl FnOnce(&mut StoredCompany)) {
        if let Some(company) = self.by_id.get_mut(&id) {
            change(company);
        }
    }

    /// Adds a company, or replaces the one with its id.
    pub(crate) fn save(&mut self, company: StoredCompany) {
        self.remove(company.id);
        if let Some(company_id) = &company.company_id {
            self.by_company_id.insert(company_id.clone(), company.id);
        }
        if let Some(name) = &company.name {
            self.by_name.entry(name.clone()).or_default().insert(company.id);
        }
        self.by_id.insert(company.id, company);
    }

    pub(crate) fn remove(&mut self, id: CompanyId) {
        let Some(old) = self.by_id.remove(&id) else { return };
        if let Some(company_id) = &old.company_id {
            self.by_company_id.remove(company_id);
        }
        if let Some(name) = &old.name
            && let Some(ids) = self.by_name.get_mut(name)
        {
            ids.remove(&id);
            if ids.is_empty() {
                self.by_name.remove(name);
            }
        }
    }
}
