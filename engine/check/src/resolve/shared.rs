//! The value sets, tables and lists of a version, by name.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::resolve::lists;
use mapwright_findings::Reports;
use mapwright_language::spec::VersionSpec;

/// The value sets, tables and lists of a version.
pub(crate) struct Shared<'c> {
    /// Lists that exceed a limit, which has been reported.
    pub refused: HashSet<&'c str>,
    /// Shared by all rows that name them.
    pub sets: HashMap<&'c str, Arc<[String]>>,
    /// Shared by all rows that name them.
    pub tables: HashMap<&'c str, Arc<Map<String, Value>>>,
}

impl<'c> Shared<'c> {
    /// Reads those of a version, and reports lists that exceed a limit.
    pub(crate) fn new(spec: &'c VersionSpec, reports: &mut Reports) -> Self {
        let (mut sets, mut tables) = (HashMap::new(), HashMap::new());
        for (name, names) in &spec.sets {
            sets.entry(name.value.as_str()).or_insert_with(|| Arc::from(names.as_slice()));
        }
        for (name, table) in &spec.tables {
            if let Value::Object(entries) = table {
                tables.entry(name.value.as_str()).or_insert_with(|| Arc::new(entries.clone()));
            }
        }
        Self { refused: lists::refuse(&spec.paths, reports), sets, tables }
    }
}
