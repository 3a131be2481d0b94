//! The value sets and tables of a version, by name.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use mapwright_language::spec::VersionSpec;
use mapwright_plan::plan::NameSet;

/// The value sets and tables of a version.
pub(crate) struct Shared<'c> {
    /// Shared by all rows that name them.
    pub sets: HashMap<&'c str, Arc<NameSet>>,
    /// Shared by all rows that name them.
    pub tables: HashMap<&'c str, Arc<Map<String, Value>>>,
}

impl<'c> Shared<'c> {
    /// Returns those of a version.
    pub(crate) fn new(spec: &'c VersionSpec) -> Self {
        let (mut sets, mut tables) = (HashMap::new(), HashMap::new());
        for (name, names) in &spec.sets {
            sets.entry(name.value.as_str()).or_insert_with(|| Arc::new(NameSet::new(names)));
        }
        for (name, table) in &spec.tables {
            tables.entry(name.value.as_str()).or_insert_with(|| Arc::new(table.0.clone()));
        }
        Self { sets, tables }
    }
}
