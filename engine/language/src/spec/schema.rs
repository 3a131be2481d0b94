//! JSON Schemas of the mapping language for editors, generated from the records.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use crate::spec::{DestinationSpec, MappingSpec, TestFileSpec, VersionSpec};

/// Returns the JSON Schemas of the four kinds of files, by name: `mapping-destination`, `mapping-version`, `mapping-message` and `mapping-test`.
///
/// A file that extends another states only what differs, so a key is required only if it cannot be inherited. Checking
/// mappings requires the rest.
///
/// ```
/// let schemas = mapwright_language::language_schemas();
/// assert_eq!(schemas.iter().map(|(name, _)| *name).collect::<Vec<_>>(), [
///     "mapping-destination", "mapping-version", "mapping-message", "mapping-test",
/// ]);
/// ```
pub fn language_schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("mapping-destination", schema::<DestinationSpec>("destination.yaml")),
        ("mapping-version", schema::<VersionSpec>("version.yaml")),
        ("mapping-message", schema::<MappingSpec>("<message>.yaml")),
        ("mapping-test", schema::<TestFileSpec>("<message>.test.yaml")),
    ]
}

/// Returns a schema of draft 7, which all editors support.
fn schema<T: JsonSchema>(file: &str) -> Value {
    let mut schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<T>();
    schema.insert("title".to_owned(), file.into());
    schema.to_value()
}
