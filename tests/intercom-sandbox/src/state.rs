//! The content of the workspace, in plain maps behind the server's lock.

pub(crate) mod attributes;
pub(crate) mod companies;
pub(crate) mod contact;
pub(crate) mod contacts;
pub(crate) mod events;
pub(crate) mod query;
pub(crate) mod search;
pub(crate) mod tags;

use attributes::Attributes;
use companies::Companies;
use contacts::Contacts;
use events::Events;
use tags::Tags;

/// All data of the one workspace.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) contacts: Contacts,
    pub(crate) companies: Companies,
    pub(crate) tags: Tags,
    pub(crate) events: Events,
    pub(crate) attributes: Attributes,
    pub(crate) delete_requests: u64,
}

impl Workspace {
    pub(crate) fn new(search_lag_ms: u64, attributes: Attributes) -> Workspace {
        Workspace {
            contacts: Contacts::new(search_lag_ms),
            companies: Companies::default(),
            tags: Tags::default(),
            events: Events::default(),
            attributes,
            delete_requests: 0,
        }
    }
}
