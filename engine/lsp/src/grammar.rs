//! The grammar of files, as their published JSON Schemas say it: which keys and words can stand where, and what they mean.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use mapwright_analyze::schema::{Schema, Spot};
use mapwright_analyze::view::PointerStep;
use mapwright_language::language_schemas;
use mapwright_language::yaml::Node;
use serde_json::{Map, Value};

use crate::cursor::Step;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind {
    Destination,
    Version,
    Mapping,
    Test,
}

impl FileKind {
    /// What a file of this path is.
    pub(crate) fn of(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next()?;
        Some(match name.strip_suffix(".yaml")? {
            "destination" => Self::Destination,
            "version" => Self::Version,
            stem if stem.ends_with(".test") => Self::Test,
            _ => Self::Mapping,
        })
    }

    fn schema(self) -> Option<&'static Schema> {
        static SCHEMAS: OnceLock<Vec<(&'static str, Schema)>> = OnceLock::new();
        let all = SCHEMAS.get_or_init(|| {
            language_schemas().into_iter().map(|(name, schema)| (name, Schema::of(schema))).collect()
        });
        let name = match self {
            Self::Destination => "mapping-destination",
            Self::Version => "mapping-version",
            Self::Mapping => "mapping-message",
            Self::Test => "mapping-test",
        };
        all.iter().find(|(known, _)| *known == name).map(|(_, schema)| schema)
    }
}

/// What the grammar says of a place.
#[derive(Debug)]
pub(crate) struct Grammar {
    /// What may stand around it.
    around: Spot<'static>,
    /// What may stand there.
    here: Spot<'static>,
    /// The key of the last step, if it is one.
    key: Option<String>,
}

/// A key that can stand in a map.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct KnownKey {
    pub name: String,
    pub doc: String,
}

impl Grammar {
    /// Follows a way through a tree. `ignored` is a key that has only been put there.
    pub(crate) fn at(kind: FileKind, root: &Node, path: &[Step], ignored: &str) -> Option<Self> {
        let schema = kind.schema()?;
        let mut here = schema.whole()?;
        let (mut around, mut node, mut key) = (Spot::default(), Some(root), None);
        for step in path {
            around = fitting(&here, node, ignored);
            (here, node, key) = match step {
                Step::Key(name) => {
                    let next = node.and_then(|node| node.get(name));
                    (schema.child(&around, PointerStep::Field(name))?, next, Some(name.clone()))
                }
                Step::Item(at) => {
                    let next = match node.map(|node| &node.data) {
                        Some(mapwright_language::yaml::Data::List(items)) => items.get(*at),
                        _ => None,
                    };
                    (schema.child(&around, PointerStep::Item(*at))?, next, key)
                }
            };
        }
        let here = fitting(&here, node, ignored);
        Some(Self { around, here, key })
    }

    /// The names of the records that may stand there.
    pub(crate) fn records(&self) -> BTreeSet<&'static str> {
        records(&self.here)
    }

    /// Whether such a record may stand there.
    pub(crate) fn is(&self, record: &str) -> bool {
        self.records().contains(record)
    }

    /// Whether it is the value of this key, or an item of it, in such a record.
    pub(crate) fn is_key_of(&self, records_around: &[&str], key: &str) -> bool {
        self.key.as_deref() == Some(key) && {
            let around = records(&self.around);
            records_around.iter().any(|record| around.contains(record))
        }
    }

    /// The key that it is the value of, or an item of the value.
    pub(crate) fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// Whether it may be a list.
    pub(crate) fn is_list(&self) -> bool {
        self.here
            .alternatives
            .iter()
            .flatten()
            .any(|schema| schema.get("type") == Some(&Value::from("array")))
    }

    /// What is said of the key.
    pub(crate) fn doc(&self) -> Option<&'static str> {
        let name = self.key.as_deref()?;
        let property = |schema: &&'static Map<String, Value>| schema.get("properties")?.get(name);
        let stated = self.around.alternatives.iter().flatten().filter_map(property).find_map(description);
        let here =
            || self.here.alternatives.iter().flatten().find_map(|schema| schema.get("description")?.as_str());
        stated.or_else(here)
    }

    /// The keys that a map there may have.
    pub(crate) fn keys(&self) -> Vec<KnownKey> {
        keys(&self.here)
    }

    /// The words that may stand there, each with what it means.
    pub(crate) fn words(&self) -> Vec<KnownKey> {
        let mut words = Vec::new();
        for schema in self.here.alternatives.iter().flatten() {
            let doc = schema.get("description").and_then(Value::as_str).unwrap_or_default();
            let listed = schema.get("enum").and_then(Value::as_array).into_iter().flatten();
            for word in listed.chain(schema.get("const")).filter_map(shown) {
                let word = KnownKey { name: word, doc: doc.to_owned() };
                if !words.iter().any(|known: &KnownKey| known.name == word.name) {
                    words.push(word);
                }
            }
            if schema.get("type") == Some(&Value::from("boolean")) {
                for name in ["true", "false"].map(str::to_owned) {
                    words.push(KnownKey { name, doc: doc.to_owned() });
                }
            }
        }
        words
    }
}

fn shown(word: &Value) -> Option<String> {
    match word {
        Value::String(text) => Some(text.clone()),
        Value::Bool(b) => Some(b.to_string()),
        Value::Null => Some("null".to_owned()),
        _ => None,
    }
}

fn description(schema: &'static Value) -> Option<&'static str> {
    schema.get("description")?.as_str()
}

fn keys(spot: &Spot<'static>) -> Vec<KnownKey> {
    let mut keys: Vec<KnownKey> = Vec::new();
    for schema in spot.alternatives.iter().flatten() {
        let listed = schema.get("properties").and_then(Value::as_object);
        for (name, property) in listed.into_iter().flatten() {
            if !keys.iter().any(|known| known.name == *name) {
                let doc = description(property).unwrap_or_default().to_owned();
                keys.push(KnownKey { name: name.clone(), doc });
            }
        }
    }
    keys
}

/// The records among the alternatives, by what they refer to.
fn records(spot: &Spot<'static>) -> BTreeSet<&'static str> {
    let all = spot.alternatives.iter().flatten();
    all.filter_map(|schema| schema.get("$ref")?.as_str()?.strip_prefix("#/definitions/")).collect()
}

/// The alternatives that a node may be, by its kind and keys.
fn fitting(spot: &Spot<'static>, node: Option<&Node>, ignored: &str) -> Spot<'static> {
    let Some(entries) = node.and_then(Node::as_map) else { return spot.clone() };
    let keys: Vec<&str> =
        entries.iter().map(|(key, _)| key.text.as_str()).filter(|key| *key != ignored).collect();
    let fits = |schemas: &&Vec<&'static Map<String, Value>>| {
        schemas.iter().all(|schema| {
            mapwright_analyze::schema::takes(schema, "object") && keys.iter().all(|key| allows(schema, key))
        })
    };
    let alternatives: Vec<_> = spot.alternatives.iter().filter(fits).cloned().collect();
    match alternatives.is_empty() {
        // what is wrong there may still be finished
        true => spot.clone(),
        false => Spot { alternatives },
    }
}

fn allows(schema: &Map<String, Value>, key: &str) -> bool {
    let is_listed = schema.get("properties").is_some_and(|listed| listed.get(key).is_some());
    let closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
    let barred = schema.get("propertyNames").and_then(|names| names.get("not")?.get("enum")?.as_array());
    let barred = barred.is_some_and(|names| names.iter().any(|name| name.as_str() == Some(key)));
    is_listed || !closed && !barred
}
