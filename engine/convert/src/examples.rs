//! What the examples of the table refer to.

use std::sync::Arc;

use mapwright_findings::{KnownNames, Unread};
use serde_json::{Map, Value};

use crate::action::Conversion;
use crate::call::Scope;
use crate::pattern::Patterns;

/// The settings, value sets and tables that examples refer to: [`EXAMPLE_SCOPE`](crate::EXAMPLE_SCOPE), read.
#[derive(Debug)]
pub struct ExampleScope {
    value: Value,
    patterns: Patterns,
}

impl ExampleScope {
    /// Creates the scope that an object describes: `sets`, `tables` and `settings`.
    pub fn new(value: Value) -> Self {
        Self { value, patterns: Patterns::default() }
    }

    /// Returns the settings.
    pub fn settings_value(&self) -> &Value {
        self.value.get("settings").unwrap_or(&Value::Null)
    }

    fn names(&self, part: &str) -> KnownNames {
        let entries = self.value.get(part).and_then(Value::as_object);
        let names = entries.into_iter().flat_map(|entries| entries.keys().map(String::as_str));
        KnownNames::new(names, Unread::default())
    }
}

impl Scope for ExampleScope {
    fn set(&self, name: &str) -> Option<Arc<[String]>> {
        let names = self.value.get("sets")?.get(name)?.as_array()?;
        Some(names.iter().filter_map(Value::as_str).map(str::to_owned).collect())
    }
    fn sets(&self) -> KnownNames {
        self.names("sets")
    }
    fn table(&self, name: &str) -> Option<Arc<Map<String, Value>>> {
        self.value.get("tables")?.get(name)?.as_object().cloned().map(Arc::new)
    }
    fn has_setting(&self, name: &str) -> bool {
        self.settings_value().get(name).is_some()
    }
    fn tables(&self) -> KnownNames {
        self.names("tables")
    }
    fn settings(&self) -> KnownNames {
        self.names("settings")
    }
    fn columns(&self, _: &str) -> Option<KnownNames> {
        None
    }
    fn patterns(&self) -> &Patterns {
        &self.patterns
    }
    fn chain(&self, _: &str) -> Option<Vec<Conversion>> {
        None
    }
    fn chains(&self) -> KnownNames {
        KnownNames::default()
    }
}
