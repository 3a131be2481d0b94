//! Tags.

use std::collections::{BTreeMap, HashMap};

use crate::ids::TagId;

/// All tags, by id and by name.
#[derive(Debug, Default)]
pub(crate) struct Tags {
    names: BTreeMap<TagId, String>,
    by_name: HashMap<String, TagId>,
}

impl Tags {
    /// Returns the tag with this name, which is created if necessary. Names are case-insensitive.
    pub(crate) fn named(&mut self, name: &str) -> TagId {
        let folded = name.to_lowercase();
        if let Some(id) = self.by_name.get(&folded) {
            return *id;
        }
        let id = TagId::of(&folded, 0);
        self.names.insert(id, name.to_owned());
        self.by_name.insert(folded, id);
        id
    }

    /// Returns the name of a tag in its first spelling.
    pub(crate) fn name(&self, id: TagId) -> Option<&str> {
        self.names.get(&id).map(String::as_str)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (TagId, &str)> {
        self.names.iter().map(|(id, name)| (*id, name.as_str()))
    }
}
