//! The file of a new version, and what there is to know of an old one.

use mapwright_convert::Matcher;
use serde_json::Value;

use crate::error::StartError;
use crate::file::NewFile;
use crate::name::{Address, Names};

/// Returns the file of a new version that inherits from another one of the destination.
///
/// # Errors
/// If the address is not that of a version.
pub fn version(address: &str, extends: &str) -> Result<NewFile, StartError> {
    let address = Address::read(address, Names::Version)?;
    let quoted = |text: &str| Value::from(text).to_string();
    let text = format!(
        "# TODO: state what differs from {extends}, in this file and in those of the messages\nversion: {}\nextends: {}\n",
        quoted(&address.version),
        quoted(extends)
    );
    Ok(NewFile::new(format!("{}/version.yaml", address.folder()), text))
}

/// What mappings use of a version.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Version {
    /// Its operations that send a body of JSON or a form.
    pub operations: Vec<Operation>,
    /// Values of the settings that operators must state, as YAML on one line, and in a comment what is left to do about them.
    pub settings: String,
}

/// An operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Its name.
    pub name: String,
    /// The parameters of its path.
    pub parameters: Vec<String>,
}

impl Version {
    /// Reads the files of a destination and a version, both after inheritance.
    pub fn read(destination: &str, version: &str) -> Self {
        let [destination, version] = [destination, version].map(|text| yaml(text).unwrap_or_default());
        let operations = version.get("operations").and_then(Value::as_object);
        let mut operations: Vec<Operation> = operations
            .into_iter()
            .flatten()
            .filter_map(|(name, operation)| usable(name, operation))
            .collect();
        // those whose path needs nothing come first, otherwise in their order
        operations.sort_by_key(|operation| !operation.parameters.is_empty());
        Self { operations, settings: settings(&destination) }
    }
}

fn yaml(text: &str) -> Option<Value> {
    let budget = serde_saphyr::budget! { max_depth: 128, max_aliases: 1_000, max_nodes: 1_000_000 };
    let options = serde_saphyr::options! { budget: budget, strict_booleans: true, with_snippet: false };
    serde_saphyr::from_str_with_options(text, options).ok()
}

fn usable(name: &str, operation: &Value) -> Option<Operation> {
    let text = |key| operation.get(key).and_then(Value::as_str);
    let sends = matches!(text("method"), Some("POST" | "PUT" | "PATCH")) && text("encoding") != Some("xml");
    if !sends || operation.get("batch").is_some() {
        return None;
    }
    let inside = text("path")?.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0.to_owned()));
    Some(Operation { name: name.to_owned(), parameters: inside.collect() })
}

/// Values for the settings that are required, as YAML, and in a comment those of which none is known.
fn settings(destination: &Value) -> String {
    let declared = destination.get("settings").and_then(Value::as_object);
    let made = declared.into_iter().flatten().filter(|(_, setting)| {
        setting.get("required").and_then(Value::as_bool) == Some(true) && setting.get("default").is_none()
    });
    let mut unknown = String::new();
    let made: Vec<String> = made
        .map(|(name, setting)| {
            let first = setting.get("one_of").and_then(|values| values.get(0));
            let pattern = setting.get("pattern").and_then(Value::as_str);
            let pattern = pattern.and_then(|pattern| Matcher::stated(pattern).ok());
            let value = first.cloned().unwrap_or_else(|| match setting.get("type").and_then(Value::as_str) {
                Some("integer" | "number") => 1.into(),
                Some("boolean") => true.into(),
                Some("list") => Value::Array(Vec::new()),
                Some("object") => Value::Object(serde_json::Map::new()),
                _ => match pattern.map(|pattern| (pattern.text_like("key", 0), pattern)) {
                    Some((Some(text), _)) => text.into(),
                    Some((None, pattern)) => {
                        let shown = pattern.text().replace(char::is_control, " ");
                        unknown += &format!(" # TODO: state a value of `{name}` that matches `{shown}`");
                        "key".into()
                    }
                    None => "key".into(),
                },
            });
            format!("{}: {value}", Value::from(name.as_str()))
        })
        .collect();
    if made.is_empty() { "{}".to_owned() } else { format!("{{ {} }}{unknown}", made.join(", ")) }
}
