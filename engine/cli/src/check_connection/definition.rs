//! What an API defines, as the mapping `check` says: which values an attribute takes.

use std::collections::HashMap;

use serde_json::{Map, Value};

/// The definitions, by kind and name.
#[derive(Debug, Default)]
pub(crate) struct Definitions(HashMap<String, HashMap<String, Definition>>);

/// An attribute that the API defines. What is not said of it is not compared.
#[derive(Debug, Default, Clone)]
pub(crate) struct Definition {
    /// The API's word for its type.
    pub(crate) called: Option<String>,
    /// The types of the values that it takes.
    pub(crate) takes: Vec<String>,
    /// The values that it takes, if there is a list of them.
    pub(crate) options: Vec<String>,
    pub(crate) archived: bool,
}

impl Definitions {
    /// Reads the member `declared` of the result of `check`: lists of definitions by kind.
    pub(crate) fn new(declared: &Map<String, Value>) -> Self {
        let mut all: HashMap<String, HashMap<String, Definition>> = HashMap::new();
        for (kind, list) in declared {
            let of_kind = all.entry(kind.clone()).or_default();
            for item in list.as_array().into_iter().flatten() {
                let Some(name) = item.get("name").and_then(Value::as_str) else { continue };
                let definition = Definition::new(item);
                // an archived attribute does not hide a new one of the same name
                if !definition.archived || !of_kind.contains_key(name) {
                    of_kind.insert(name.to_owned(), definition);
                }
            }
        }
        Self(all)
    }

    pub(crate) fn get(&self, kind: &str, name: &str) -> Option<&Definition> {
        self.0.get(kind)?.get(name)
    }
}

impl Definition {
    fn new(item: &Value) -> Self {
        Self {
            called: item.get("type").and_then(Value::as_str).map(str::to_owned),
            takes: texts(item.get("takes")),
            options: texts(item.get("options")),
            archived: item.get("archived").and_then(Value::as_bool).unwrap_or_default(),
        }
    }

    /// A definition that takes one type.
    pub(crate) fn of(name: &str) -> Self {
        Self { called: Some(name.to_owned()), takes: vec![name.to_owned()], ..Self::default() }
    }

    /// Whether it takes values of this type.
    pub(crate) fn takes(&self, name: &str) -> bool {
        // null clears an attribute of any type
        self.takes.is_empty()
            || name == "null"
            || self.takes.iter().any(|takes| takes == name || (takes == "number" && name == "integer"))
    }

    /// Whether the value is one of its options.
    pub(crate) fn lists(&self, value: &Value) -> bool {
        self.options.is_empty() || value.is_null() || self.options.contains(&text(value))
    }
}

/// A value as the text that an option is.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A value in a sentence: in one line, and cut if it is long.
pub(crate) fn quoted(value: &str) -> String {
    const SHOWN: usize = 80;
    let mut shown: String = value.chars().take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if value.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Array(items)) => items.iter().map(text).collect(),
        Some(Value::Null) | None => Vec::new(),
        Some(value) => vec![text(value)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(declared: &Value) -> Definitions {
        Definitions::new(declared.as_object().unwrap_or(&Map::new()))
    }

    #[test]
    fn an_archived_attribute_does_not_hide_a_new_one() {
        let (old, new) =
            (json!({ "name": "a", "type": "old", "archived": true }), json!({ "name": "a", "type": "new" }));
        for list in [json!([old, new]), json!([new, old])] {
            let found = of(&json!({ "contact": list }));
            assert_eq!(found.get("contact", "a").and_then(|found| found.called.as_deref()), Some("new"));
        }
    }

    #[test]
    fn values_stay_in_their_sentence() {
        assert_eq!(quoted("gold\nor silver"), "`gold or silver`");
        assert_eq!(quoted(&"ä".repeat(80)), format!("`{}`", "ä".repeat(80)));
        assert_eq!(quoted(&"ä".repeat(81)), format!("`{}…`", "ä".repeat(80)));
    }

    #[test]
    fn what_is_not_said_takes_everything() {
        let found = Definition::new(&json!({ "name": "a" }));
        assert!(found.takes("object") && found.lists(&json!("x")) && !found.archived);
    }

    #[test]
    fn a_number_may_be_whole_and_null_is_of_every_type() {
        let found = Definition::new(&json!({ "takes": "number", "options": [1, "b"] }));
        assert!(
            found.takes("integer") && found.takes("number") && found.takes("null") && !found.takes("string")
        );
        assert!(found.lists(&json!(1)) && found.lists(&json!("b")) && found.lists(&Value::Null));
        assert!(!found.lists(&json!("c")));
        assert!(!Definition::new(&json!({ "takes": ["integer", "boolean"] })).takes("number"));
    }
}
