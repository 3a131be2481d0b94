//! One contact: a user or lead of 1.x, a contact of 2.x.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::ids::{CompanyId, ContactId, TagId};

/// What a contact is.
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
pub(crate) struct StoredContact {
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

impl StoredContact {
    pub(crate) fn new(id: ContactId, role: Role, now: i64) -> StoredContact {
        StoredContact {
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
